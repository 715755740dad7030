"""What a release checks before it builds anything, and how versions are activated."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from django.core.management import CommandError, call_command
from django.test import override_settings

from aptmagic.aws import clients
from aptmagic.deploy import functions, packages, toolchain
from aptmagic.local import attach


@pytest.fixture
def without_other_pythons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if toolchain.THIS_MACHINE.python == "3.13":
        pytest.skip("Lambda's Python is the one that runs this")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))


@pytest.mark.usefixtures("without_other_pythons")
def test_lambdas_python_is_required_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "DIST", tmp_path)
    with pytest.raises(CommandError, match=r"Install it first: \.venv/bin/uv python install 3\.13"):
        call_command("release", "package", "--stage", "dev")
    assert not [*tmp_path.iterdir()]


@override_settings(AWS_ENDPOINT_URL="http://127.0.0.1:4566")
def test_a_package_is_for_lambda_unless_the_embedded_cloud_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert toolchain.target_for("dev", "web") == toolchain.THIS_MACHINE
    monkeypatch.setenv(attach.ATTACHED, "http://127.0.0.1:4566")
    assert toolchain.target_for("dev", "web") == toolchain.lambda_target("python3.13", "arm64")


# Versions that SnapStart has made inactive ------------------------------------------------------
@pytest.fixture
def lambda_stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: None)
    clients.reset_clients()
    with Stubber(clients.client("lambda")) as stub:
        yield stub
        stub.assert_no_pending_responses()
    clients.reset_clients()


def is_now(lambda_stub: Stubber, state: str) -> None:
    asked = {"FunctionName": "dev-web", "Qualifier": "7"}
    lambda_stub.add_response("get_function_configuration", {"State": state}, asked)


def test_an_active_version_is_not_called(lambda_stub: Stubber) -> None:
    is_now(lambda_stub, "Active")
    functions.activate("dev-web", "7")


@pytest.mark.parametrize("code", ["SnapStartNotReadyException", "ResourceConflictException"])
def test_an_inactive_version_is_called_and_waited_for(lambda_stub: Stubber, code: str) -> None:
    is_now(lambda_stub, "Inactive")
    lambda_stub.add_client_error("invoke", code)  # what AWS answers to its first call
    for state in ("Inactive", "Pending", "Active"):
        is_now(lambda_stub, state)
    functions.activate("dev-web", "7")


def test_a_version_may_be_active_by_its_first_call(lambda_stub: Stubber) -> None:
    is_now(lambda_stub, "Inactive")
    said = json.dumps({}).encode()
    payload = StreamingBody(BytesIO(said), len(said))
    asked = {"FunctionName": "dev-web", "Qualifier": "7", "Payload": '{"command": "touch"}'}
    lambda_stub.add_response("invoke", {"StatusCode": 200, "Payload": payload}, asked)
    is_now(lambda_stub, "Active")
    functions.activate("dev-web", "7")


def test_an_access_error_is_not_taken_for_a_version_that_activates(
    lambda_stub: Stubber,
) -> None:
    is_now(lambda_stub, "Inactive")
    lambda_stub.add_client_error("invoke", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        functions.activate("dev-web", "7")
