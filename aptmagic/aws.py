"""The one door to AWS: `client("s3")`. `AWS_ENDPOINT_URL` decides who answers."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings

POOL = 64
PATIENCE: dict[str, dict[str, Any]] = {
    # A picture takes Bedrock up to a minute and more; everything else answers at once or is away.
    "bedrock-runtime": {
        "connect_timeout": 2,
        "read_timeout": 150,
        "retries": {"mode": "standard", "total_max_attempts": 1},
    },
    "s3": {"signature_version": "s3v4"},
    # A page may have to wait for it, and would rather do without.
    "cognito-idp": {"read_timeout": 8, "retries": {"mode": "standard", "total_max_attempts": 2}},
}
USUAL: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}


@cache
def client(service: str, region: str = "") -> Any:
    """A thread-safe boto3 client, made once per process.

    `service` is boto3's name for it ("s3", "stepfunctions" …); Bedrock and its guardrails live in
    `settings.BEDROCK_REGION`, everything else in `settings.AWS_REGION`.
    """
    home = settings.BEDROCK_REGION if service.startswith("bedrock") else settings.AWS_REGION
    config = Config(max_pool_connections=POOL, **{**USUAL, **PATIENCE.get(service, {})})
    if service == "s3":
        config = config.merge(Config(s3=_addresses()))
    return boto3.client(
        service,
        region_name=region or home,
        endpoint_url=settings.AWS_ENDPOINT_URL or None,
        config=config,
    )


def forget_clients() -> None:
    """Let the next call read the endpoint and the credentials anew (tests change them)."""
    client.cache_clear()


def _addresses() -> dict[str, str]:
    """Signed addresses name the bucket in its region, as our Content-Security-Policy does."""
    if settings.AWS_ENDPOINT_URL:
        return {"addressing_style": "path"}
    return {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
