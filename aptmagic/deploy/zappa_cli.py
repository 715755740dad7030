"""Zappa's command line for this project: `zappa deploy production` and its other commands.

A stage here is several functions with their stacks; Zappa's stage is one function. So once Zappa
has read a stage, `callbacks.settings` in zappa_settings.json has each command replaced by one that
does the same for the whole stage: see zappa_commands.py beside it. That holds for any `zappa`; the
one that make puts into .venv/bin also says in a sentence what Zappa shows a traceback for.
"""

import os
import sys
from pathlib import Path
from typing import Any

import zappa.cli
from botocore.exceptions import BotoCoreError
from click import ClickException
from zappa.cli import ZappaCLI

# A script in .venv/bin does not look for modules in the project, as manage.py does.
PROJECT = str(Path(__file__).resolve().parents[2])
if PROJECT not in sys.path:
    sys.path.insert(0, PROJECT)


def settings(cli: ZappaCLI) -> None:
    """Called by Zappa once the stage's settings are read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aptmagic.settings")
    from aptmagic.local.attach import attach

    attach()
    import django

    django.setup()
    from aptmagic.deploy import zappa_commands

    zappa_commands.install(cli)


class CommandLine(ZappaCLI):
    def load_settings(self, *args: Any, **options: Any) -> Any:
        """Makes AWS clients, and so reads profile, region and credentials."""
        try:
            return super().load_settings(*args, **options)
        except BotoCoreError as error:
            raise ClickException(f"AWS does not let us in: {error}") from error

    def check_for_update(self) -> None:
        """Zappa's version is the lock's, so there is nothing to upgrade by hand."""


if __name__ == "__main__":
    sys.argv[0] = "zappa"
    zappa.cli.ZappaCLI = CommandLine
    zappa.cli.handle()
