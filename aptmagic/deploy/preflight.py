"""What an account may lack that no template can bring, looked at before anything is deployed."""

import json
from collections.abc import Iterator

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy.cloudformation import Say
from aptmagic.deploy.templates import CannotDeploy

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 1,000 is usual, and a
# new account has less.
FEW_AT_ONCE, USUAL_AT_ONCE = 100, 1000
CATALOGUE = settings.BASE_DIR / "generation" / "operations" / "catalogue.json"
OPEN = "infra/README.md says how to open it"


def check(say: Say) -> None:
    """Raises CannotDeploy for what would keep the site from working, and says what is scarce."""
    if problems := [*_closed_models()]:
        raise CannotDeploy(" ".join(problems))
    _say_concurrency(say)


def models_by_price() -> list[tuple[str, str, str]]:
    """Id, name and price in dollars of each model, the cheapest first."""
    every = json.loads(CATALOGUE.read_text(encoding="utf-8"))["models"]
    found = [(m["id"], m["name"], m["price_usd"]) for m in every if m["provider"] == "bedrock"]
    return sorted(found, key=lambda model: float(model[2]))


def _closed_models() -> Iterator[str]:
    for model, name, _ in models_by_price():
        if problem := _problem(model):
            yield f"{name} ({model}) {problem}."


def _problem(model: str) -> str:
    """Why the account cannot use the model in BEDROCK_REGION; empty if it can.

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
        return f"is not offered in {region}: set BEDROCK_REGION to a region that has it"
    if found["authorizationStatus"] != "AUTHORIZED":
        return f"may not be used by this account in {region}: ask whoever runs your organisation"
    if agreement == "PENDING":
        return "is being opened by AWS, which takes up to 15 minutes: deploy again then"
    if agreement != "AVAILABLE" or found["entitlementAvailability"] != "AVAILABLE":
        return f"is not open to this account in {region}: {OPEN}"
    return ""


def _say_concurrency(say: Say) -> None:
    limit = clients.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < FEW_AT_ONCE:
        say(
            f"This account may run {limit} functions at once in {settings.AWS_REGION}, which is "
            f"few for a site with visitors. Ask for {USUAL_AT_ONCE:,}, which costs nothing: "
            "aws service-quotas request-service-quota-increase "
            f"--region {settings.AWS_REGION} --service-code lambda --quota-code L-B99A9384 "
            f"--desired-value {USUAL_AT_ONCE}"
        )
