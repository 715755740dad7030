"""Asks a release whether it is well, as a visitor would and through the same HTTP API."""

import json
import re
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic import aws

PATIENCE = 30  # seconds; the API waits no longer either


class NotWell(Exception):
    """What is not as it should be, in a sentence."""


class Answer(NamedTuple):
    status: int
    body: str


def address(api: str) -> str:
    """Where the HTTP API answers itself, without CloudFront."""
    if settings.AWS_ENDPOINT_URL:
        return f"{settings.AWS_ENDPOINT_URL}/_aws/execute-api/{api}/$default"
    return f"https://{api}.execute-api.{settings.AWS_REGION}.amazonaws.com"


def test(url: str, word: str, *, bucket: str) -> None:
    """A page with its stylesheets, the API, everything it stands on, and the closed back door."""
    page = _expect(200, url, "/", word)
    if "</html>" not in page.body:
        raise NotWell(f"{url}/ is no page.")
    for name in re.findall(r'href="/(static/[^"]+\.css)"', page.body):
        _is_in(bucket, name)
    _expect(200, url, "/api/v1/models/", word)
    _expect(200, url, "/healthz", word)
    if word:
        _expect(403, url, "/healthz", "")


def test_worker(function: str, alias: str) -> None:
    """It sweeps, as it does each minute, and takes no orders from strangers."""
    if problem := _asked(function, alias, {"command": "sweep", "input": {}}):
        raise NotWell(f"{function}:{alias} cannot sweep: {problem}")
    if not _asked(function, alias, {"raw_command": "1"}):
        raise NotWell(f"{function}:{alias} runs what anybody says.")


def _asked(function: str, alias: str, event: dict[str, object]) -> str:
    """What went wrong; nothing if nothing did."""
    answer = aws.client("lambda").invoke(
        FunctionName=function, Qualifier=alias, Payload=json.dumps(event)
    )
    said: str = answer["Payload"].read().decode()
    return said[:300] if "FunctionError" in answer else ""


def _expect(status: int, url: str, path: str, word: str) -> Answer:
    answer = get(url + path, word)
    if answer.status != status:
        raise NotWell(f"{path} answers {answer.status} and not {status}: {answer.body[:300]}")
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
        raise NotWell(f"{url} does not answer: {error}") from error


def _is_in(bucket: str, name: str) -> None:
    try:
        aws.client("s3").head_object(Bucket=bucket, Key=name)
    except ClientError as error:
        raise NotWell(f"The page names {name}, which is not in {bucket}.") from error
