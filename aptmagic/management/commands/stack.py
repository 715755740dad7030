"""`manage.py stack deploy --stage <stage>` and `manage.py stack outputs --stage <stage>`."""

import os
from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from aptmagic.deploy import errors, stacks
from aptmagic.local import attach


class Command(BaseCommand):
    help = "Deploy the stacks of infra/, or print their outputs as environment variables."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="do", required=True)
        deploy = commands.add_parser("deploy")
        deploy.add_argument("--stage", required=True)
        deploy.add_argument("--only", nargs="+", metavar="TEMPLATE")
        deploy.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", dest="given")
        commands.add_parser("outputs").add_argument("--stage", required=True)

    def handle(self, *args: Any, do: str, stage: str, **options: Any) -> None:
        if stage != "local" and os.environ.get(attach.ATTACHED):
            raise CommandError(attach.wrong_cloud_message(stage))
        try:
            if do == "deploy":
                self._deploy(stage, options["only"], _parse_parameters(options["given"]))
            else:
                self._show(stacks.environment(stage))
        except errors.DeploymentError as error:
            raise CommandError(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"AWS returned an error: {error}") from error

    def _deploy(self, stage: str, only: list[str] | None, given: dict[str, str]) -> None:
        if settings.AWS_ENDPOINT_URL:
            from aptmagic.local import worker_function  # deploys the worker as well

            worker_function.deploy(stage, only=only, given=given, echo=self.stdout.write)
        else:
            stacks.deploy(stage, only=only, given=given, echo=self.stdout.write)

    def _show(self, variables: dict[str, str]) -> None:
        for name, value in sorted(variables.items()):
            self.stdout.write(f"{name}={value}")


def _parse_parameters(arguments: list[str]) -> dict[str, str]:
    if wrong := [each for each in arguments if "=" not in each]:
        raise CommandError(f"'{wrong[0]}' is not a parameter: use NAME=VALUE.")
    return dict(each.split("=", 1) for each in arguments)
