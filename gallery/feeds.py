"""Lists of cards, newest first: one Query a page wherever one day fills it.

A position is the id of the last post seen. Ids are born in time, so it also names its day.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from accounts import handles, profiles
from accounts.models import Profile
from accounts.people import Anyone, Person
from aptmagic.dynamo import Page, now
from aptmagic.errors import NotFound
from gallery import filters
from gallery.cards import Card, cards
from gallery.models import LIVE, PUBLIC, VISIBILITIES, PostCard, ShelfDay, day_of, first_id_of, grid

LATEST = "latest"
PAGE = 24
# Where little happens a page may come short, but it never walks through years.
DAYS_A_PAGE = 12


@dataclass(frozen=True)
class Shelf(Page[Card]):
    """A page of a list; `hidden` are those that the viewer's filters have left out of it."""

    hidden: int = 0


def latest(
    viewer: Person | Anyone,
    *,
    before: str | None = None,
    limit: int = PAGE,
    filtered: bool = True,
) -> Shelf:
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
    viewer: Person | Anyone,
    user_id: str,
    *,
    before: str | None = None,
    limit: int = PAGE,
    filtered: bool = True,
) -> Shelf:
    """Somebody's public posts; to themselves also what they show to few or to nobody."""
    seen = VISIBILITIES if viewer.id == user_id else (PUBLIC,)
    shelves = [_of_shelf(grid(user_id, visibility), before, limit + 1) for visibility in seen]
    newest = heapq.merge(*shelves, key=lambda row: row.id, reverse=True)
    rows = (row for row in newest if row.state == LIVE or viewer.id == user_id)
    return _page(list(islice(rows, limit + 1)), viewer, limit, filtered=filtered)


def whose(handle: str) -> Profile:
    """Whose shelf this is. Raises NotFound."""
    found = profiles.by_handle(handle) if len(handle) <= handles.LONGEST else None
    if found is None:
        raise NotFound(_("Nobody here has this handle."))
    return found


def of_profile(user_id: str) -> str:
    """The name of somebody's shelf, for cursors."""
    return f"profile:{user_id}"


def _page(
    rows: list[PostCard],
    viewer: Person | Anyone,
    limit: int,
    *,
    filtered: bool,
    rest: str | None = None,
) -> Shelf:
    """`rest` is where to go on when there is more although the rows do not tell."""
    more = rows[limit - 1].id if len(rows) > limit else rest
    chosen = filters.of(viewer) if filtered else filters.off(viewer)
    seen, hidden = chosen.split(rows[:limit])
    return Shelf(cards(seen, viewer, chosen), next=more, hidden=hidden)


def _of_day(day: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.latest.query(f"{day}#0", older, scan_index_forward=False, limit=limit))


def _days_before(day: str, limit: int) -> list[str]:
    pk, _ = ShelfDay.key(day)
    days: Iterable[ShelfDay] = ShelfDay.query(
        pk, ShelfDay.sk < day, scan_index_forward=False, limit=limit
    )
    return [found.sk for found in days]


def _of_shelf(shelf: str, before: str | None, limit: int) -> list[PostCard]:
    older = PostCard.id < before if before else None
    return list(PostCard.shelf.query(shelf, older, scan_index_forward=False, limit=limit))
