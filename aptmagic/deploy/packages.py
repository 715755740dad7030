"""Builds `dist/<stage>-web.zip` and `dist/<stage>-worker.zip`, the same bytes for the same commit.

Zappa puts the libraries and the project together and leaves out what zappa_settings.json excludes.
Its zip is not shipped as it is: it dates every file 1980, which makes all compiled modules stale so
that Python compiles them again at each cold start, and it holds the time and the user's name.
"""

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path

from aptmagic.deploy import libraries, source_files, static_files, toolchain, zappa_stages
from aptmagic.deploy.source_files import PROJECT
from aptmagic.deploy.toolchain import Target

DIST = PROJECT / "dist"
FUNCTIONS = zappa_stages.functions()
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold


def build(stage: str, function: str, target: Target) -> Path:
    """Build the function's zip and collect the static files beside it; the path of the zip.

    Raises PackagingError.
    """
    DIST.mkdir(parents=True, exist_ok=True)
    path = DIST / f"{stage}-{function}.zip"
    with tempfile.TemporaryDirectory(prefix="aptmagic-") as name:
        folder = Path(name)
        manifest = static_files.collect(folder / "static")
        shutil.copytree(folder / "static", DIST / "static", dirs_exist_ok=True)
        project = source_files.copy(folder / "project", manifest)
        _install_libraries(stage, function, target, folder / "environment")
        raw = zappa_stages.raw_zip(
            stage, function, project, folder / "environment", folder / "raw.zip"
        )
        tree = _unpack(raw, folder / "tree")
        (tree / libraries.CA_BUNDLE).write_text(libraries.amazon_ca_bundle(), encoding="utf-8")
        _compile(tree, target)
        _zip(tree, path)
    return path


def digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _install_libraries(stage: str, function: str, target: Target, environment: Path) -> None:
    folder = libraries.site_packages(environment)
    declared = zappa_stages.settings(stage, function)
    libraries.install(target, folder, without={*declared["exclude_requirements"]})
    libraries.remove(folder, declared["exclude_glob"])
    services = libraries.aws_services_in_use(stage, function)
    libraries.keep_service_models(folder / "botocore" / "data", services)


def _unpack(raw: Path, tree: Path) -> Path:
    with zipfile.ZipFile(raw) as archive:
        archive.extractall(tree)
    (tree / "package_info.json").unlink()  # the time, and the user's name
    raw.unlink()
    return tree


def _compile(tree: Path, target: Target) -> None:
    """Compile every module for good: the files of a package never change, so no start checks."""
    command = [toolchain.python(target), "-m", "compileall", "-q", "-s", str(tree)]
    command += ["-p", "/var/task", "--invalidation-mode", "unchecked-hash", str(tree)]
    toolchain.run(command, "The package could not be compiled", PYTHONHASHSEED="0")
    for compiled in tree.rglob("__pycache__/*.pyc"):
        source = compiled.parent.parent / (compiled.name.partition(".")[0] + ".py")
        if source.relative_to(tree).parts[0] not in source_files.FOLDERS:
            # The locks say what a library's source is; tracebacks show the lines of our own.
            compiled.rename(source.with_suffix(".pyc"))
            source.unlink()


def _zip(tree: Path, path: Path) -> None:
    """Sorted and undated, so that the same files give the same bytes."""
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(draft, "w") as archive:
        for file in sorted(p for p in tree.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), ZIP_EPOCH)
            entry.create_system = 3  # Unix, which the permissions below are for
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    draft.replace(path)
