"""The smoke tests of a release: in the worker, and through its public address."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from aptmagic.aws import clients
from aptmagic.deploy import smoke

PAGE = '<html><link rel="stylesheet" href="/static/css/base.0123456789ab.css"></html>'


class Edge:
    """Stands in for CloudFront: the status of each path, and the paths that were requested."""

    def __init__(self) -> None:
        self.answers: dict[str, list[int]] = {}
        self.asked: list[str] = []

    def status(self, path: str) -> int:
        self.asked.append(path)
        coming = self.answers.get(path, [200])
        return coming.pop(0) if len(coming) > 1 else coming[0]


@pytest.fixture
def edge() -> Iterator[tuple[Edge, str]]:
    edge = Edge()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.encode() if self.path == "/" else b"body{}"
            self.send_response(edge.status(self.path))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield edge, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_and_its_stylesheet_are_fetched(edge: tuple[Edge, str]) -> None:
    cloudfront, url = edge
    smoke.check_public_address(url, seconds=0)
    assert cloudfront.asked == ["/", "/static/css/base.0123456789ab.css"]


@pytest.mark.parametrize("path", ["/", "/static/css/base.0123456789ab.css"])
def test_an_error_status_fails_the_check(edge: tuple[Edge, str], path: str) -> None:
    cloudfront, url = edge
    cloudfront.answers[path] = [403]
    with pytest.raises(smoke.SmokeTestFailed, match="returned 403 instead of 200"):
        smoke.check_public_address(url, seconds=0)


def test_the_check_retries_until_cloudfront_answers(edge: tuple[Edge, str]) -> None:
    cloudfront, url = edge
    cloudfront.answers["/"] = [502, 502, 200]
    smoke.check_public_address(url, seconds=1)
    assert cloudfront.asked.count("/") == 3


def test_an_unreachable_address_fails_the_check() -> None:
    with pytest.raises(smoke.SmokeTestFailed, match="did not answer"):
        smoke.check_public_address("http://127.0.0.1:9", seconds=0)


# Static files -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "expected"), [(404, smoke.SmokeTestFailed), (403, ClientError), (503, ClientError)]
)
def test_only_a_missing_stylesheet_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, status: int, expected: type[Exception]
) -> None:
    """Any other error is the service's, and says nothing about the release."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients.reset_clients()
    with Stubber(clients.client("s3")) as s3:
        s3.add_client_error("head_object", str(status), http_status_code=status)
        with pytest.raises(expected):
            smoke._expect_object("public", "static/css/base.css")
    clients.reset_clients()


# Drawing ----------------------------------------------------------------------------------------
@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Adds an answer of the worker; calls get them in order."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(smoke.time, "sleep", lambda _: None)
    clients.reset_clients()
    with Stubber(clients.client("lambda")) as functions:

        def answers(said: Any, **more: str) -> None:
            body = json.dumps(said).encode()
            payload = StreamingBody(BytesIO(body), len(body))
            functions.add_response("invoke", {"StatusCode": 200, "Payload": payload, **more})

        yield answers
        functions.assert_no_pending_responses()
    clients.reset_clients()


def test_one_picture_is_enough(worker: Callable[..., None]) -> None:
    worker({"drawn": True, "model": "m", "width": 1024, "height": 1024})
    smoke.check_drawing("dev-worker", "candidate")


def test_a_throttled_model_is_retried(worker: Callable[..., None]) -> None:
    worker({"errorMessage": "ThrottlingException"}, FunctionError="Unhandled")
    worker({"drawn": True})
    smoke.check_drawing("dev-worker", "candidate")


def test_a_refusal_is_not_retried(worker: Callable[..., None]) -> None:
    worker({"drawn": False, "reason": "Stable Image Core: This model isn’t enabled on this site."})
    with pytest.raises(
        smoke.SmokeTestFailed,
        match="cannot generate pictures: Stable Image Core: This",
    ):
        smoke.check_drawing("dev-worker", "candidate")


def test_a_worker_that_keeps_failing_fails_the_check(worker: Callable[..., None]) -> None:
    for _ in range(3):
        worker({"errorMessage": "AccessDeniedException"}, FunctionError="Unhandled")
    with pytest.raises(smoke.SmokeTestFailed, match=r"cannot generate pictures: .*AccessDenied"):
        smoke.check_drawing("dev-worker", "candidate")
