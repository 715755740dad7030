"""Fixtures: the packages, built once per session for this machine."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptmagic.deploy import packages as packaging
from aptmagic.deploy import source_files, toolchain

STAGE = "dev"
# The environment of a deployed function. No service answers.
ENVIRONMENT = dict(
    line.split("=", 1)
    for line in (source_files.PROJECT / ".ci/production.env").read_text().splitlines()
    if "=" in line and not line.startswith("#")
) | {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "FUNCTION": "web"}


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`dist/` of the session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packaging, "DIST", tmp_path_factory.mktemp("dist"))
        yield packaging.DIST


@pytest.fixture(scope="session")
def zips(dist: Path) -> dict[str, Path]:
    return {
        name: packaging.build(STAGE, name, toolchain.THIS_MACHINE) for name in packaging.FUNCTIONS
    }


@pytest.fixture(scope="session")
def unpacked(zips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The web function as Lambda lays it out."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(zips["web"]) as archive:
        archive.extractall(folder)
    return folder


def run_alone(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code with the package and the standard library only."""
    start = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    return subprocess.run(
        [sys.executable, "-S", "-I", *options, "-c", start + code],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
