"""What of a person's shell the processes on this machine see: requirements/environment lists it."""

import os
from collections.abc import Container, Mapping, MutableMapping

from aptmagic.local.address import PROJECT

LIST = PROJECT / "requirements" / "environment"
# Files are UTF-8 whatever the locale says.
ALWAYS = {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def let_in() -> frozenset[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[1] for line in lines if line.startswith("all "))


def sealed(shell: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a child that is to depend on nothing but this checkout."""
    names = let_in()
    return {name: value for name, value in shell.items() if name in names} | ALWAYS


def seal(shell: MutableMapping[str, str] = os.environ, *, also: Container[str] = ()) -> None:
    """Leave nothing else in this process's environment, but for the names in `also`."""
    kept = sealed(shell)
    for name in [name for name in shell if name not in kept and name not in also]:
        del shell[name]
    shell.update(kept)
