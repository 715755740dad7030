"""The embedded cloud tells which words its engine will not draw, before anybody pays."""

import asyncio
import json
import time
from typing import Any

import pytest

from aptmagic.local import prompt_preview
from aptmagic.local.protocol import Request, ServiceError


def _ask(body: bytes | None = None, **fields: Any) -> list[str]:
    sent = json.dumps(fields).encode() if body is None else body
    answer = asyncio.run(prompt_preview.answer(Request(prompt_preview.PATH, {}, sent)))
    words: list[str] = answer.body["not_drawn"]
    return words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"prompt": "a red fox in the snow"}, []),
        ({"prompt": "a quixotic fox, dancing"}, ["quixotic", "dancing"]),
        ({"prompt": "a man and a fox", "negative_prompt": "people, quixotic"}, []),
        ({"prompt": "an origami fox", "style_preset": "anime"}, ["origami"]),
        ({"prompt": "an origami fox, anime style"}, ["origami"]),
        ({"prompt": "a fox [[throttle]]"}, []),
        ({"prompt": "con cáo đang chạy"}, ["đang chạy"]),
        ({"prompt": ""}, []),
        ({"prompt": "a fox", "negative_prompt": None, "style_preset": None}, []),
    ],
)
def test_the_words_that_are_not_drawn_are_told(fields: dict[str, Any], words: list[str]) -> None:
    assert _ask(**fields) == words


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"prompt": 7}, "prompt must be a string"),
        ({"prompt": "x" * 10_001}, "prompt must have at most 10000 characters"),
        ({"prompt": "x", "seed": 1}, "Unknown field: seed"),
        ({"prompt": "x", "style_preset": "cubism"}, "style_preset must be one of"),
        ({"body": b"["}, "must be a JSON object"),
        ({"body": b"[]"}, "must be a JSON object"),
    ],
)
def test_what_is_no_question_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ServiceError, match=problem) as refused:
        _ask(**fields)
    assert refused.value.status == 400


def test_the_longest_prompt_is_read_in_no_time() -> None:
    _ask(prompt="a fox")  # what is read from files is read once
    for prompt in ("qu ix otic " * 900, "con cáo lạ lùng " * 600, "con cao la lung " * 600):
        started = time.process_time()
        _ask(prompt=prompt)
        assert time.process_time() - started < 0.5
