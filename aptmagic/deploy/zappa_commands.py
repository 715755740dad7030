"""Zappa's commands for a whole stage: `zappa deploy|update|rollback|status|tail|invoke …`.

`install` replaces the methods that Zappa's command line calls, with the same arguments. Errors
become ClickException, which Zappa prints without a traceback.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from click import ClickException
from django.conf import settings
from zappa.cli import ZappaCLI
from zappa.utilities import string_to_timestamp

from aptmagic.aws import clients
from aptmagic.deploy import aliases, functions, packages, releases, stacks
from aptmagic.deploy.errors import DeploymentError
from aptmagic.deploy.packages import FUNCTIONS
from aptmagic.deploy.source_files import PROJECT
from aptmagic.local import attach

# The functions that answer visitors, and the one that runs commands.
HTTP, COMMANDS = "web", "worker"
UNSUPPORTED = {
    "certify": "The certificate is part of infra/edge.yaml. Set DomainName and HostedZoneId in "
    "infra/stages.toml and run zappa update.",
    "schedule": "Schedules are part of infra/workflow.yaml. zappa update deploys them.",
    "unschedule": "Schedules are part of infra/workflow.yaml. zappa undeploy deletes them.",
    "template": "The templates are in infra/. Deploy them with manage.py stack deploy.",
}


def install(cli: ZappaCLI) -> None:
    """Replace Zappa's commands by ours. Raises ClickException without credentials or stage."""
    commands = Commands(cli)
    for name in ("deploy", "update", "rollback", "status", "tail", "invoke", "undeploy", "package"):
        setattr(cli, name, _report_errors(getattr(commands, name)))
    for name, message in UNSUPPORTED.items():
        setattr(cli, name, _refuse_with(message))
    if cli.command != "package":
        _report_errors(commands.prepare)()


