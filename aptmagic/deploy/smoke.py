"""Asks a release whether it is well, as a visitor would and through the same HTTP API."""

import json
import re
import time
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients

PATIENCE = 30  # seconds; the API waits no longer either
# An event that each function answers without doing anything.
TOUCH = '{"command": "touch"}'


class SmokeTestFailed(Exception):
    """What is not as it should be, in a sentence."""


class Answer(NamedTuple):
    status: int
    body: str


def address(api: str) -> str:
    """Where the HTTP API answers itself, without CloudFront."""
    if settings.AWS_ENDPOINT_URL:
        return f"{settings.AWS_ENDPOINT_URL}/_aws/execute-api/{api}/$default"
    return f"https://{api}.execute-api.{settings.AWS_REGION}.amazonaws.com"


def check_site(url: str, word: str, *, bucket: str) -> None:
    """A page with its stylesheets, the API, everything it stands on, and the closed back door."""
    page = _expect(200, url, "/", word)
    if "</html>" not in page.body:
        raise SmokeTestFailed(f"{url}/ is no page.")
    for name in re.findall(r'href="/(static/[^"]+\.css)"', page.body):
        _is_in(bucket, name)
    _expect(200, url, "/api/v1/models/", word)
    _expect(200, url, "/healthz", word)
    if word:
        _expect(403, url, "/healthz", "")


def check_worker(function: str, alias: str) -> None:
    """It sweeps, as it does each minute, and takes no orders from strangers."""
    if problem := _asked(function, alias, {"command": "sweep", "input": {}}):
        raise SmokeTestFailed(f"{function}:{alias} cannot sweep: {problem}")
    if not _asked(function, alias, {"raw_command": "1"}):
        raise SmokeTestFailed(f"{function}:{alias} runs what anybody says.")


def check_drawing(function: str, alias: str) -> None:
    """One real picture, which is paid for; a model that is busy is asked again."""
    for pause in (5, 15, 0):
        answer = _invoke(function, alias, {"command": "try_drawing", "input": {}})
        if "FunctionError" not in answer:
            break
        time.sleep(pause)
    said = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise SmokeTestFailed(f"{function}:{alias} cannot draw: {said[:300]}")
    if not (found := json.loads(said))["drawn"]:
        raise SmokeTestFailed(f"{function}:{alias} cannot draw: {found['reason']}")


def check_public_address(url: str, *, seconds: float = 180) -> None:
    """A page and a stylesheet, through names, certificate and CloudFront, as visitors get them.

    Names and CloudFront take a moment to know of each other; they are asked for so many `seconds`.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return _visit(url)
        except SmokeTestFailed:
            if time.monotonic() >= until:
                raise
        time.sleep(min(3, seconds / 10))


def _visit(url: str) -> None:
    page = _expect(200, url, "/", "")
    sheet = re.search(r'href="(/static/[^"]+\.css)"', page.body)
    if sheet is None:
        raise SmokeTestFailed(f"{url}/ names no stylesheet.")
    _expect(200, url, sheet[1], "")


def _invoke(function: str, alias: str, event: dict[str, object]) -> dict[str, Any]:
    answer: dict[str, Any] = clients.client("lambda").invoke(
        FunctionName=function, Qualifier=alias, Payload=json.dumps(event)
    )
    return answer


def _asked(function: str, alias: str, event: dict[str, object]) -> str:
    """What went wrong; nothing if nothing did."""
    answer = _invoke(function, alias, event)
    said: str = answer["Payload"].read().decode()
    return said[:300] if "FunctionError" in answer else ""


def _expect(status: int, url: str, path: str, word: str) -> Answer:
    answer = get(url + path, word)
    if answer.status != status:
        raise SmokeTestFailed(
            f"{path} answers {answer.status} and not {status}: {answer.body[:300]}"
        )
    return answer


def get(url: str, word: str = "") -> Answer:
    request = Request(url, headers={"X-Origin-Secret": word} if word else {})  # noqa: S310  our API
    try:
        # Our API's own address, https or the embedded cloud's: never a file.
        with urlopen(request, timeout=PATIENCE) as found:  # noqa: S310  # nosec B310
            return Answer(found.status, found.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(errors="replace"))
    except (URLError, HTTPException, OSError) as error:
        raise SmokeTestFailed(f"{url} does not answer: {error}") from error


def _is_in(bucket: str, name: str) -> None:
    try:
        clients.client("s3").head_object(Bucket=bucket, Key=name)
    except ClientError as error:
        raise SmokeTestFailed(f"The page names {name}, which is not in {bucket}.") from error
