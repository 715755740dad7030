"""Two megabytes where words are expected: they are answered soon, and in few words.

Lengths are looked at before anything is composed, compared or quoted.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.profiles import preferences
from aptmagic import text
from aptmagic.web.api.serializers import MAX_NAMED_FIELDS
from gallery.posts import posts
from gallery.posts import text as post_text
from tests.unit.conftest import Visitor
from tests.unit.posts_and_queues import draw, fake_moderation

__all__ = ["draw", "fake_moderation"]

SIZE = 2_300_000  # bytes; more than 2.5 MB are refused unread
# Of a processor, for what took hours (marks), 4.4 s (ligatures) and 3.8 s (fields).
SECONDS = 1.0
ANSWER = 20_000  # bytes
# What grows, or takes time by the square of its length, when it is composed.
ODD = {
    "ligatures": "\ufdfa",
    "marks": "a" + "\u0327\u0301" * 50,
    "letters": "a",
    "surrogates": "\ud800",
    "newlines": "\r\n",
}
FIELDS = [
    ("post", "generations/", "prompt", {}),
    ("post", "generations/", "negative_prompt", {"prompt": "a fox"}),
    ("post", "generations/", "model", {"prompt": "a fox"}),
    ("post", "generations/", "aspect_ratio", {"prompt": "a fox"}),
    ("post", "generations/", "operation", {"prompt": "a fox"}),
    ("post", "posts/", "picture_id", {}),
    ("post", "posts/", "caption", {"picture_id": "x"}),
    ("patch", "posts/{post}/", "alt", {}),
    ("patch", "posts/{post}/", "visibility", {}),
    ("patch", "me/", "name", {}),
    ("patch", "me/", "bio", {}),
    ("patch", "me/", "handle", {}),
    ("patch", "me/", "avatar_upload", {}),
]
LISTS = [("patch", "posts/{post}/", "tags"), ("patch", "me/", "links")]


@pytest.fixture
def call(ada: Visitor, draw: Any, fake_services: None) -> Callable[..., Any]:
    """`call("patch", "me/", body)`, which is sent as it is written: answered soon and shortly."""
    post = posts.publish(ada.person, draw(ada))
    secret = tokens.create(ada.user_id, "ada", ["read", "generate", "publish", "account"])
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def answer(method: str, path: str, body: str) -> Any:
        sent = body.encode()
        assert len(sent) < 2_500_000
        began = time.process_time()
        said = getattr(client, method)(
            f"/api/v1/{path.format(post=post.id)}", sent, content_type="application/json"
        )
        assert time.process_time() - began < SECONDS, body[:100]
        assert len(said.content) < ANSWER and said.status_code < 500, body[:100]
        return said

    return answer


def written(value: Any) -> str:
    """As JSON, in which only half a surrogate pair has to be escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\ud800", "\\ud800")


def times(odd: str, *, more: int = 0) -> int:
    """How often it goes into two megabytes, with so many bytes beside each."""
    return SIZE // (len(written(ODD[odd]).encode()) - 2 + more)


@pytest.mark.parametrize(("method", "path", "field", "rest"), FIELDS)
def test_a_text_of_two_megabytes_is_answered_soon(
    call: Any, method: str, path: str, field: str, rest: dict[str, str]
) -> None:
    for odd in ODD:
        said = call(method, path, written({**rest, field: ODD[odd] * times(odd)}))
        assert odd == "newlines" or said.status_code in (404, 422), odd


@pytest.mark.parametrize(("method", "path", "field"), LISTS)
def test_a_list_is_refused_soon_whether_long_or_of_long_texts(
    call: Any, method: str, path: str, field: str
) -> None:
    for odd in ODD:
        whole, many = ODD[odd] * times(odd), [ODD[odd]] * times(odd, more=4)
        for sent in ([whole], many, [whole[: len(whole) // 60]] * 50):
            said = call(method, path, written({field: sent}))
            assert odd == "newlines" or said.status_code == 422, odd


@pytest.mark.parametrize("path", ["generations/", "posts/", "me/"])
def test_of_fields_that_do_not_exist_the_first_are_named(call: Any, path: str) -> None:
    method = "patch" if path == "me/" else "post"
    said = call(method, path, written({f"field-{number:07}": 1 for number in range(120_000)}))
    errors = said.json()["errors"]
    assert said.status_code == 422 and len(errors) <= MAX_NAMED_FIELDS + 5
    assert errors["body"] == ["119980 more unknown fields."]
    said = call(method, path, written({"x" * SIZE: 1, "y" * 90_000: 2}))
    assert said.status_code == 422


def test_a_misspelt_field_is_still_named_with_what_it_may_mean(call: Any) -> None:
    errors = call("post", "generations/", '{"prompt": "a fox", "seeed": 1}').json()["errors"]
    assert errors == {"seeed": ["Unknown field. Did you mean “seed”?"]}


# Forms --------------------------------------------------------------------------------------------
FORMS = {
    "/create/": {"prompt": "a fox", "negative_prompt": "", "seed": "", "model": "", "key": ""},
    "/p/{post}/edit/": {"caption": "", "tags": "", "alt": "", "visibility": "public"},
    "/settings/profile/": {"name": "", "bio": "", "links": ""},
    "/settings/filters/": {"hidden_tags": "", "sensitive": "blur"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_two_megabytes_is_answered_soon(
    ada: Visitor, draw: Any, fake_services: None, path: str
) -> None:
    post = posts.publish(ada.person, draw(ada))
    for field in FORMS[path]:
        for odd in ("ligatures", "marks", "letters", "newlines"):
            form = {**FORMS[path], field: ODD[odd] * times(odd)}
            began = time.process_time()
            said = ada.client.post(path.format(post=post.id), form)
            assert said.status_code < 500 and said.status_code != 404
            assert time.process_time() - began < SECONDS, (field, odd)


# One by one ---------------------------------------------------------------------------------------
def test_every_text_that_people_write_is_composed_as_before() -> None:
    assert text.normalise("Cafe\u0301\r\n") == "Café"
    assert (
        text.normalise("Tie\u0302\u0301ng Vie\u0323\u0302t " * 500) == ("Tiếng Việt " * 500).strip()
    )
    odd = "a" + "\u0327\u0301" * 20
    assert text.normalise(odd) == odd


def test_hidden_tags_without_end_are_told_apart_soon() -> None:
    began = time.process_time()
    preferences.parse_tags(ODD["marks"] * times("marks"))
    post_text.normalise_tags([ODD["marks"] * times("marks")])
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Đường phố Đà Lạt", "duong pho da lat"),
        ("Smørrebrød, Łódź, Straße", "smorrebrod, lodz, strasse"),
        ("Œuvre, Þór, I\N{LATIN SMALL LETTER DOTLESS I}", "oeuvre, thor, ii"),
        ("東京", "東京"),
    ],
)
def test_letters_with_marks_become_plain_ones(typed: str, plain: str) -> None:
    assert text.without_accents(typed) == plain
