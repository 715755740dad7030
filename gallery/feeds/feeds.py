"""Feeds: pages of cards, newest first. A page costs one Query where one day's posts fill it.

A position is the id of the last post seen. Ids are ULIDs, so a position also tells its day.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import Page, now
from gallery.audience import Viewer
from gallery.feeds.models import FeedDay
from gallery.posts.cards import Card, build_cards
from gallery.posts.models import PostCard, author_index_key, day_of_id, first_id_of_day

LATEST_FEED = "latest"
PAGE_SIZE = 24
# Bounds the Queries of a page where there are few posts a day; such a page may come up short.
MAX_DAYS_PER_PAGE = 12


@dataclass(frozen=True)
class FeedPage(Page[Card]):
    """A page of a feed; `hidden` counts the posts that the viewer's filters left out of it."""

    hidden: int = 0


def latest(
    viewer: Viewer,
    *,
    before: str | None = None,
    limit: int = PAGE_SIZE,
    with_likes: bool = True,
) -> FeedPage:
    """Everyone's public posts: from today or the position's day, then from earlier days.

    Without `with_likes` the cards don't say which posts the viewer likes, which saves a read.
    """
    day = day_of_id(before) if before else f"{now():%Y%m%d}"
    rows = _posts_of_day(day, before, limit + 1)
    earlier = [] if len(rows) > limit else _feed_days_before(day, MAX_DAYS_PER_PAGE + 1)
    for _day in range(MAX_DAYS_PER_PAGE):
        if len(rows) >= limit or not earlier:
            break
        day = earlier.pop(0)
        rows += _posts_of_day(day, None, limit + 1 - len(rows))
    resume_at = first_id_of_day(day) if earlier else None
    return _build_page(rows, viewer, limit, resume_at=resume_at, with_likes=with_likes)


def by_author(
    viewer: Viewer, author: Profile, *, before: str | None = None, limit: int = PAGE_SIZE
) -> FeedPage:
    """The posts on an author's profile that the viewer may see; all of them for the author."""
    lists = [
        _posts_of_author(author_index_key(author.user_id, visibility), before, limit + 1)
        for visibility in viewer.listed_visibilities(author)
    ]
    newest = heapq.merge(*lists, key=lambda row: row.id, reverse=True)
    rows = list(islice(filter(viewer.may_see, newest), limit + 1))
    return _build_page(rows, viewer, limit)


def author_feed_name(user_id: str) -> str:
    """What the cursors of an author's posts are signed for."""
    return f"profile:{user_id}"


def _build_page(
    rows: list[PostCard],
    viewer: Viewer,
    limit: int,
    *,
    resume_at: str | None = None,
    with_likes: bool = True,
) -> FeedPage:
    """`resume_at` is the next position where `rows` came up short but there may be more."""
    position = rows[limit - 1].id if len(rows) > limit else resume_at
    listed, hidden = viewer.filter_list(rows[:limit])
    cards = build_cards(listed, viewer, with_likes=with_likes)
    return FeedPage(cards, next=position, hidden=hidden)


def _posts_of_day(day: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(
        PostCard.latest_index.query(f"{day}#0", older, scan_index_forward=False, limit=limit)
    )


def _feed_days_before(day: str, limit: int) -> list[str]:
    pk, _ = FeedDay.key(day)
    days: Iterable[FeedDay] = FeedDay.query(
        pk, FeedDay.sk < day, scan_index_forward=False, limit=limit
    )
    return [found.sk for found in days]


def _posts_of_author(index_key: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.grid_index.query(index_key, older, scan_index_forward=False, limit=limit))
