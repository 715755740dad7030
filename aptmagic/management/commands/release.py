"""`manage.py release package|deploy|rollback|undeploy --stage <stage>`."""

import os
from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from aptmagic.deploy.errors import DeploymentError
from aptmagic.local import attach


class Command(BaseCommand):
    help = "Package the functions; deploy, roll back or remove a stage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="do", required=True)
        for name in ("package", "deploy", "rollback", "undeploy"):
            commands.add_parser(name).add_argument("--stage", required=True)
        commands.choices["deploy"].add_argument(
            "--packed",
            action="store_true",
            help="deploy the packages in dist/ instead of building them",
        )
        commands.choices["undeploy"].add_argument(
            "--data-too",
            default="",
            metavar="STAGE",
            help="also delete the stacks that hold data; repeat the name of the stage to confirm",
        )

    def handle(self, *args: Any, do: str, stage: str, **options: Any) -> None:
        try:
            from aptmagic.deploy import releases
        except ImportError as error:
            raise CommandError(
                f"{error.name} is not installed. Use make {do} STAGE={stage}, which installs it."
            ) from error
        if do != "package" and os.environ.get(attach.ATTACHED):
            raise CommandError(attach.wrong_cloud_message(stage))
        more = {name: options[name] for name in ("packed", "data_too") if name in options}
        try:
            getattr(releases, do)(stage, echo=self.stdout.write, **more)
        except DeploymentError as error:
            raise CommandError(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"AWS returned an error: {error}") from error
