"""The weekly letter: what happened to somebody's pictures, and what is new; not in quiet weeks."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts import digests, letters, preferences, profiles
from accounts.people import Anyone
from gallery import cards, feeds, words
from gallery.cards import Card
from gallery.models import PRIVATE, Inbox, Notification, Post
from gallery.notifications import ENDED, LIKE

WEEK = timedelta(days=7)
MOST_LIKED, NEWEST = 3, 3
PREVIEW = 96  # pixels wide
ROWS = 500  # more notifications than these are not counted


def write(user_id: str, at: datetime) -> bool:
    """Whether there is one this week. It has the next one's turn set down, while it is wanted."""
    profile = profiles.get(user_id)
    told = False
    if profile and preferences.wants(user_id, "mail:digest"):
        digests.begin(user_id)
        about = None if profile.leaving_at else of_week(user_id, at)
        if about:
            letters.send("digest", user_id, reference=f"{user_id} {at:%Y%m%d}", **about)
            told = True
    digests.end(user_id, at)
    return told


def of_week(user_id: str, at: datetime) -> dict[str, Any] | None:
    """What its templates say; None when nothing happened to this person's things."""
    with translation.override(preferences.language(user_id)):
        rows = _told(user_id, at - WEEK, at)
        likes = {row.object_id: int(row.people) for row in rows if row.kind == LIKE}
        ended = [row.about or {} for row in rows if row.kind in ENDED]
        made = sum(int(each.get("pictures") or 0) for each in ended)
        if not likes and not made:
            return None
        return {
            "likes": sum(likes.values()),
            "liked": _liked(likes),
            "made": made,
            "others": _others(user_id),
        }


def _told(user_id: str, since: datetime, until: datetime) -> list[Notification]:
    """A week of whole days, which ends the day before: nothing is told twice."""
    pk, _ = Inbox.key(user_id)
    days = Notification.sk.between(f"R#{since:%Y%m%d}", f"R#{until:%Y%m%d}")
    return list(Notification.query(pk, days, limit=ROWS))


def _liked(likes: Mapping[str, int]) -> list[dict[str, Any]]:
    most = sorted(likes.items(), key=lambda each: each[1], reverse=True)
    found = ((Post.find(*Post.key(post_id)), number) for post_id, number in most)
    shown = ((post, number) for post, number in found if post and post.exposed)
    return [
        _preview(cards.card(post), ngettext("%(n)s like", "%(n)s likes", number) % {"n": number})
        for post, number in _first(shown, MOST_LIKED)
    ]


def _others(user_id: str) -> list[dict[str, Any]]:
    """The newest of others, without what this person has chosen not to see."""
    me, hidden = profiles.get(user_id), preferences.of(user_id).hidden_tags or ()
    unwanted = set(words.normalised(hidden))
    newest = feeds.latest(Anyone()).items
    seen = (
        card
        for card in newest
        if me and card.author.handle != me.handle and not card.veiled
        if card.visibility != PRIVATE and not unwanted & set(card.tags)
    )
    return [
        _preview(card, gettext("by %(name)s") % {"name": f"@{card.author.handle}"})
        for card in _first(seen, NEWEST)
    ]


def _first(items: Iterable[Any], most: int) -> list[Any]:
    return [item for item, _ in zip(items, range(most), strict=False)]


def _preview(card: Card, note: str) -> dict[str, Any]:
    title = card.caption.partition("\n")[0][:80] or gettext("Untitled")
    return {
        "title": title,
        "note": note,
        "alt": card.alt or title,
        "url": settings.SITE_URL + card.url,
        "image": urljoin(f"{settings.SITE_URL}/", card.sources.src),
        "height": round(PREVIEW * card.height / card.width),
    }
