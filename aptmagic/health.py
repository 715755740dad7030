"""`/healthz`: whether we stand, and each thing we stand on. And `/robots.txt`."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from aptmagic import aws
from aptmagic.dynamo import table

logger = logging.getLogger(__name__)


def _dynamodb() -> None:
    aws.client("dynamodb").get_item(TableName=table("ledger"), Key=_nothing())


def _nothing() -> dict[str, dict[str, str]]:
    return {"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}}


def _bucket() -> None:
    aws.client("s3").head_bucket(Bucket=settings.PRIVATE_BUCKET)


def _workflow() -> None:
    aws.client("stepfunctions").describe_state_machine(stateMachineArn=settings.WORKFLOW_ARN)


def _identity() -> None:
    aws.client("cognito-idp").describe_user_pool(UserPoolId=settings.COGNITO_POOL_ID)


CHECKS: dict[str, Callable[[], None]] = {
    "dynamodb": _dynamodb,
    "s3": _bucket,
    "workflow": _workflow,
    "identity": _identity,
}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 and `{"ok": true, "<dependency>": "ok"}`; 503 when any of them does not answer."""
    with ThreadPoolExecutor(len(CHECKS)) as together:
        answers = dict(zip(CHECKS, together.map(_answer, CHECKS.values()), strict=True))
    ok = set(answers.values()) == {"ok"}
    response = JsonResponse({"ok": ok, **answers}, status=200 if ok else 503)
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:
        logger.exception("health: %s does not answer", check.__name__.strip("_"))
        return "away"
    return "ok"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    rules = "User-agent: *\nDisallow: /jobs/\nDisallow: /library/\nDisallow: /pictures/\nAllow: /\n"
    return HttpResponse(rules, content_type="text/plain; charset=utf-8")
