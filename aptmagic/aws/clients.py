"""The boto3 clients: `client("sqs")`. `AWS_ENDPOINT_URL` says which cloud they call."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings
from django.utils.translation import gettext as _

from aptmagic.errors import Busy

MAX_POOL_CONNECTIONS = 64
SERVICE_CONFIG: dict[str, dict[str, Any]] = {
    # Generating a picture takes more than a minute at times, and a retry would generate it again.
    "bedrock-runtime": {
        "connect_timeout": 2,
        "read_timeout": 150,
        "retries": {"mode": "standard", "total_max_attempts": 1},
    },
    # The worker's own timeout is 180 seconds; a read timeout before that would invoke it again.
    "lambda": {"read_timeout": 200},
    "s3": {"signature_version": "s3v4"},
    # Pages wait for it.
    "cognito-idp": {"read_timeout": 8, "retries": {"mode": "standard", "total_max_attempts": 2}},
}
DEFAULT_CONFIG: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}

# The error codes of throttling and of concurrent writes: nothing was done, and waiting helps.
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
    """The process's boto3 client for a service ("s3", "stepfunctions" …). It is thread-safe.

    The region is `settings.BEDROCK_REGION` for Bedrock, and `settings.AWS_REGION` for the others.
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
    """The error code that AWS returned, from an exception of botocore or pynamodb.

    Empty if nothing was returned, as after a timeout: the operation may have been carried out.
    """
    response = getattr(getattr(error, "cause", None) or error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def is_throttled(error: BaseException) -> bool:
    return error_code(error) in THROTTLING_CODES


def busy_if_throttled(error: Exception) -> Exception:
    """Busy in place of a throttling error; any other error unchanged."""
    if not is_throttled(error):
        return error
    return Busy(_("There’s a lot of traffic right now."), retry_after=2)


def reset_clients() -> None:
    """Make the next call read endpoint and credentials again, which tests change."""
    client.cache_clear()


def _s3_addressing() -> dict[str, str]:
    """Presigned URLs use the regional host that our Content-Security-Policy allows."""
    if settings.AWS_ENDPOINT_URL:
        return {"addressing_style": "path"}
    return {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
