"""People's words run in their own direction, and take nothing of a page of ours along."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from accounts.api_tokens import tokens
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import new_id
from aptmagic.text import FIRST_STRONG_ISOLATE, POP_ISOLATE, isolate
from gallery.notifications import delivery
from gallery.posts import posts
from tests.unit.conftest import Visitor
from tests.unit.posts_and_queues import fake_moderation

__all__ = ["fake_moderation"]

HEBREW = "שועל בשלג"  # a fox in the snow
EMPTY = {"meta", "link", "input", "img", "br", "hr", "source", "path", "use", "rect"}


class Reader(HTMLParser):
    """Where somebody's words stand in the direction of the page around them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.adrift: list[str] = []
        self.seen = 0
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY:
            self._open.append((tag, tag == "bdi" or dict(attrs).get("dir") == "auto"))
        elif tag == "input" and HEBREW in (dict(attrs).get("value") or ""):
            self._note(dict(attrs).get("dir") == "auto", "input")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if HEBREW in data:
            held = any(own for _, own in self._open) or f"{FIRST_STRONG_ISOLATE}{HEBREW}" in data
            self._note(held, " > ".join(tag for tag, _ in self._open))

    def _note(self, held: bool, where: str) -> None:
        self.seen += 1
        if not held:
            self.adrift.append(where)


@pytest.fixture
def pages(
    signed_in_user: Callable[..., Visitor], bob: Any, draw: Callable[..., str]
) -> tuple[Visitor, list[str]]:
    """Somebody who writes Hebrew everywhere, and where it is to be read."""
    ada = signed_in_user("ada")
    profiles.update_text(ada.user_id, name=HEBREW, bio=HEBREW)
    profiles.update_text(bob.user_id, name=HEBREW)
    kept, shown = draw(ada, HEBREW), draw(ada, HEBREW)
    post = posts.publish(ada.person, shown, caption=HEBREW, prompt_visibility="public")
    delivery.consume(
        "post.liked",
        {"author_id": ada.user_id, "post_id": post.id, "user_id": bob.user_id, "day": "20261122"},
    )
    ended = {"job_id": new_id(), "pictures": 1, "prompt": HEBREW}
    delivery.consume("job.ended", {"state": "ready", "user_id": ada.user_id, **ended})
    tokens.create(ada.user_id, "ada", ["read"], None, name=HEBREW)
    return ada, [
        "/",
        "/@ada/",
        f"/p/{post.id}/",
        f"/p/{post.id}/edit/",
        f"/pictures/{kept}/",
        "/library/",
        "/notifications/",
        "/settings/profile/",
        "/settings/tokens/",
    ]


def test_whatever_somebody_wrote_has_its_own_direction(pages: tuple[Visitor, list[str]]) -> None:
    ada, addresses = pages
    for address in addresses:
        read = Reader(ada.client.get(address).text)
        assert read.seen and read.adrift == [], address


def test_a_refused_form_shows_it_so_too(pages: tuple[Visitor, list[str]]) -> None:
    ada, _ = pages
    typed = {"prompt": HEBREW, "negative_prompt": HEBREW, "count": "9"}
    read = Reader(ada.client.post("/create/", typed).text)
    assert read.seen >= 2 and read.adrift == []


@pytest.mark.parametrize("said", ["a fox", "", "一只猫", "1, 2, 3"])
def test_what_runs_as_the_page_does_is_left_alone(said: str) -> None:
    assert isolate(said) == said


@pytest.mark.parametrize("said", [HEBREW, "ثعلب", f"Ada {HEBREW}"])
def test_what_runs_the_other_way_is_held_together(said: str) -> None:
    assert isolate(said) == f"{FIRST_STRONG_ISOLATE}{said}{POP_ISOLATE}"
