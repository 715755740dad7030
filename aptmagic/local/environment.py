"""Which of the shell's variables child processes see: those in requirements/environment."""

import os
from collections.abc import Container, Mapping, MutableMapping

from aptmagic.local.running_cloud import PROJECT

LIST = PROJECT / "requirements" / "environment"
# Files are UTF-8 whatever the locale says.
FIXED = {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def allowed_names() -> frozenset[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[1] for line in lines if line.startswith("all "))


def clean_environment(shell: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a child process, without anything but the listed names."""
    names = allowed_names()
    return {name: value for name, value in shell.items() if name in names} | FIXED


def clean(shell: MutableMapping[str, str] = os.environ, *, also: Container[str] = ()) -> None:
    """Remove everything else, except the names in `also`, from this process's environment."""
    kept = clean_environment(shell)
    for name in [name for name in shell if name not in kept and name not in also]:
        del shell[name]
    shell.update(kept)
