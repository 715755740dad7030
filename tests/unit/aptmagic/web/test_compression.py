"""Texts that are worth it leave the function compressed, and HTTP APIs get them as base64."""

import base64
import gzip
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from aptmagic import lambda_handler, lambda_http
from aptmagic.web.compression import MIN_BYTES, CompressionMiddleware
from tests.unit.aptmagic.test_lambda_handler import SITE, request

TAKES = {"accept-encoding": "gzip, deflate, br"}
LONG = "Ánh trăng. " * 400


def test_a_page_is_compressed_for_whoever_takes_it(client: Client) -> None:
    plain = client.get("/costs/")
    small = client.get("/costs/", headers=TAKES)
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.content) < len(plain.content) / 3
    assert b"<h1" in gzip.decompress(small.content)
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_the_same_page_twice_differs_in_length_and_in_its_token(client: Client) -> None:
    """What stands beside a stranger's words cannot be guessed from how well they compress."""
    pages = [client.get("/sign-in/", headers=TAKES).content for _ in range(12)]
    assert len({len(page) for page in pages}) > 3
    tokens = re.findall(
        r'name="csrfmiddlewaretoken" value="(\w+)"',
        "".join(gzip.decompress(page).decode() for page in pages),
    )
    assert len(set(tokens)) == len(tokens) >= 12


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse("x" * (MIN_BYTES - 1)),
        HttpResponse(b"\xff" * 9_000, content_type="image/png"),
        HttpResponse(b"PK" * 9_000, content_type="application/zip"),
        HttpResponse(gzip.compress(LONG.encode()) * 9, headers={"Content-Encoding": "gzip"}),
        StreamingHttpResponse(iter([LONG.encode()])),
    ],
    ids=["small", "picture", "archive", "compressed", "streaming"],
)
def test_small_and_binary_responses_are_not_compressed(answer: HttpResponse) -> None:
    asked: HttpRequest = RequestFactory().get("/", headers=TAKES)
    before = b"".join(answer)
    if answer.streaming:
        answer = StreamingHttpResponse(iter([before]))
    given = CompressionMiddleware(lambda _: answer)(asked)
    assert isinstance(given, (HttpResponse, StreamingHttpResponse))
    assert b"".join(given) == before


# Through the function -----------------------------------------------------------------------------
def long_text(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LONG)


urlpatterns = [path("told/", long_text)]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    middleware = [
        name for name in settings.MIDDLEWARE if name.startswith("aptmagic.web.compression")
    ]
    with override_settings(FUNCTION="web", ROOT_URLCONF=__name__, MIDDLEWARE=middleware, **SITE):
        monkeypatch.setattr(lambda_handler, "lambda_http", lambda_http, raising=False)
        monkeypatch.setattr(lambda_http, "SITE", lambda_http.urlsplit(settings.SITE_URL))
        monkeypatch.setattr(lambda_http, "application", get_wsgi_application())
        yield


def test_the_http_api_gets_a_compressed_page_as_base64(web: None) -> None:
    answer = lambda_handler.handler(request(headers=TAKES))
    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["content-encoding"] == "gzip"
    body = base64.b64decode(answer["body"])
    assert answer["headers"]["content-length"] == str(len(body))
    assert gzip.decompress(body).decode() == LONG


def test_the_http_api_gets_an_uncompressed_page_as_text(web: None) -> None:
    answer = lambda_handler.handler(request())
    assert (answer["isBase64Encoded"], answer["body"]) == (False, LONG)
