"""Zappa's command line for this project: `zappa deploy production` and its other commands.

A stage here is several functions and their stacks, where Zappa's stage is one function. Once Zappa
has read a stage, it calls `settings` below (`callbacks.settings` in zappa_settings.json), which
replaces each command by one for the whole stage: see zappa_commands.py. This works with any
`zappa`; the script that make installs in .venv/bin also turns Zappa's tracebacks into messages.
"""

import os
import sys
from pathlib import Path
from typing import Any

import zappa.cli
from botocore.exceptions import BotoCoreError
from click import ClickException
from zappa.cli import ZappaCLI

# Unlike manage.py, a script in .venv/bin does not find the project's modules.
PROJECT = str(Path(__file__).resolve().parents[2])
if PROJECT not in sys.path:
    sys.path.insert(0, PROJECT)


def settings(cli: ZappaCLI) -> None:
    """Zappa calls this after it has read the stage's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aptmagic.settings")
    from aptmagic.local.attach import attach

    attach()
    import django

    django.setup()
    from aptmagic.deploy import zappa_commands

    zappa_commands.install(cli)


class CommandLine(ZappaCLI):  # type: ignore[misc]  # zappa has no types
    def load_settings(self, *args: Any, **options: Any) -> Any:
        """It creates AWS clients, and so fails without a valid profile and region."""
        try:
            return super().load_settings(*args, **options)
        except BotoCoreError as error:
            raise ClickException(f"Could not authenticate with AWS: {error}") from error

    def check_for_update(self) -> None:
        """The lock decides on Zappa's version."""


if __name__ == "__main__":
    sys.argv[0] = "zappa"
    zappa.cli.ZappaCLI = CommandLine
    zappa.cli.handle()
