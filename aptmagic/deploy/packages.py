"""Makes `dist/<stage>-web.zip` and `dist/<stage>-worker.zip`: the same bytes for the same commit.

Zappa puts a clean environment and the project together and leaves out what zappa_settings.json
says. What it gives is not shipped as it is: it dates every file 1980, so that every compiled module
would be stale and compiled again at each start, and writes the hour and the user's name into it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from aptmagic.deploy import zappa_stages

PROJECT = Path(__file__).resolve().parents[2]
DIST = PROJECT / "dist"
FUNCTIONS = zappa_stages.functions()
CODE = ("accounts", "aptmagic", "gallery", "generation", "locale", "templates")
ROOTS = "aptmagic/amazon-roots.pem"
AMAZON = (
    *(f"Amazon Root CA {number}" for number in range(1, 5)),
    "Starfield Services Root Certificate Authority - G2",
)
BORN = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier day


class PackagingError(Exception):
    """Why there is no package, in a sentence."""


@dataclass(frozen=True)
class Target:
    """The Python that will run the package. Without a platform, this machine's own."""

    python: str
    platform: str = ""


HERE = Target(f"{sys.version_info.major}.{sys.version_info.minor}")


def on_aws(runtime: str, architecture: str) -> Target:
    cpu = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    return Target(runtime.removeprefix("python"), f"{cpu}-manylinux_2_28")


def build(stage: str, function: str, target: Target) -> Path:
    """Build the function's zip and give its path; the static files lie beside it."""
    DIST.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aptmagic-") as made:
        workshop = Path(made)
        project = _project(workshop / "project", collect(workshop / "static"))
        # Beside those of the other function, which may have been packed a moment before.
        shutil.copytree(workshop / "static", DIST / "static", dirs_exist_ok=True)
        libraries = _site_packages(workshop / "environment")
        said = zappa_stages.settings(stage, function)
        _install({*said["exclude_requirements"]}, target, libraries)
        _keep_services(services_in_use(stage, function), libraries / "botocore" / "data")
        raw = zappa_stages.raw_zip(
            stage, function, project, workshop / "environment", workshop / "raw.zip"
        )
        tree = _unpacked(raw, workshop / "tree")
        (tree / ROOTS).write_text(amazon_roots(), encoding="utf-8")
        _compile(tree, target)
        path = DIST / f"{stage}-{function}.zip"
        _zip(tree, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# The project ------------------------------------------------------------------------------------
def _project(folder: Path, manifest: Path) -> Path:
    """Only what git knows: nobody's notes or secrets ride along."""
    for name in _tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, folder / name)
    (folder / "collected").mkdir()
    shutil.copyfile(manifest, folder / "collected" / manifest.name)
    return folder


