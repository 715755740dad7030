"""Zappa's commands for a whole stage: `zappa deploy|update|rollback|status|tail|invoke …`.

`install` replaces the methods that Zappa's command line calls, with the same arguments. What goes
wrong is said in a sentence, as Zappa says what it knows of itself.
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
from aptmagic.deploy import packages, releases, stacks
from aptmagic.deploy.packages import FUNCTIONS, PROJECT
from aptmagic.deploy.templates import CannotDeploy
from aptmagic.local import attach

# The functions that answer visitors, and the one that runs commands.
HTTP, COMMANDS = "web", "worker"
ELSEWHERE = {
    "certify": "The certificate is part of infra/edge.yaml: set DomainName and HostedZoneId in "
    "infra/stages.toml and run zappa update.",
    "schedule": "Schedules are part of infra/workflow.yaml and come with zappa update.",
    "unschedule": "Schedules are part of infra/workflow.yaml and go with zappa undeploy.",
    "template": "The templates are in infra/; manage.py stack deploy brings them up one by one.",
}


def install(cli: ZappaCLI) -> None:
    """Let the command line run these commands. Raises ClickException where it could not."""
    commands = Commands(cli)
    for name in ("deploy", "update", "rollback", "status", "tail", "invoke", "undeploy", "package"):
        setattr(cli, name, _in_a_sentence(getattr(commands, name)))
    for name, sentence in ELSEWHERE.items():
        setattr(cli, name, _refusal(sentence))
    if cli.command != "package":
        _in_a_sentence(commands.prepare)()


def _in_a_sentence(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except CannotDeploy as error:
            raise ClickException(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise ClickException(f"AWS answered with an error: {error}") from error

    return run


def _refusal(sentence: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ClickException(sentence)

    return refuse


class Commands:
    """Takes the place of the methods of the same names of ZappaCLI."""

    def __init__(self, cli: ZappaCLI) -> None:
        self.cli = cli
        self.stage: str = cli.api_stage

    def prepare(self) -> None:
        """Credentials, region and stage are there; from now on Zappa's clients use them, too."""
        if os.environ.get(attach.ATTACHED):
            raise CannotDeploy(attach.wrong_cloud_message(self.stage))
        releases.check(self.stage)
        self.cli.override_stage_config_setting("aws_region", settings.AWS_REGION)
        self.cli.load_settings(self.cli.vargs.get("settings_file"))

    # Releases -----------------------------------------------------------------------------------
    def deploy(self, source_zip: str | None = None, docker_image_uri: str | None = None) -> None:
        if releases.deployed(self.stage):
            raise CannotDeploy(
                f"{self.stage} is already deployed. Did you mean zappa update {self.stage}?"
            )
        self._release(source_zip, docker_image_uri)

    def update(
        self,
        source_zip: str | None = None,
        no_upload: str | None = None,
        docker_image_uri: str | None = None,
    ) -> None:
        if not releases.deployed(self.stage):
            raise CannotDeploy(
                f"{self.stage} is not deployed yet. Run zappa deploy {self.stage} first."
            )
        if no_upload:
            raise CannotDeploy(
                "--no-upload is not needed: an update uploads only what has changed."
            )
        self._release(source_zip, docker_image_uri)

    def _release(self, folder: str | None, image: str | None) -> None:
        if image:
            raise CannotDeploy("These functions are deployed from zip packages, not from an image.")
        if folder:
            path = Path(folder).resolve()
            if not path.is_dir():
                raise CannotDeploy(
                    "A stage has several packages: give --zip the folder that zappa package wrote "
                    "them to, dist."
                )
            packages.DIST = path
        releases.deploy(self.stage, packed=bool(folder), say=click.echo)

    def rollback(self, revision: int = 1) -> None:
        if revision != 1:
            raise CannotDeploy(
                "Only the release before the live one is kept. To go back further, check out its "
                f"commit and run zappa update {self.stage}."
            )
        releases.rollback(self.stage, say=click.echo)

    def undeploy(self, no_confirm: bool = False, remove_logs: bool = False) -> None:
        """The logs go with their stack, whether or not `remove_logs` is given."""
        if no_confirm or click.confirm(f"Remove {self.stage}'s functions and stacks?"):
            releases.undeploy(self.stage, say=click.echo)

    def package(self, output: str | None = None) -> None:
        if output:
            raise CannotDeploy("A stage has several packages; they are written to dist/.")
        releases.package(self.stage, say=click.echo)

    # What there is ------------------------------------------------------------------------------
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
            for alias, version in sorted(releases.versions(self.stage, name).items()):
                click.echo(f"\t{alias}: version {version}")

    def _configuration(self, name: str) -> dict[str, Any]:
        found = clients.client("lambda").get_function_configuration(
            FunctionName=f"{self.stage}-{name}"
        )
        told = ("FunctionArn", "Runtime", "MemorySize", "Timeout", "CodeSize", "LastModified")
        return {key: found.get(key) for key in told} | {
            "aliases": releases.versions(self.stage, name)
        }

    def _needs_deployment(self) -> None:
        if not releases.deployed(self.stage):
            raise CannotDeploy(
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
        """The logs of all functions, in order. HTTP requests are in those of `web` only."""
        self._needs_deployment()
        names = [n for n in FUNCTIONS if not (http and n != HTTP) and not (non_http and n == HTTP)]
        start, shown = string_to_timestamp(since) * 1000, set[str]()
        while True:
            events = [e for name in names for e in self._logs(name, start, filter_pattern)]
            new = [event for event in events if event["eventId"] not in shown]
            self.cli.print_logs(
                sorted(new, key=lambda event: event["timestamp"])[-limit:],
                colorize,
                False,
                False,
                force_colorize,
            )
            if not keep_open:
                return
            # Events may come late and out of order: the last minute is looked at again.
            start = max([start, *(event["timestamp"] - 60_000 for event in events)])
            shown = {event["eventId"] for event in events}
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
        """Run a command of `settings.WORKER_COMMANDS` in the worker; or, for `zappa manage`, one
        of manage.py's here."""
        self._needs_deployment()
        if command == "manage":
            return self._manage(function_name)
        if raw_python:
            raise CannotDeploy(
                "The functions run named commands only, never Python from an event. "
                f"For a look at the data: zappa manage {self.stage} shell."
            )
        event = {"command": function_name, "input": _object(payload)}
        answer = clients.client("lambda").invoke(
            FunctionName=f"{self.stage}-{COMMANDS}",
            Qualifier=qualifier or releases.LIVE,
            Payload=json.dumps(event),
            LogType="Tail",
        )
        click.echo(ZappaCLI.format_lambda_response(self.cli, answer, not no_color))
        said = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise ClickException(f"{function_name} failed: {_message(said)}")
        click.echo(said)

    def _manage(self, command: str) -> None:
        """With the stage's settings and the rights of whoever asks: the functions' roles do not
        have those that such commands need, and no event may name them."""
        told = releases.variables(self.stage, stacks.all_outputs(self.stage))
        environment = {**os.environ, **told, "STAGE": self.stage, "AWS_REGION": settings.AWS_REGION}
        line = [sys.executable, str(PROJECT / "manage.py"), *shlex.split(command)]
        done = subprocess.run(line, env=environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)


def _object(payload: str | None) -> dict[str, Any]:
    try:
        found = json.loads(payload or "{}")
    except ValueError as error:
        raise CannotDeploy(f"--payload is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise CannotDeploy('--payload is the command\'s input, such as {"user_id": "…"}.')
    return found


def _message(said: str) -> str:
    try:
        return str(json.loads(said)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return said[:300]
