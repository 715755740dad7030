"""Smoke tests of a release: requests like a visitor's, through the same HTTP API."""

import json
import re
import time
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings

from aptmagic.aws import clients
from aptmagic.aws.storage import Bucket

TIMEOUT = 30  # seconds; API Gateway waits no longer either
DRAWING_RETRY_DELAYS = (5, 15)  # seconds
EXCERPT = 300  # characters of an answer that a message quotes


class SmokeTestFailed(Exception):
    """A check failed; the message is one sentence for the operator."""


class Answer(NamedTuple):
    status: int
    body: str


def api_url(api: str) -> str:
    """The HTTP API's own URL, which bypasses CloudFront."""
    if settings.AWS_ENDPOINT_URL:
        return f"{settings.AWS_ENDPOINT_URL}/_aws/execute-api/{api}/$default"
    return f"https://{api}.execute-api.{settings.AWS_REGION}.amazonaws.com"


def check_site(url: str, origin_secret: str, *, bucket: str) -> None:
    """Check a page, its stylesheets, the API and /healthz, and that the origin secret is needed.

    Raises SmokeTestFailed.
    """
    page = _expect(200, url, "/", origin_secret)
    if "</html>" not in page.body:
        raise SmokeTestFailed(f"{url}/ is not an HTML page.")
    for name in re.findall(r'href="/(static/[^"]+\.css)"', page.body):
        _expect_object(bucket, name)
    _expect(200, url, "/api/v1/models/", origin_secret)
    _expect(200, url, "/healthz", origin_secret)
    if origin_secret:
        _expect(403, url, "/healthz", "")


def check_worker(function: str, alias: str) -> None:
    """Check that it sweeps, and refuses arbitrary Python. Raises SmokeTestFailed."""
    if problem := _command_error(function, alias, {"command": "sweep", "input": {}}):
        raise SmokeTestFailed(f"{function}:{alias} cannot sweep: {problem}")
    if not _command_error(function, alias, {"raw_command": "1"}):
        raise SmokeTestFailed(f"{function}:{alias} runs arbitrary Python from an event.")


def check_drawing(function: str, alias: str) -> None:
    """Generate one picture, which is billed. Retries while the model is busy.

    Raises SmokeTestFailed.
    """
    answer = _invoke(function, alias, {"command": "try_drawing", "input": {}})
    for delay in DRAWING_RETRY_DELAYS:
        if "FunctionError" not in answer:
            break
        time.sleep(delay)
        answer = _invoke(function, alias, {"command": "try_drawing", "input": {}})
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise SmokeTestFailed(f"{function}:{alias} cannot generate pictures: {payload[:EXCERPT]}")
    if not (result := json.loads(payload))["drawn"]:
        raise SmokeTestFailed(f"{function}:{alias} cannot generate pictures: {result['reason']}")


def check_public_address(url: str, *, seconds: float = 180) -> None:
    """Check a page and a stylesheet through DNS, certificate and CloudFront.

    Retries for `seconds`, since DNS and CloudFront take a while to agree. Raises SmokeTestFailed.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return _check_page(url)
        except SmokeTestFailed:
            if time.monotonic() >= until:
                raise
        time.sleep(min(3, seconds / 10))


def _check_page(url: str) -> None:
    page = _expect(200, url, "/", "")
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', page.body)
    if stylesheet is None:
        raise SmokeTestFailed(f"{url}/ links to no stylesheet.")
    _expect(200, url, stylesheet[1], "")


def _invoke(function: str, alias: str, event: dict[str, object]) -> dict[str, Any]:
    answer: dict[str, Any] = clients.client("lambda").invoke(
        FunctionName=function, Qualifier=alias, Payload=json.dumps(event)
    )
    return answer


def _command_error(function: str, alias: str, event: dict[str, object]) -> str:
    """The error that the function answers with; empty if it succeeds."""
    answer = _invoke(function, alias, event)
    payload: str = answer["Payload"].read().decode()
    return payload[:EXCERPT] if "FunctionError" in answer else ""


def _expect(status: int, url: str, path: str, origin_secret: str) -> Answer:
    answer = get(url + path, origin_secret)
    if answer.status != status:
        raise SmokeTestFailed(
            f"{path} returned {answer.status} instead of {status}: {answer.body[:EXCERPT]}"
        )
    return answer


def get(url: str, origin_secret: str = "") -> Answer:
    """Raises SmokeTestFailed when there is no answer, whatever its status."""
    headers = {"X-Origin-Secret": origin_secret} if origin_secret else {}
    request = Request(url, headers=headers)  # noqa: S310  our own API
    try:
        # The address of our own API, https or the embedded cloud's: never a file.
        with urlopen(request, timeout=TIMEOUT) as found:  # noqa: S310  # nosec B310
            return Answer(found.status, found.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(errors="replace"))
    except (URLError, HTTPException, OSError) as error:
        raise SmokeTestFailed(f"{url} did not answer: {error}") from error


def _expect_object(bucket: str, key: str) -> None:
    if not Bucket(bucket).exists(key):
        raise SmokeTestFailed(f"The page links to {key}, which is not in {bucket}.")
