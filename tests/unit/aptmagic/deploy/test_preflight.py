"""A deployment stops early, with instructions, when the account lacks something."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import preflight
from aptmagic.deploy.errors import DeploymentError

OPEN = {
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}
MODELS = [model for model, _, _ in preflight.models_by_price()]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients.reset_clients()
    yield
    clients.reset_clients()


def check(concurrency: int = 1000, **of_the_first: Any) -> list[str]:
    """What `preflight.check` prints when the first model is as given and the others are open."""
    printed: list[str] = []
    with (
        Stubber(clients.client("bedrock")) as bedrock,
        Stubber(clients.client("lambda")) as functions,
    ):
        for model in MODELS:
            answer = {"modelId": model, **OPEN, **(of_the_first if model == MODELS[0] else {})}
            bedrock.add_response("get_foundation_model_availability", answer, {"modelId": model})
        limits = {"AccountLimit": {"ConcurrentExecutions": concurrency}}
        functions.add_response("get_account_settings", limits, {})
        preflight.check(printed.append)
    return printed


def test_a_complete_account_gets_no_warnings() -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        (
            {"agreementAvailability": {"status": "NOT_AVAILABLE"}},
            "is not enabled for this account in",
        ),
        (
            {"entitlementAvailability": "NOT_AVAILABLE"},
            "is not enabled for this account in us-west-2",
        ),
        ({"agreementAvailability": {"status": "PENDING"}}, "takes up to 15 minutes: deploy again"),
        ({"regionAvailability": "NOT_AVAILABLE"}, "is not available in us-west-2"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "is not authorized for this account"),
    ],
)
def test_a_model_without_access_stops_the_deployment(lacks: Any, sentence: str) -> None:
    with pytest.raises(DeploymentError, match=sentence) as raised:
        check(**lacks)
    assert MODELS[0] in str(raised.value)
    assert MODELS[1] not in str(raised.value)


def test_models_unknown_to_bedrock_are_named() -> None:
    with Stubber(clients.client("bedrock")) as bedrock:
        for _ in MODELS:
            bedrock.add_client_error(
                "get_foundation_model_availability", "ResourceNotFoundException"
            )
        with pytest.raises(DeploymentError) as raised:
            preflight.check(print)
    assert [model for model in MODELS if f"({model}) does not exist" in str(raised.value)] == MODELS


def test_an_access_error_is_not_taken_for_a_model_without_access() -> None:
    with Stubber(clients.client("bedrock")) as bedrock:
        bedrock.add_client_error("get_foundation_model_availability", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            preflight.check(print)


def test_a_low_concurrency_limit_comes_with_the_command_to_raise_it() -> None:
    [line] = check(concurrency=10)
    assert line.startswith(
        "Warning: this account is limited to 10 concurrent Lambda executions in us-"
    )
    assert "--quota-code L-B99A9384 --desired-value 1000" in line


def test_the_models_are_those_of_the_catalogue_cheapest_first() -> None:
    from generation.operations import catalogue

    assert {*MODELS} == {model.id for model in catalogue.models()}
    prices = [float(price) for _, _, price in preflight.models_by_price()]
    assert prices == sorted(prices)
    assert clients.client("bedrock").meta.region_name == settings.BEDROCK_REGION


def test_the_readme_enables_every_model() -> None:
    readme = (settings.BASE_DIR / "infra" / "README.md").read_text(encoding="utf-8")
    line = next(line for line in readme.splitlines() if line.strip().startswith("for model in"))
    assert {*MODELS} == {*line.split(" in ")[1].removesuffix("; do").split()}
