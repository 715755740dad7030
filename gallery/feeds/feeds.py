"""Lists of cards, newest first: one Query a page wherever one day fills it.

A position is the id of the last post seen. Ids are born in time, so it also names its day.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from accounts.current_user import AnonymousUser, CurrentUser
from accounts.profiles import handles, profiles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import Page, now
from aptmagic.errors import NotFound
from gallery.feeds import filters
from gallery.feeds.models import FeedDay
from gallery.posts.cards import Card, build_cards
from gallery.posts.models import (
    LIVE,
    PUBLIC,
    VISIBILITIES,
    PostCard,
    author_index_key,
    day_of_id,
    first_id_of_day,
)

LATEST_FEED = "latest"
PAGE_SIZE = 24
# Where little happens a page may come short, but it never walks through years.
MAX_DAYS_PER_PAGE = 12


@dataclass(frozen=True)
class FeedPage(Page[Card]):
    """A page of a list; `hidden` are those that the viewer's filters have left out of it."""

    hidden: int = 0


def latest(
    viewer: CurrentUser | AnonymousUser,
    *,
    before: str | None = None,
    limit: int = PAGE_SIZE,
    filtered: bool = True,
) -> FeedPage:
    """Everybody's public posts: of today or of the position's day, then of older days with any."""
    day = day_of_id(before) if before else f"{now():%Y%m%d}"
    rows = _posts_of_day(day, before, limit + 1)
    older = [] if len(rows) > limit else _feed_days_before(day, MAX_DAYS_PER_PAGE + 1)
    for _day in range(MAX_DAYS_PER_PAGE):
        if len(rows) >= limit or not older:
            break
        day = older.pop(0)
        rows += _posts_of_day(day, None, limit + 1 - len(rows))
    rest = first_id_of_day(day) if older else None
    return _build_page(rows, viewer, limit, filtered=filtered, rest=rest)


def by_author(
    viewer: CurrentUser | AnonymousUser,
    user_id: str,
    *,
    before: str | None = None,
    limit: int = PAGE_SIZE,
    filtered: bool = True,
) -> FeedPage:
    """Somebody's public posts; to themselves also what they show to few or to nobody."""
    seen = VISIBILITIES if viewer.id == user_id else (PUBLIC,)
    shelves = [
        _posts_of_author(author_index_key(user_id, visibility), before, limit + 1)
        for visibility in seen
    ]
    newest = heapq.merge(*shelves, key=lambda row: row.id, reverse=True)
    rows = (row for row in newest if row.state == LIVE or viewer.id == user_id)
    return _build_page(list(islice(rows, limit + 1)), viewer, limit, filtered=filtered)


def profile_owner(handle: str) -> Profile:
    """Whose shelf this is. Raises NotFound."""
    found = profiles.by_handle(handle) if len(handle) <= handles.LONGEST else None
    if found is None:
        raise NotFound(_("Nobody here has this handle."))
    return found


def author_feed_name(user_id: str) -> str:
    """The name of somebody's shelf, for cursors."""
    return f"profile:{user_id}"


def _build_page(
    rows: list[PostCard],
    viewer: CurrentUser | AnonymousUser,
    limit: int,
    *,
    filtered: bool,
    rest: str | None = None,
) -> FeedPage:
    """`rest` is where to go on when there is more although the rows do not tell."""
    more = rows[limit - 1].id if len(rows) > limit else rest
    chosen = filters.load(viewer) if filtered else filters.disabled(viewer)
    seen, hidden = chosen.split(rows[:limit])
    return FeedPage(build_cards(seen, viewer, chosen), next=more, hidden=hidden)


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


def _posts_of_author(shelf: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.grid_index.query(shelf, older, scan_index_forward=False, limit=limit))
