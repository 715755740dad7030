"""`manage.py release package|deploy|rollback|undeploy --stage <stage>`."""

import os
from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from aptmagic.deploy.templates import CannotDeploy
from aptmagic.local import attach


class Command(BaseCommand):
    help = "Package the functions, bring a stage up to this commit, take it back or away."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="do", required=True)
        for name in ("package", "deploy", "rollback", "undeploy"):
            commands.add_parser(name).add_argument("--stage", required=True)
        commands.choices["deploy"].add_argument(
            "--packed", action="store_true", help="deploy the packages that are in dist/"
        )
        commands.choices["undeploy"].add_argument(
            "--data-too", default="", metavar="STAGE", help="the stage's name once more"
        )

    def handle(self, *args: Any, do: str, stage: str, **options: Any) -> None:
        try:
            from aptmagic.deploy import releases
        except ImportError as error:
            raise CommandError(
                f"There is no {error.name} here: use make {do} STAGE={stage}, which installs it."
            ) from error
        if do != "package" and os.environ.get(attach.ATTACHED):
            raise CommandError(attach.wrong_cloud_message(stage))
        more = {name: options[name] for name in ("packed", "data_too") if name in options}
        try:
            getattr(releases, do)(stage, say=self.stdout.write, **more)
        except CannotDeploy as error:
            raise CommandError(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"AWS answered with an error: {error}") from error
