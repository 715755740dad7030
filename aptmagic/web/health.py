"""`/healthz`, the health of the site and its dependencies, and `/robots.txt`."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from aptmagic.aws import clients, storage
from aptmagic.aws.dynamodb import table

logger = logging.getLogger(__name__)

CACHE_SECONDS = 5


def _dynamodb() -> None:
    clients.client("dynamodb").get_item(TableName=table("ledger"), Key=_missing_key())


def _missing_key() -> dict[str, dict[str, str]]:
    return {"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}}


def _bucket() -> None:
    storage.private().check()


def _workflow() -> None:
    clients.client("stepfunctions").describe_state_machine(stateMachineArn=settings.WORKFLOW_ARN)


def _identity() -> None:
    clients.client("cognito-idp").describe_user_pool(UserPoolId=settings.COGNITO_POOL_ID)


CHECKS: dict[str, Callable[[], None]] = {
    "dynamodb": _dynamodb,
    "s3": _bucket,
    "workflow": _workflow,
    "identity": _identity,
}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 and `{"ok": true, "<dependency>": "ok"}`; 503 when any of them does not answer."""
    answers = _cached.answers()
    ok = set(answers.values()) == {"ok"}
    response = JsonResponse({"ok": ok, **answers}, status=200 if ok else 503)
    response.headers["Cache-Control"] = "no-store"
    return response


class CachedAnswers:
    """This process's last results, for CACHE_SECONDS: anyone may ask, and each check calls AWS.

    Concurrent requests wait for one check instead of starting their own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, str] = {}
        self._until = 0.0

    def answers(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._answers = _run_checks()
                self._until = time.monotonic() + CACHE_SECONDS
            return dict(self._answers)

    def forget(self) -> None:
        with self._lock:
            self._until = 0.0


_cached = CachedAnswers()
clear_cache = _cached.forget


def _run_checks() -> dict[str, str]:
    with ThreadPoolExecutor(len(CHECKS)) as together:
        return dict(zip(CHECKS, together.map(_run, CHECKS.values()), strict=True))


def _run(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:
        logger.exception("health: %s does not answer", check.__name__.strip("_"))
        return "unavailable"
    return "ok"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    rules = "User-agent: *\nDisallow: /jobs/\nDisallow: /library/\nDisallow: /pictures/\nAllow: /\n"
    return HttpResponse(rules, content_type="text/plain; charset=utf-8")
