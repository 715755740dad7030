"""Feeds: newest first, without gaps or repetition, with as few requests as possible."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as patience
from hypothesis import strategies as st

from aptmagic.web import cursors
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.posts import posts
from gallery.posts.models import Post, day_of_id, first_id_of_day
from gallery.social import likes
from tests.unit.posts_and_queues import SentMessages

ANYONE = Viewer(None)
Share = Callable[..., Post]


def walk(viewer: Any = ANYONE, limit: int = 3) -> list[list[str]]:
    """The ids on every page, to the last."""
    pages, before = [], None
    while True:
        page = feeds.latest(viewer, before=before, limit=limit)
        pages.append([card.id for card in page.items])
        if page.next is None:
            return pages
        before = page.next


def test_a_full_day_is_one_query(ada: Any, share: Share, clock: Any, requests: list[str]) -> None:
    made = [share(ada).id for _ in range(5)]
    requests.clear()
    page = feeds.latest(ANYONE, limit=3)
    assert requests == ["Query"]
    assert [card.id for card in page.items] == made[:1:-1]


def test_a_signed_in_viewer_costs_two_more_reads(
    ada: Any, bob: Any, share: Share, clock: Any, requests: list[str]
) -> None:
    made = [share(ada) for _ in range(4)]
    likes.like(bob.user_id, made[3].id)
    requests.clear()
    page = feeds.latest(bob.viewer, limit=3)
    assert requests == ["Query", "GetItem", "BatchGetItem"]  # filters, likes
    assert [card.liked for card in page.items] == [True, False, False]


def test_a_visitors_front_page_is_one_query(
    ada: Any, share: Share, clock: Any, requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(feeds.PAGE_SIZE + 1):
        share(ada)
    requests.clear()
    answer = Client().get("/")
    assert answer.status_code == 200 and requests == ["Query"]
    assert answer.content.count(b'class="like"') == feeds.PAGE_SIZE


def test_an_empty_feed_is_two_queries_and_says_so(
    aws: Any, clock: Any, requests: list[str]
) -> None:
    assert feeds.latest(ANYONE).items == [] and requests == ["Query", "Query"]
    assert b"Be the first to share a picture" in Client().get("/").content


def test_days_without_posts_are_not_queried(
    ada: Any, share: Share, clock: Any, requests: list[str]
) -> None:
    made = []
    for days in (-400, -30, -2):
        clock(days=days)
        made += [share(ada).id for _ in range(2)]
    clock()
    requests.clear()
    assert walk(limit=10) == [made[::-1]]
    assert requests == ["Query"] * 5  # today, the list of days, and three days


def test_pages_across_days_lose_and_repeat_nothing(ada: Any, share: Share, clock: Any) -> None:
    made = []
    for days, count in ((-9, 2), (-8, 1), (-3, 6), (-1, 1), (0, 2)):
        clock(days=days)
        made += [share(ada).id for _ in range(count)]
    for limit in (1, 2, 3, 4, 6, 11, 12, 13):
        pages = walk(limit=limit)
        assert [post_id for page in pages for post_id in page] == made[::-1]
        assert all(len(page) == limit for page in pages[:-1]), "every page but the last is full"
        assert pages[-1]


def test_a_page_queries_a_limited_number_of_days(
    ada: Any, share: Share, clock: Any, requests: list[str]
) -> None:
    made = []
    for days in range(-20, 0):
        clock(days=days)
        made.append(share(ada).id)
    clock()
    requests.clear()
    page = feeds.latest(ANYONE)
    assert [card.id for card in page.items] == made[::-1][: feeds.MAX_DAYS_PER_PAGE]
    assert requests == ["Query"] * (2 + feeds.MAX_DAYS_PER_PAGE)
    assert [post_id for each in walk(limit=24) for post_id in each] == made[::-1]


def test_days_without_posts_any_more_are_removed(
    ada: Any, share: Share, clock: Any, task_queue: SentMessages, requests: list[str]
) -> None:
    clock(days=-9)
    oldest = share(ada)
    for days in range(-8, 0):
        clock(days=days)
        posts.delete(ada.person, share(ada).id)
    clock(days=-1, hours=1)
    posts.edit(ada.person, share(ada, visibility="unlisted").id, visibility="public")
    clock()
    task_queue.deliver(times=2)
    requests.clear()
    assert [len(each) for each in walk(limit=5)] == [2] and len(requests) == 4
    assert feeds.latest(ANYONE).items[1].id == oldest.id


def test_later_posts_do_not_shift_the_next_page(ada: Any, share: Share, clock: Any) -> None:
    made = [share(ada).id for _ in range(5)]
    first = feeds.latest(ANYONE, limit=3)
    share(ada)
    posts.delete(ada.person, made[2])  # the post at which the page ended
    rest = feeds.latest(ANYONE, before=first.next, limit=3)
    assert [card.id for card in rest.items] == [made[1], made[0]]


def test_a_profile_lists_posts_of_every_visibility_to_its_owner_in_order(
    ada: Any, bob: Any, share: Share, clock: Any, requests: list[str]
) -> None:
    made = [
        share(ada, visibility=visibility).id
        for visibility in ("public", "private", "unlisted", "public", "private")
    ]
    share(bob)
    author = ada.profile
    requests.clear()
    first = feeds.by_author(ada.viewer, author, limit=3)
    assert requests == ["Query"] * 3 + ["BatchGetItem"]  # one's own posts need no filters
    rest = feeds.by_author(ada.viewer, ada.profile, before=first.next, limit=3)
    assert [card.id for card in first.items + rest.items] == made[::-1]
    assert rest.next is None
    theirs = feeds.by_author(bob.viewer, ada.profile)
    assert [card.id for card in theirs.items] == [made[3], made[0]]


def test_links_to_older_pages_work(ada: Any, share: Share, clock: Any) -> None:
    for _ in range(feeds.PAGE_SIZE + 2):
        share(ada)
    for address in ("/", "/@ada/"):
        first = Client().get(address)
        older = Client().get(first.context["older_url"], headers={"HX-Request": "true"})
        assert len(older.context["cards"]) == 2 and older.context["older_url"] is None
        assert b"<html" not in older.content
    answer = Client().get("/api/v1/feeds/latest/").json()
    assert len(answer["items"]) == feeds.PAGE_SIZE
    assert len(Client().get(answer["next"]).json()["items"]) == 2


def test_another_feeds_cursor_starts_at_the_top_and_says_so(
    ada: Any, share: Share, clock: Any
) -> None:
    made = [share(ada).id for _ in range(2)]
    for feed, viewer in (("latest", ada.user_id), (feeds.author_feed_name(ada.user_id), None)):
        cursor = cursors.sign(feed, viewer, made[0])
        page = Client().get("/", {"before": cursor})
        assert [card.id for card in page.context["cards"]] == made[::-1]
        assert "That link has expired, so you’re back at the start of the list." in page.text
        piece = Client().get("/", {"before": cursor}, headers={"HX-Request": "true"})
        assert piece.status_code == 400, "or htmx would append the first page to the last"


@patience(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text() | st.builds("{}:{}".format, st.text(), st.text()))
def test_a_forged_cursor_is_refused(aws: Any, cursor: str) -> None:
    answer = Client().get("/api/v1/feeds/latest/", {"cursor": cursor})
    assert answer.status_code == (400 if cursor else 200)


@given(st.datetimes().filter(lambda moment: moment.year >= 1970))
def test_the_first_id_of_a_day_belongs_to_it(moment: Any) -> None:
    day = f"{moment:%Y%m%d}"
    assert day_of_id(first_id_of_day(day)) == day
