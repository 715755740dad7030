"""Fixtures: the real embedded cloud, and the real site before it.

`cloud` starts one embedded cloud per test session in a temporary folder, deploys `infra/` and the
worker into it, and points settings and environment at it for as long as a module's tests run; unit
tests, in whatever order they come, never see it. `site` serves the pages by gunicorn, for browsers.
"""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from django.conf import settings
from django.test import override_settings

from aptmagic.aws import clients, dynamodb
from aptmagic.local import attach, running_cloud, worker_function
from aptmagic.local.environment import clean_environment
from aptmagic.local.processes import ManagedProcess, wait_until
from aptmagic.service_backends import load_backend


class EmbeddedCloud:
    """One embedded cloud with its folder; it can be stopped, killed and started again."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self._variables = variables
        self.environment: dict[str, str] = {}
        self._child: ManagedProcess | None = None
        self._port = 0

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.pid

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, at the port it had before if there was one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        child = ManagedProcess(
            "cloud",
            ["-m", "aptmagic.local.cloud", f"--port={self._port}", f"--dir={self.folder}"],
            environment=clean_environment() | self._variables,
            folder=running_cloud.PROJECT,
            log=self.folder / "cloud.log",
        )
        self._child = child

        def answers() -> bool:
            found = running_cloud.find(self.folder)
            return child.code is not None or (found is not None and found.pid == child.pid)

        assert wait_until(answers, seconds=60), child.last_lines()
        found = running_cloud.find(self.folder)
        assert found, child.last_lines()
        self._port = found.port

    def start_elsewhere(self) -> None:
        """Start it at another port."""
        former, self._port = self._port, 0
        self.start()
        assert self._port != former

    def stop(self) -> None:
        """As Ctrl-C does."""
        assert self._child
        self._child.stop()

    def kill(self) -> None:
        """As a power cut would, nearly."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def deploy(self) -> None:
        with self.attached():
            self.environment = worker_function.deploy("local", echo=_silence)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Settings, environment and clients speak to this cloud."""
        variables = {**attach.environment(self.endpoint), **self.environment}
        known = {name: value for name, value in variables.items() if hasattr(settings, name)}
        with pytest.MonkeyPatch.context() as patch, override_settings(**known):
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in variables.items():
                patch.setenv(name, value)
            forget()
            try:
                yield
            finally:
                forget()


def credentials_of(role: str) -> boto3.Session:
    """A session with a role's own credentials. For once, whoever tests may assume it."""
    found = clients.client("iam").get_role(RoleName=role)["Role"]
    trust = found["AssumeRolePolicyDocument"]
    trust["Statement"] = [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    ]
    clients.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    given = clients.client("sts").assume_role(RoleArn=found["Arn"], RoleSessionName="a-test")
    return boto3.Session(
        given["Credentials"]["AccessKeyId"],
        given["Credentials"]["SecretAccessKey"],
        given["Credentials"]["SessionToken"],
    )


def _silence(_: str) -> None:
    pass


def forget() -> None:
    """Clients, connections and providers of other tests speak to another cloud."""
    clients.reset_clients()
    dynamodb.reset_connections()
    load_backend.cache_clear()


@pytest.fixture(scope="session")
def deployed_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """An embedded cloud with everything deployed; ask for `cloud` instead."""
    cloud = EmbeddedCloud(tmp_path_factory.mktemp("local"))
    cloud.start()
    try:
        cloud.deploy()
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def cloud(deployed_cloud: EmbeddedCloud) -> Iterator[EmbeddedCloud]:
    """The session's embedded cloud; settings and environment point at it."""
    with deployed_cloud.attached():
        yield deployed_cloud


@pytest.fixture(scope="module")
def new_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], EmbeddedCloud]]:
    """Makes clouds of a module's own, to be stopped, killed and damaged."""
    made: list[EmbeddedCloud] = []

    def make(**variables: str) -> EmbeddedCloud:
        made.append(EmbeddedCloud(tmp_path_factory.mktemp("local"), **variables))
        made[-1].start()
        return made[-1]

    yield make
    for cloud in made:
        cloud.stop()


@pytest.fixture(scope="session")
def served(
    deployed_cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the real site on the session's cloud; ask for `site` instead."""
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    environment = clean_environment() | attach.environment(deployed_cloud.endpoint)
    environment |= deployed_cloud.environment
    child = ManagedProcess(
        "site",
        [
            "-m",
            "gunicorn",
            "--worker-class=gthread",
            "--threads=8",
            "--no-control-socket",
            f"--bind=fd://{door.fileno()}",
            "aptmagic.local.site:application",
        ],
        environment={**environment, "SITE_URL": url},
        folder=running_cloud.PROJECT,
        log=tmp_path_factory.mktemp("site") / "site.log",
        keep=[door.fileno()],
    )
    door.close()
    try:
        yield url
    finally:
        child.stop()


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud, served: str) -> str:
    """The address of the real site; what it stores can be looked at from the test."""
    return served


def saved(cloud: EmbeddedCloud, service: str) -> str:
    """What is on disk of a service's state."""
    path = cloud.folder / "cloud" / "state" / f"{service}.json"
    return json.dumps(json.loads(path.read_text())) if path.exists() else ""