def _tracked() -> list[str]:
    git = ["git", "-C", str(PROJECT), "ls-files", "-z", "--", *CODE]
    try:
        known = subprocess.run(git, check=True, capture_output=True, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return list(_there())  # a pipeline hands on the files of a commit, without its history
    names = known.stdout.split("\0")
    return [name for name in names if name and (PROJECT / name).exists()]


def _there() -> Iterator[str]:
    for part in CODE:
        for path in sorted((PROJECT / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(PROJECT).as_posix()


def collect(folder: Path) -> Path:
    """Static files under hashed names into `folder`; the manifest, which is all a package needs."""
    storage = ManifestStaticFilesStorage(location=str(folder), base_url="/static/")
    found = dict(sorted(_static_files()))
    for name, (source, path) in found.items():
        with source.open(path) as file:
            storage.save(name, file)
    for name, _, outcome in storage.post_process({name: (storage, name) for name in found}):
        if isinstance(outcome, Exception):
            raise PackagingError(
                f"The static file {name} cannot be collected: {outcome}"
            ) from outcome
    return folder / storage.manifest_name


def _static_files() -> Iterator[tuple[str, tuple]]:
    for finder in get_finders():
        for path, source in finder.list([]):
            yield "/".join(filter(None, (getattr(source, "prefix", ""), path))), (source, path)


# Libraries --------------------------------------------------------------------------------------
def _install(without: set[str], target: Target, folder: Path) -> None:
    """Exactly what the locks say, into an empty environment, and nothing built here."""
    wanted = folder.parent / "requirements.txt"
    folder.mkdir(parents=True)
    wanted.write_text("".join(_requirements(without)), encoding="utf-8")
    command = [sys.executable, str(PROJECT / "requirements" / "registries.py")]
    command += [_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(folder), "--python", sys.executable]
    command += ["--python-version", target.python, "--requirements", str(wanted)]
    if target.platform:
        command += ["--python-platform", target.platform]
    _run(command, "The libraries cannot be installed")


def _requirements(without: set[str]) -> Iterator[str]:
    """The lock's lines, but for the packages that the function is not to have."""
    text = (PROJECT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    for block in re.findall(r"^\S.*(?:\n[ \t]+.*)*\n?", text, re.MULTILINE):
        name = re.split(r"[^\w.-]", block, maxsplit=1)[0].partition("==")[0].lower()
        if name not in without:
            yield block


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise PackagingError("There is no uv here: use make package, which installs it.")
    return found


def _site_packages(environment: Path) -> Path:
    """Where Zappa looks for them: below the version of the Python that runs Zappa."""
    return environment / "lib" / f"python{HERE.python}" / "site-packages"


def amazon_roots() -> str:
    """The authorities that sign for AWS, by name. Reading all the world's takes 30 ms per start."""
    import certifi

    blocks = Path(certifi.where()).read_text(encoding="utf-8").split("\n\n")
    found = {
        label[1]: re.sub(r"^#.*\n", "", block, flags=re.MULTILINE).strip()
        for block in blocks
        if (label := re.search(r'^# Label: "(.+)"$', block, re.MULTILINE))
    }
    if missing := [name for name in AMAZON if name not in found]:
        raise PackagingError(
            f"certifi does not know {missing[0]!r}: see what Amazon is called there."
        )
    return "\n".join(found[name] for name in AMAZON) + "\n"


def services_in_use(stage: str, function: str) -> set[str]:
    """Every `client("…")` of the code that is packed."""
    globs = zappa_stages.settings(stage, function)["exclude_glob"]
    left_out = [*map(re.compile, map(translate, globs))]
    text = "".join(
        (PROJECT / name).read_text(encoding="utf-8")
        for name in _tracked()
        if name.endswith(".py")
        and not any(glob.match(part) for glob in left_out for part in _up(name))
    )
    return set(re.findall(r'client\(\s*"([a-z0-9-]+)"', text)) | {"dynamodb"}  # pynamodb's


def _up(name: str) -> list[str]:
    """A file, and the folders that it is in."""
    return [name, *map(str, Path(name).parents)]


def _keep_services(kept: set[str], data: Path) -> None:
    """botocore describes four hundred services."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)
    # A megabyte of JSON that is read at each start, and says where each of them lives.
    endpoints = data / "endpoints.json"
    said = json.loads(endpoints.read_text(encoding="utf-8"))
    for partition in said["partitions"]:
        services = partition["services"]
        partition["services"] = {n: services[n] for n in services if n in kept | {"states"}}
    endpoints.unlink()  # it may be uv's own file, which other environments share
    endpoints.write_text(json.dumps(said), encoding="utf-8")


# The zip ----------------------------------------------------------------------------------------
def _unpacked(raw: Path, tree: Path) -> Path:
    with zipfile.ZipFile(raw) as archive:
        archive.extractall(tree)
    (tree / "package_info.json").unlink()  # the hour, and who built it
    raw.unlink()
    return tree


def _compile(tree: Path, target: Target) -> None:
    """By its own Python, for good: what is in a package never changes, so nobody need look."""
    command = [python(target), "-m", "compileall", "-q", "-s", str(tree), "-p", "/var/task"]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    _run(command, "The package cannot be compiled", PYTHONHASHSEED="0")
    for compiled in tree.rglob("__pycache__/*.pyc"):
        source = compiled.parent.parent / (compiled.name.partition(".")[0] + ".py")
        if source.relative_to(tree).parts[0] not in CODE:
            # A library's source is in its lock; our own lines are shown in tracebacks.
            compiled.rename(source.with_suffix(".pyc"))
            source.unlink()


def python(target: Target) -> str:
    if target.python == HERE.python:
        return sys.executable
    asked = [_uv(), "python", "find", "--no-project", target.python]
    found = subprocess.run(asked, capture_output=True, encoding="utf-8", check=False)
    if found.returncode:
        raise PackagingError(
            f"Lambda runs Python {target.python}, and the package is compiled by the same: install "
            f"it first (.venv/bin/uv python install {target.python})."
        )
    return found.stdout.strip()


def _zip(tree: Path, path: Path) -> None:
    """Sorted and undated, so that the same files are the same bytes."""
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(draft, "w") as archive:
        for file in sorted(p for p in tree.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), BORN)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    draft.replace(path)


def _run(command: list[str], complaint: str, **variables: str) -> None:
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**os.environ, **variables}, check=False
    )
    if done.returncode:
        raise PackagingError(f"{complaint}: {(done.stderr or done.stdout).strip()}")
