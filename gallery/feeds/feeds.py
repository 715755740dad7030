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
from accounts.profiles.models import PUBLIC, VISIBILITIES, Profile
from aptmagic.aws.dynamodb import Page, now
from aptmagic.errors import NotFound
from gallery.feeds import filters
from gallery.feeds.models import FeedDay
from gallery.posts.cards import Card, build_cards
from gallery.posts.models import LIVE, PostCard, author_list, day_of, first_id_of

LATEST = "latest"
PAGE = 24
# Where little happens a page may come short, but it never walks through years.
DAYS_A_PAGE = 12


@dataclass(frozen=True)
class FeedPage(Page[Card]):
    """A page of a list; `hidden` are those that the viewer's filters have left out of it."""

    hidden: int = 0


def latest(
    viewer: CurrentUser | AnonymousUser,
    *,
    before: str | None = None,
    limit: int = PAGE,
    filtered: bool = True,
) -> FeedPage:
    """Everybody's public posts: of today or of the position's day, then of older days with any."""
    day = day_of(before) if before else f"{now():%Y%m%d}"
    rows = _of_day(day, before, limit + 1)
    older = [] if len(rows) > limit else _days_before(day, DAYS_A_PAGE + 1)
    for _day in range(DAYS_A_PAGE):
        if len(rows) >= limit or not older:
            break
        day = older.pop(0)
        rows += _of_day(day, None, limit + 1 - len(rows))
    rest = first_id_of(day) if older else None
    return _page(rows, viewer, limit, filtered=filtered, rest=rest)


def profile(
    viewer: CurrentUser | AnonymousUser,
    user_id: str,
    *,
    before: str | None = None,
    limit: int = PAGE,
    filtered: bool = True,
) -> FeedPage:
    """Somebody's public posts; to themselves also what they show to few or to nobody."""
    seen = VISIBILITIES if viewer.id == user_id else (PUBLIC,)
    shelves = [
        _of_shelf(author_list(user_id, visibility), before, limit + 1) for visibility in seen
    ]
    newest = heapq.merge(*shelves, key=lambda row: row.id, reverse=True)
    rows = (row for row in newest if row.state == LIVE or viewer.id == user_id)
    return _page(list(islice(rows, limit + 1)), viewer, limit, filtered=filtered)


def profile_owner(handle: str) -> Profile:
    """Whose shelf this is. Raises NotFound."""
    found = profiles.by_handle(handle) if len(handle) <= handles.LONGEST else None
    if found is None:
        raise NotFound(_("Nobody here has this handle."))
    return found


def profile_feed_name(user_id: str) -> str:
    """The name of somebody's shelf, for cursors."""
    return f"profile:{user_id}"


def _page(
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


def _of_day(day: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.latest.query(f"{day}#0", older, scan_index_forward=False, limit=limit))


def _days_before(day: str, limit: int) -> list[str]:
    pk, _ = FeedDay.key(day)
    days: Iterable[FeedDay] = FeedDay.query(
        pk, FeedDay.sk < day, scan_index_forward=False, limit=limit
    )
    return [found.sk for found in days]


def _of_shelf(shelf: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.shelf.query(shelf, older, scan_index_forward=False, limit=limit))
