"""The Python that a package is built for, and the tools that build it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from aptmagic.deploy import zappa_stages
from aptmagic.deploy.errors import PackagingError
from aptmagic.local import attach


@dataclass(frozen=True)
class Target:
    """The version of Python that will run a package, and its platform as uv calls it.

    Without a platform, this machine's.
    """

    python: str
    platform: str = ""


THIS_MACHINE = Target(f"{sys.version_info.major}.{sys.version_info.minor}")


def lambda_target(runtime: str, architecture: str) -> Target:
    cpu = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    return Target(runtime.removeprefix("python"), f"{cpu}-manylinux_2_28")


def target_for(stage: str, function: str) -> Target:
    """Lambda; or this machine, when AWS_ENDPOINT_URL names an embedded cloud explicitly."""
    if settings.AWS_ENDPOINT_URL and not os.environ.get(attach.ATTACHED):
        return THIS_MACHINE
    declared = zappa_stages.settings(stage, function)
    return lambda_target(declared["runtime"], declared["architecture"])


def python(target: Target) -> str:
    """The path of the target's Python on this machine. Raises PackagingError if there is none."""
    if target.python == THIS_MACHINE.python:
        return sys.executable
    command = [uv(), "python", "find", "--no-project", target.python]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if found.returncode:
        raise PackagingError(
            f"Lambda runs Python {target.python}, and the package has to be compiled by the same "
            f"version. Install it first: .venv/bin/uv python install {target.python}"
        )
    return found.stdout.strip()


def uv() -> str:
    """The path of uv. Raises PackagingError if there is none."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise PackagingError("uv is not installed. Use make package, which installs it.")
    return found


def run(command: list[str], complaint: str, **variables: str) -> None:
    """Raises PackagingError: the complaint, and what the command printed."""
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**os.environ, **variables}, check=False
    )
    if done.returncode:
        raise PackagingError(f"{complaint}: {(done.stderr or done.stdout).strip()}")