def _report_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except DeploymentError as error:
            raise ClickException(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise ClickException(f"AWS returned an error: {error}") from error

    return run


def _refuse_with(message: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ClickException(message)

    return refuse


class Commands:
    """The methods that replace ZappaCLI's of the same names."""

    def __init__(self, cli: ZappaCLI) -> None:
        self.cli = cli
        self.stage: str = cli.api_stage

    def prepare(self) -> None:
        """Check stage, region and credentials, and have Zappa use the same region."""
        if os.environ.get(attach.ATTACHED):
            raise DeploymentError(attach.wrong_cloud_message(self.stage))
        releases.check(self.stage)
        self.cli.override_stage_config_setting("aws_region", settings.AWS_REGION)
        self.cli.load_settings(self.cli.vargs.get("settings_file"))

    # Releases -----------------------------------------------------------------------------------
    def deploy(self, source_zip: str | None = None, docker_image_uri: str | None = None) -> None:
        if functions.any_exist(self.stage):
            raise DeploymentError(
                f"{self.stage} is already deployed. Did you mean zappa update {self.stage}?"
            )
        self._release(source_zip, docker_image_uri)

    def update(
        self,
        source_zip: str | None = None,
        no_upload: str | None = None,
        docker_image_uri: str | None = None,
    ) -> None:
        if not functions.any_exist(self.stage):
            raise DeploymentError(
                f"{self.stage} is not deployed yet. Run zappa deploy {self.stage} first."
            )
        if no_upload:
            raise DeploymentError(
                "--no-upload is not needed: an update uploads only what has changed."
            )
        self._release(source_zip, docker_image_uri)

    def _release(self, folder: str | None, image: str | None) -> None:
        if image:
            raise DeploymentError(
                "These functions are deployed from zip packages, not from an image."
            )
        if folder:
            path = Path(folder).resolve()
            if not path.is_dir():
                raise DeploymentError(
                    "A stage has several packages: pass the folder that holds them with --zip dist."
                )
            packages.DIST = path
        releases.deploy(self.stage, packed=bool(folder), echo=click.echo)

    def rollback(self, revision: int = 1) -> None:
        if revision != 1:
            raise DeploymentError(
                "Only the previous release is kept. To go back further, check out its commit and "
                f"run zappa update {self.stage}."
            )
        releases.rollback(self.stage, echo=click.echo)

    def undeploy(self, no_confirm: bool = False, remove_logs: bool = False) -> None:
        """The logs are part of a stack and deleted with it, so `remove_logs` changes nothing."""
        if no_confirm or click.confirm(f"Delete {self.stage}'s functions and stacks?"):
            releases.undeploy(self.stage, echo=click.echo)

    def package(self, output: str | None = None) -> None:
        if output:
            raise DeploymentError("A stage has several packages. They are always written to dist/.")
        releases.package(self.stage, echo=click.echo)

    # Status and logs ----------------------------------------------------------------------------
    def status(self, return_json: bool = False) -> None:
        self._needs_deployment()
        site = stacks.all_outputs(self.stage).get("SiteUrl", "")
        if return_json:
            functions = {name: self._configuration(name) for name in FUNCTIONS}
            click.echo(json.dumps({"stage": self.stage, "url": site, "functions": functions}))
            return
        click.echo(f"{self.stage}: {site}")
        for name in FUNCTIONS:
            self.cli.lambda_name = f"{self.stage}-{name}"
            ZappaCLI.status(self.cli)
            for alias, version in sorted(aliases.versions(self.stage, name).items()):
                click.echo(f"\t{alias}: version {version}")

    def _configuration(self, name: str) -> dict[str, Any]:
        found = clients.client("lambda").get_function_configuration(
            FunctionName=f"{self.stage}-{name}"
        )
        shown = ("FunctionArn", "Runtime", "MemorySize", "Timeout", "CodeSize", "LastModified")
        return {key: found.get(key) for key in shown} | {
            "aliases": aliases.versions(self.stage, name)
        }

    def _needs_deployment(self) -> None:
        if not functions.any_exist(self.stage):
            raise DeploymentError(
                f"{self.stage} is not deployed in {settings.AWS_REGION}. "
                f"Run zappa deploy {self.stage} first."
            )

    def tail(
        self,
        since: str,
        filter_pattern: str,
        limit: int = 10_000,
        keep_open: bool = True,
        colorize: bool = True,
        http: bool = False,
        non_http: bool = False,
        force_colorize: bool | None = False,
    ) -> None:
        """Print the logs of all functions by time. HTTP requests are in those of `web` only."""
        self._needs_deployment()
        names = [n for n in FUNCTIONS if not (http and n != HTTP) and not (non_http and n == HTTP)]
        start, printed = string_to_timestamp(since) * 1000, set[str]()
        while True:
            events = [e for name in names for e in self._logs(name, start, filter_pattern)]
            new = [event for event in events if event["eventId"] not in printed]
            self.cli.print_logs(
                sorted(new, key=lambda event: event["timestamp"])[-limit:],
                colorize,
                False,
                False,
                force_colorize,
            )
            if not keep_open:
                return
            # Events may arrive late and out of order, so the last minute is read again.
            start = max([start, *(event["timestamp"] - 60_000 for event in events)])
            printed = {event["eventId"] for event in events}
            time.sleep(1)

    def _logs(self, name: str, start: int, pattern: str) -> Iterator[dict[str, Any]]:
        pages = (
            clients.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=f"/aws/lambda/{self.stage}-{name}",
                startTime=start,
                filterPattern=pattern,
            )
        )
        for page in pages:
            for event in page["events"]:
                yield {**event, "message": f"{name}: {event['message'].rstrip()}"}

    # Commands -----------------------------------------------------------------------------------
    def invoke(
        self,
        function_name: str,
        raw_python: bool = False,
        command: str | None = None,
        no_color: bool = False,
        client_context: str | None = None,
        qualifier: str | None = None,
        payload: str | None = None,
    ) -> None:
        """Run a command of settings.WORKER_COMMANDS in the worker.

        For `zappa manage`, run a command of manage.py on this machine instead.
        """
        self._needs_deployment()
        if command == "manage":
            return self._manage(function_name)
        if raw_python:
            raise DeploymentError(
                "The functions run named commands only, never Python from an event. "
                f"To inspect the data, run zappa manage {self.stage} shell."
            )
        event = {"command": function_name, "input": _parse_payload(payload)}
        answer = clients.client("lambda").invoke(
            FunctionName=f"{self.stage}-{COMMANDS}",
            Qualifier=qualifier or aliases.LIVE,
            Payload=json.dumps(event),
            LogType="Tail",
        )
        click.echo(ZappaCLI.format_lambda_response(self.cli, answer, not no_color))
        payload_text = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise ClickException(f"{function_name} failed: {_error_message(payload_text)}")
        click.echo(payload_text)

    def _manage(self, command: str) -> None:
        """Run it with the stage's settings and the operator's own credentials.

        The functions' roles lack the permissions that such commands need.
        """
        variables = functions.environment_variables(self.stage, stacks.all_outputs(self.stage))
        environment = {
            **os.environ,
            **variables,
            "STAGE": self.stage,
            "AWS_REGION": settings.AWS_REGION,
        }
        line = [sys.executable, str(PROJECT / "manage.py"), *shlex.split(command)]
        done = subprocess.run(line, env=environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)


def _parse_payload(payload: str | None) -> dict[str, Any]:
    try:
        found = json.loads(payload or "{}")
    except ValueError as error:
        raise DeploymentError(f"--payload is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise DeploymentError('--payload has to be a JSON object, such as {"user_id": "…"}.')
    return found


def _error_message(payload: str) -> str:
    try:
        return str(json.loads(payload)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return payload[:300]
