"""What a new account lacks is said before anything is deployed, with the way to get it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import preflight
from aptmagic.deploy.templates import CannotDeploy

OPEN = {
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}
MODELS = [model for model, _, _ in preflight.models_by_price()]


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients.reset_clients()
    yield
    clients.reset_clients()


def answered(concurrency: int = 1000, **of_the_first: Any) -> list[str]:
    """What `preflight.check` says where the first model is as given and the others are open."""
    said: list[str] = []
    with (
        Stubber(clients.client("bedrock")) as bedrock,
        Stubber(clients.client("lambda")) as functions,
    ):
        for model in MODELS:
            answer = {"modelId": model, **OPEN, **(of_the_first if model == MODELS[0] else {})}
            bedrock.add_response("get_foundation_model_availability", answer, {"modelId": model})
        limits = {"AccountLimit": {"ConcurrentExecutions": concurrency}}
        functions.add_response("get_account_settings", limits, {})
        preflight.check(said.append)
    return said


def test_an_account_that_has_everything_is_told_nothing() -> None:
    assert answered() == []


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        ({"agreementAvailability": {"status": "NOT_AVAILABLE"}}, "is not open to this account in"),
        ({"entitlementAvailability": "NOT_AVAILABLE"}, "is not open to this account in us-west-2"),
        ({"agreementAvailability": {"status": "PENDING"}}, "takes up to 15 minutes: deploy again"),
        ({"regionAvailability": "NOT_AVAILABLE"}, "is not offered in us-west-2"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "may not be used by this account"),
    ],
)
def test_a_model_that_is_not_open_stops_the_deployment(lacks: Any, sentence: str) -> None:
    with pytest.raises(CannotDeploy, match=sentence) as raised:
        answered(**lacks)
    assert MODELS[0] in str(raised.value)
    assert MODELS[1] not in str(raised.value)


def test_a_model_that_bedrock_does_not_know_is_named() -> None:
    with Stubber(clients.client("bedrock")) as bedrock:
        for _ in MODELS:
            bedrock.add_client_error(
                "get_foundation_model_availability", "ResourceNotFoundException"
            )
        with pytest.raises(CannotDeploy) as raised:
            preflight.check(print)
    assert [model for model in MODELS if f"({model}) does not exist" in str(raised.value)] == MODELS


def test_no_answer_is_not_taken_for_a_closed_model() -> None:
    with Stubber(clients.client("bedrock")) as bedrock:
        bedrock.add_client_error("get_foundation_model_availability", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            preflight.check(print)


def test_a_new_account_is_told_what_to_ask_for() -> None:
    [line] = answered(concurrency=10)
    assert line.startswith("This account may run 10 functions at once in us-east-1")
    assert "--quota-code L-B99A9384 --desired-value 1000" in line


def test_the_models_are_those_of_the_catalogue_the_cheapest_first() -> None:
    from generation.operations import catalogue

    assert {*MODELS} == {model.id for model in catalogue.MODELS}
    prices = [float(price) for _, _, price in preflight.models_by_price()]
    assert prices == sorted(prices)
    assert clients.client("bedrock").meta.region_name == settings.BEDROCK_REGION


def test_the_readme_opens_every_model_that_is_asked_for() -> None:
    readme = (settings.BASE_DIR / "infra" / "README.md").read_text(encoding="utf-8")
    line = next(line for line in readme.splitlines() if line.strip().startswith("for model in"))
    assert {*MODELS} == {*line.split(" in ")[1].removesuffix("; do").split()}
