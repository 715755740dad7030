"""A release that cannot be made says so at once, and in a sentence."""

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
from aptmagic.deploy import packages, releases
from aptmagic.local import attach


@pytest.fixture
def without_other_pythons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if packages.HERE.python == "3.13":
        pytest.skip("Lambda's Python is the one that runs this")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))


@pytest.mark.usefixtures("without_other_pythons")
def test_lambdas_python_is_asked_for_before_anything_is_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "DIST", tmp_path)
    with pytest.raises(
        CommandError, match=r"install it first \(\.venv/bin/uv python install 3\.13"
    ):
        call_command("release", "package", "--stage", "dev")
    assert not [*tmp_path.iterdir()]


@override_settings(AWS_ENDPOINT_URL="http://127.0.0.1:4566")
def test_a_package_is_for_lambda_though_an_embedded_cloud_runs_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert releases.target("dev", "web") == packages.HERE  # who asks for it by name means it
    monkeypatch.setenv(attach.ATTACHED, "http://127.0.0.1:4566")
    assert releases.target("dev", "web") == packages.on_aws("python3.13", "arm64")


# Versions that AWS has put aside ----------------------------------------------------------------
@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: None)
    clients.reset_clients()
    with Stubber(clients.client("lambda")) as stub:
        yield stub
        stub.assert_no_pending_responses()
    clients.reset_clients()


def is_now(functions: Stubber, state: str) -> None:
    asked = {"FunctionName": "dev-web", "Qualifier": "7"}
    functions.add_response("get_function_configuration", {"State": state}, asked)


def test_a_version_that_is_active_is_not_called(functions: Stubber) -> None:
    is_now(functions, "Active")
    releases._wake("dev-web", "7")


@pytest.mark.parametrize("code", ["SnapStartNotReadyException", "ResourceConflictException"])
def test_a_version_that_was_put_aside_is_called_and_waited_for(
    functions: Stubber, code: str
) -> None:
    is_now(functions, "Inactive")
    functions.add_client_error("invoke", code)  # as the first call of it is answered
    for state in ("Inactive", "Pending", "Active"):
        is_now(functions, state)
    releases._wake("dev-web", "7")


def test_a_version_that_comes_back_at_once_answers_its_first_call(functions: Stubber) -> None:
    is_now(functions, "Inactive")
    said = json.dumps({}).encode()
    payload = StreamingBody(BytesIO(said), len(said))
    asked = {"FunctionName": "dev-web", "Qualifier": "7", "Payload": '{"command": "touch"}'}
    functions.add_response("invoke", {"StatusCode": 200, "Payload": payload}, asked)
    is_now(functions, "Active")
    releases._wake("dev-web", "7")


def test_a_version_that_may_not_be_called_is_not_taken_for_one_that_wakes(
    functions: Stubber,
) -> None:
    is_now(functions, "Inactive")
    functions.add_client_error("invoke", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        releases._wake("dev-web", "7")
