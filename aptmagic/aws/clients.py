"""The one door to AWS: `client("s3")`. `AWS_ENDPOINT_URL` decides who answers."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings
from django.utils.translation import gettext as _

from aptmagic.errors import Busy

MAX_POOL_CONNECTIONS = 64
SERVICE_CONFIG: dict[str, dict[str, Any]] = {
    # A picture takes Bedrock up to a minute and more; everything else answers at once or is away.
    "bedrock-runtime": {
        "connect_timeout": 2,
        "read_timeout": 150,
        "retries": {"mode": "standard", "total_max_attempts": 1},
    },
    # A worker that is invoked answers within 180 seconds; asked again, it would draw again.
    "lambda": {"read_timeout": 200},
    "s3": {"signature_version": "s3v4"},
    # A page may have to wait for it, and would rather do without.
    "cognito-idp": {"read_timeout": 8, "retries": {"mode": "standard", "total_max_attempts": 2}},
}
DEFAULT_CONFIG: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}

# What services answer that are asked too much, or for what somebody else is writing this moment.
# Nothing was done, and waiting helps.
THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
    }
)


@cache
def client(service: str, region: str = "") -> Any:
    """A thread-safe boto3 client, made once per process.

    `service` is boto3's name for it ("s3", "stepfunctions" …); Bedrock and its guardrails live in
    `settings.BEDROCK_REGION`, everything else in `settings.AWS_REGION`.
    """
    home = settings.BEDROCK_REGION if service.startswith("bedrock") else settings.AWS_REGION
    config = Config(
        max_pool_connections=MAX_POOL_CONNECTIONS,
        **{**DEFAULT_CONFIG, **SERVICE_CONFIG.get(service, {})},
    )
    if service == "s3":
        config = config.merge(Config(s3=_s3_addressing()))
    return boto3.client(
        service,
        region_name=region or home,
        endpoint_url=settings.AWS_ENDPOINT_URL or None,
        config=config,
    )


def error_code(error: BaseException | None) -> str:
    """The service's own code for an error of botocore's or pynamodb's.

    Empty where no service has answered, as after a timeout; then nobody knows what was done.
    """
    response = getattr(getattr(error, "cause", None) or error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def is_throttled(error: BaseException) -> bool:
    return error_code(error) in THROTTLING_CODES


def busy_if_throttled(error: Exception) -> Exception:
    """A throttled call as the Busy that a person reads; every other error as it is."""
    if not is_throttled(error):
        return error
    return Busy(_("The site is very busy right now."), retry_after=2)


def reset_clients() -> None:
    """Let the next call read the endpoint and the credentials anew (tests change them)."""
    client.cache_clear()


def _s3_addressing() -> dict[str, str]:
    """Signed addresses name the bucket in its region, as our Content-Security-Policy does."""
    if settings.AWS_ENDPOINT_URL:
        return {"addressing_style": "path"}
    return {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
