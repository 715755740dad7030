"""The libraries of a package: installed from the locks, and reduced to what a function uses."""

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import translate
from pathlib import Path

from aptmagic.deploy import source_files, toolchain, zappa_stages
from aptmagic.deploy.errors import PackagingError
from aptmagic.deploy.source_files import PROJECT
from aptmagic.deploy.toolchain import THIS_MACHINE, Target

CA_BUNDLE = "aptmagic/amazon-roots.pem"
CA_LABELS = (
    *(f"Amazon Root CA {number}" for number in range(1, 5)),
    "Starfield Services Root Certificate Authority - G2",
)


def site_packages(environment: Path) -> Path:
    """Where Zappa looks for libraries: by the version of the Python that runs Zappa."""
    return environment / "lib" / f"python{THIS_MACHINE.python}" / "site-packages"


def install(target: Target, folder: Path, *, without: set[str]) -> None:
    """Install requirements/runtime.txt into an empty folder, from wheels only.

    `without` names packages to leave out. Raises PackagingError.
    """
    requirements = folder.parent / "requirements.txt"
    folder.mkdir(parents=True)
    requirements.write_text("".join(_requirements(without)), encoding="utf-8")
    command = [sys.executable, str(PROJECT / "requirements" / "registries.py")]
    command += [toolchain.uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(folder), "--python", sys.executable]
    command += ["--python-version", target.python, "--requirements", str(requirements)]
    if target.platform:
        command += ["--python-platform", target.platform]
    toolchain.run(command, "The libraries could not be installed")


def remove(folder: Path, patterns: Iterable[str]) -> None:
    """Delete what matches. Zappa would too, after it has copied three of four files twice."""
    for pattern in patterns:
        for path in [*folder.glob(pattern)]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _requirements(without: set[str]) -> Iterator[str]:
    text = (PROJECT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    for block in re.findall(r"^\S.*(?:\n[ \t]+.*)*\n?", text, re.MULTILINE):
        name = re.split(r"[^\w.-]", block, maxsplit=1)[0].partition("==")[0].lower()
        if name not in without:
            yield block


# Certificates -----------------------------------------------------------------------------------
def amazon_ca_bundle() -> str:
    """The certificate authorities that AWS uses, in PEM.

    Loading all of certifi's costs 30 ms at each cold start, loading these 1 ms.
    Raises PackagingError when certifi lacks one.
    """
    import certifi

    blocks = Path(certifi.where()).read_text(encoding="utf-8").split("\n\n")
    found = {
        label[1]: re.sub(r"^#.*\n", "", block, flags=re.MULTILINE).strip()
        for block in blocks
        if (label := re.search(r'^# Label: "(.+)"$', block, re.MULTILINE))
    }
    if missing := [label for label in CA_LABELS if label not in found]:
        raise PackagingError(f"certifi has no certificate labelled {missing[0]!r}.")
    return "\n".join(found[label] for label in CA_LABELS) + "\n"


# botocore's data --------------------------------------------------------------------------------
def aws_services_in_use(stage: str, function: str) -> set[str]:
    """The AWS services a function's package uses, found as `client("…")` in its sources."""
    globs = zappa_stages.settings(stage, function)["exclude_glob"]
    excluded = [*map(re.compile, map(translate, globs))]
    text = "".join(
        (PROJECT / name).read_text(encoding="utf-8")
        for name in source_files.paths()
        if name.endswith(".py")
        and not any(glob.match(part) for glob in excluded for part in _with_parents(name))
    )
    return set(re.findall(r'client\(\s*"([a-z0-9-]+)"', text)) | {"dynamodb"}  # pynamodb's


def _with_parents(name: str) -> list[str]:
    return [name, *map(str, Path(name).parents)]


def keep_service_models(data: Path, services: set[str]) -> None:
    """Delete botocore's models of all other services: it has four hundred."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    _keep_endpoints(data / "endpoints.json", services | {"states"})


def _keep_endpoints(file: Path, services: set[str]) -> None:
    """botocore reads this file, a megabyte of JSON, at each cold start."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for partition in content["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in known if name in services}
    file.unlink()  # it may be a hard link to uv's cache
    file.write_text(json.dumps(content), encoding="utf-8")
