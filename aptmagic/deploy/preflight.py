"""Checks, before a deployment, what an account may lack that no template can create."""

import json
from collections.abc import Iterator

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import Echo
from aptmagic.deploy.errors import DeploymentError

# Concurrent executions: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
# New accounts have fewer than the usual 1,000.
LOW_CONCURRENCY, USUAL_CONCURRENCY = 100, 1000
CATALOGUE = settings.BASE_DIR / "generation" / "operations" / "catalogue.json"


def check(echo: Echo) -> None:
    """Raises DeploymentError for models without access; prints a warning about low quotas."""
    if problems := [*_inaccessible_models()]:
        raise DeploymentError(" ".join(problems))
    _warn_about_concurrency(echo)


def models_by_price() -> list[tuple[str, str, str]]:
    """The id, name and price in US dollars of each Bedrock model, cheapest first."""
    models = json.loads(CATALOGUE.read_text(encoding="utf-8"))["models"]
    found = [(m["id"], m["name"], m["price_usd"]) for m in models if m["provider"] == "bedrock"]
    return sorted(found, key=lambda model: float(model[2]))


def _inaccessible_models() -> Iterator[str]:
    for model, name, _ in models_by_price():
        if problem := _problem(model):
            yield f"{name} ({model}) {problem}."


def _problem(model: str) -> str:
    """Why the account has no access to the model in BEDROCK_REGION; empty if it has.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html
    """
    region = settings.BEDROCK_REGION
    try:
        found = clients.client("bedrock").get_foundation_model_availability(modelId=model)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return f"does not exist in {region}"
    agreement = found["agreementAvailability"]["status"]
    if found["regionAvailability"] != "AVAILABLE":
        return f"is not available in {region}: set BEDROCK_REGION to a region that has it"
    if found["authorizationStatus"] != "AUTHORIZED":
        return (
            f"is not authorized for this account in {region}: ask your organization's administrator"
        )
    if agreement == "PENDING":
        return "is pending access, which takes up to 15 minutes: deploy again after that"
    if agreement != "AVAILABLE" or found["entitlementAvailability"] != "AVAILABLE":
        return f"is not enabled for this account in {region}: see infra/README.md"
    return ""


def _warn_about_concurrency(echo: Echo) -> None:
    limit = clients.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < LOW_CONCURRENCY:
        echo(
            f"Warning: this account is limited to {limit} concurrent Lambda executions in "
            f"{settings.AWS_REGION}, too few for production. Request {USUAL_CONCURRENCY:,}, free "
            "of charge: "
            "aws service-quotas request-service-quota-increase "
            f"--region {settings.AWS_REGION} --service-code lambda --quota-code L-B99A9384 "
            f"--desired-value {USUAL_CONCURRENCY}"
        )
