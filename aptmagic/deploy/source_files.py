"""The project's own files that go into a package."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("accounts", "aptmagic", "gallery", "generation", "locale", "templates")


def paths() -> list[str]:
    """What git tracks of the source folders, relative to the project: never a stray file.

    Without git, as in a pipeline that hands on a commit's files only, everything in the folders.
    """
    git = ["git", "-C", str(PROJECT), "ls-files", "-z", "--", *FOLDERS]
    try:
        tracked = subprocess.run(git, check=True, capture_output=True, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return list(_walk())
    names = tracked.stdout.split("\0")
    return [name for name in names if name and (PROJECT / name).exists()]


def _walk() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(PROJECT).as_posix()


def copy(folder: Path, manifest: Path) -> Path:
    """Copy the project to `folder`, with the manifest of its static files; `folder`."""
    for name in paths():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, folder / name)
    (folder / "collected").mkdir()
    shutil.copyfile(manifest, folder / "collected" / manifest.name)
    return folder
