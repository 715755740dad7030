"""How a release is asked whether it works: in the worker, and from outside as visitors ask."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from aptmagic.aws import clients
from aptmagic.deploy import smoke

PAGE = '<html><link rel="stylesheet" href="/static/css/base.0123456789ab.css"></html>'


class Edge:
    """Stands in for CloudFront: what it answers to a path, and what it was asked."""

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


def test_from_outside_a_page_and_its_stylesheet_are_fetched(edge: tuple[Edge, str]) -> None:
    cloudfront, url = edge
    smoke.check_public_address(url, seconds=0)
    assert cloudfront.asked == ["/", "/static/css/base.0123456789ab.css"]


@pytest.mark.parametrize("path", ["/", "/static/css/base.0123456789ab.css"])
def test_what_is_refused_outside_is_not_well(edge: tuple[Edge, str], path: str) -> None:
    cloudfront, url = edge
    cloudfront.answers[path] = [403]
    with pytest.raises(smoke.SmokeTestFailed, match="answers 403 and not 200"):
        smoke.check_public_address(url, seconds=0)


def test_cloudfront_may_take_a_moment_to_know_its_name(edge: tuple[Edge, str]) -> None:
    cloudfront, url = edge
    cloudfront.answers["/"] = [502, 502, 200]
    smoke.check_public_address(url, seconds=1)
    assert cloudfront.asked.count("/") == 3


def test_an_address_where_nobody_answers_is_not_well() -> None:
    with pytest.raises(smoke.SmokeTestFailed, match="does not answer"):
        smoke.check_public_address("http://127.0.0.1:9", seconds=0)


# The picture ------------------------------------------------------------------------------------
@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lets the worker answer a call with this, the next one with the next."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
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


def test_a_picture_that_is_drawn_is_enough(worker: Callable[..., None]) -> None:
    worker({"drawn": True, "model": "m", "width": 1024, "height": 1024})
    smoke.check_drawing("dev-worker", "candidate")


def test_a_busy_model_is_asked_again(worker: Callable[..., None]) -> None:
    worker({"errorMessage": "ThrottlingException"}, FunctionError="Unhandled")
    worker({"drawn": True})
    smoke.check_drawing("dev-worker", "candidate")


def test_a_model_that_refuses_is_not_paid_for_again(worker: Callable[..., None]) -> None:
    worker({"drawn": False, "reason": "Stable Image Core: This model is not switched on here."})
    with pytest.raises(
        smoke.SmokeTestFailed, match="cannot draw: Stable Image Core: This model is not"
    ):
        smoke.check_drawing("dev-worker", "candidate")


def test_a_worker_that_keeps_failing_is_not_well(worker: Callable[..., None]) -> None:
    for _ in range(3):
        worker({"errorMessage": "AccessDeniedException"}, FunctionError="Unhandled")
    with pytest.raises(smoke.SmokeTestFailed, match=r"cannot draw: .*AccessDeniedException"):
        smoke.check_drawing("dev-worker", "candidate")
