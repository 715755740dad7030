"""The weekly letter: what happened to somebody's pictures, and what is new; not in quiet weeks."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts.mail import outbox, weekly_schedule
from accounts.profiles import preferences, profiles
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.notifications.models import Notification, UnreadCount
from gallery.notifications.notifications import ENDED, LIKE
from gallery.posts import cards, text
from gallery.posts.cards import Card
from gallery.posts.models import Post

WEEK = timedelta(days=7)
MAX_LIKED_POSTS, MAX_NEW_POSTS = 3, 3
PREVIEW_WIDTH = 96  # pixels wide
MAX_NOTIFICATIONS = 500  # more notifications than these are not counted


def send(user_id: str, at: datetime) -> bool:
    """Whether there is one this week. It has the next one's turn set down, while it is wanted."""
    profile = profiles.get(user_id)
    told = False
    if profile and preferences.is_enabled(user_id, "mail:digest"):
        weekly_schedule.subscribe(user_id)
        about = None if profile.deletes_at else collect(user_id, at)
        if about:
            outbox.send("digest", user_id, reference=f"{user_id} {at:%Y%m%d}", **about)
            told = True
    weekly_schedule.complete(user_id, at)
    return told


def collect(user_id: str, at: datetime) -> dict[str, Any] | None:
    """What its templates say; None when nothing happened to this person's things."""
    with translation.override(preferences.language_of(user_id)):
        rows = _notifications_between(user_id, at - WEEK, at)
        likes = {row.object_id: int(row.people) for row in rows if row.kind == LIKE}
        ended = [row.about or {} for row in rows if row.kind in ENDED]
        made = sum(int(each.get("pictures") or 0) for each in ended)
        if not likes and not made:
            return None
        return {
            "likes": sum(likes.values()),
            "liked": _liked_posts(likes),
            "made": made,
            "others": _new_posts_by_others(user_id),
        }


def _notifications_between(user_id: str, since: datetime, until: datetime) -> list[Notification]:
    """A week of whole days, which ends the day before: nothing is told twice."""
    pk, _ = UnreadCount.key(user_id)
    days = Notification.sk.between(f"R#{since:%Y%m%d}", f"R#{until:%Y%m%d}")
    return list(Notification.query(pk, days, limit=MAX_NOTIFICATIONS))


def _liked_posts(likes: Mapping[str, int]) -> list[dict[str, Any]]:
    most = sorted(likes.items(), key=lambda each: each[1], reverse=True)
    found = ((Post.find(*Post.key(post_id)), number) for post_id, number in most)
    shown = ((post, number) for post, number in found if post and post.has_public_files)
    return [
        _preview(
            cards.build_card(post), ngettext("%(n)s like", "%(n)s likes", number) % {"n": number}
        )
        for post, number in _first(shown, MAX_LIKED_POSTS)
    ]


def _new_posts_by_others(user_id: str) -> list[dict[str, Any]]:
    """The newest posts by others. Sensitive ones are left out: an e-mail cannot blur them."""
    newest = feeds.latest(Viewer(user_id))
    author = profiles.get_own(user_id)
    cards_of_others = (
        card
        for card in newest.items
        if card.author.handle != author.handle and text.SENSITIVE not in card.tags
    )
    return [
        _preview(card, gettext("by %(name)s") % {"name": f"@{card.author.handle}"})
        for card in _first(cards_of_others, MAX_NEW_POSTS)
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
        "height": round(PREVIEW_WIDTH * card.height / card.width),
    }
