"""What will not be drawn is said before it is paid for, where something can tell."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from aptmagic.service_backends import load_backend
from generation.jobs import jobs
from generation.providers.prompt_preview import PromptPreview

TYPED = {"prompt": "a quixotic fox", "model": "fast", "count": "1", "style_preset": "anime"}
PIECE = {"HX-Request": "true"}

pytestmark = pytest.mark.usefixtures("fake_services")


class Engine(BaseHTTPRequestHandler):
    """As the embedded cloud answers; `status` is what it says."""

    status = 200
    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        words = [word for word in body["prompt"].split() if word == "quixotic"]
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps({"not_drawn": words}).encode())

    def log_message(self, *_: Any) -> None:
        """Quietly."""


@pytest.fixture
def engine(settings: Any) -> Iterator[type[Engine]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Engine.status, Engine.asked = 200, []
    settings.PROMPT_PREVIEW = {
        **settings.PROMPT_PREVIEW,
        "OPTIONS": {"url": f"http://127.0.0.1:{server.server_port}/_aptmagic/not-drawn"},
    }
    load_backend.cache_clear()
    yield Engine
    server.shutdown()
    server.server_close()
    thread.join()
    load_backend.cache_clear()


def test_the_words_that_will_be_missing_are_named_and_nothing_is_paid(
    ada: Any, engine: type[Engine]
) -> None:
    page = ada.client.post("/create/check/", TYPED)
    assert page.status_code == 200 and "draw this word: quixotic" in page.text
    assert 'value="anime" checked' in page.text, "the form is as it was"
    assert jobs.recent(ada.user_id).items == []
    assert engine.asked == [
        {"prompt": "a quixotic fox", "negative_prompt": "", "style_preset": "anime"}
    ]


def test_a_page_with_script_gets_the_piece(ada: Any, engine: type[Engine]) -> None:
    page = ada.client.get("/create/").text
    assert 'hx-post="/create/check/"' in page and 'hx-trigger="load, input' in page
    piece = ada.client.post("/create/check/", TYPED, headers=PIECE).text
    assert "<html" not in piece and "quixotic" in piece
    empty = ada.client.post("/create/check/", {"prompt": ""}, headers=PIECE)
    assert empty.status_code == 200 and "quixotic" not in empty.text


def test_a_prompt_that_can_be_drawn_whole_is_confirmed(ada: Any, engine: type[Engine]) -> None:
    page = ada.client.post("/create/check/", TYPED | {"prompt": "a fox"})
    assert "can draw everything in this prompt" in page.text


def test_a_wrong_form_says_what_is_wrong(ada: Any, engine: type[Engine]) -> None:
    page = ada.client.post("/create/check/", TYPED | {"prompt": ""})
    assert (
        page.status_code == 422
        and "Describe the picture you want" in page.text
        and engine.asked == []
    )


def test_without_a_preview_nothing_is_requested(ada: Any) -> None:
    page = ada.client.get("/create/").text
    assert "create/check" not in page
    assert PromptPreview().unsupported_words(None) == []  # type: ignore[arg-type]
    assert ada.client.post("/create/check/", TYPED, headers=PIECE).status_code == 200


@pytest.mark.parametrize("status", [500, 503])
def test_an_engine_that_fails_is_not_taken_for_one_that_draws_everything(
    client: Client, engine: type[Engine], status: int
) -> None:
    engine.status = status
    answer = client.post("/create/check/", TYPED, headers=PIECE)
    assert answer.status_code == 503 and "everything in this prompt" not in answer.text


def test_an_engine_that_is_away_stops_no_job(ada: Any, engine: type[Engine], settings: Any) -> None:
    settings.PROMPT_PREVIEW = {
        **settings.PROMPT_PREVIEW,
        "OPTIONS": {"url": "http://127.0.0.1:9/nobody"},
    }
    load_backend.cache_clear()
    assert ada.client.post("/create/check/", TYPED, headers=PIECE).status_code == 503
    assert ada.client.post("/create/", TYPED).headers["Location"].startswith("/jobs/")


def test_a_refused_prompt_is_not_checked_until_it_changes(ada: Any, engine: type[Engine]) -> None:
    page = ada.client.post("/create/", TYPED | {"prompt": "forbidden fruit"}).text
    assert "breaks our content rules" in page and "unsupported-words" in page
    assert 'hx-trigger="input changed' in page and 'hx-trigger="load, input' not in page
