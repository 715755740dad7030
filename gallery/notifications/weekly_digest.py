"""The weekly e-mail: what happened to a user's pictures, and what is new. None in quiet weeks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts.mail import outbox, weekly_schedule
from accounts.profiles import preferences, profiles
from accounts.profiles.switches import DIGEST
from gallery.audience import Viewer
from gallery.feeds import feeds
from gallery.notifications.kinds import KINDS, DigestRow
from gallery.notifications.models import Notification, UnreadCount
from gallery.posts import cards, text
from gallery.posts.cards import Card
from gallery.posts.models import Post

WEEK = timedelta(days=7)
MAX_LIKED_POSTS, MAX_NEW_POSTS = 3, 3
PREVIEW_WIDTH = 96  # pixels
MAX_NOTIFICATIONS = 500  # a week's notifications beyond these are not counted


def send(user_id: str, at: datetime) -> bool:
    """Send this week's e-mail and schedule the next. Returns whether there was one to send."""
    profile = profiles.get(user_id)
    sent = False
    if profile and preferences.is_enabled(user_id, DIGEST):
        weekly_schedule.subscribe(user_id)
        content = None if profile.deletes_at else collect(user_id, at)
        if content:
            outbox.send("digest", user_id, reference=f"{user_id} {at:%Y%m%d}", **content)
            sent = True
    weekly_schedule.complete(user_id, at)
    return sent


def collect(user_id: str, at: datetime) -> dict[str, Any] | None:
    """The context of the e-mail's templates, as JSON; None if nothing happened this week."""
    with translation.override(preferences.language_of(user_id)):
        notifications = _notifications_between(user_id, at - WEEK, at)
        rows = [_build_row(row, found) for row, found in _by_digest_row(notifications).items()]
        rows = [row for row in rows if row["count"]]
        if not rows:
            return None
        subject = next((row["subject"] for row in rows if row["subject"]), None)
        return {"subject": subject, "rows": rows, "others": _new_posts_by_others(user_id)}


def _notifications_between(user_id: str, since: datetime, until: datetime) -> list[Notification]:
    """Those of whole days, up to the day before `until`: no two weeks overlap."""
    pk, _ = UnreadCount.key(user_id)
    days = Notification.sk.between(f"R#{since:%Y%m%d}", f"R#{until:%Y%m%d}")
    return list(Notification.query(pk, days, limit=MAX_NOTIFICATIONS))


def _by_digest_row(
    notifications: Iterable[Notification],
) -> dict[DigestRow, list[Notification]]:
    """Group by digest row, in the order kinds are declared. Kinds without a row are left out."""
    found: dict[DigestRow, list[Notification]] = {
        kind.digest: [] for kind in KINDS.values() if kind.digest
    }
    for notification in notifications:
        kind = KINDS.get(notification.kind)
        if kind and kind.digest:
            found[kind.digest].append(notification)
    return found


def _build_row(row: DigestRow, notifications: Sequence[Notification]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for notification in notifications:
        counts[notification.object_id] += row.count(notification)
    count = counts.total()
    url_name, link_text = row.link or ("", "")
    return {
        "count": count,
        "text": row.sentence(count),
        "subject": row.subject(count) if row.subject and count else None,
        "link": {"url": settings.SITE_URL + reverse(url_name), "text": str(link_text)}
        if url_name
        else None,
        "posts": _most_counted_posts(counts) if row.shows_posts else [],
    }


def _most_counted_posts(likes: Counter[str]) -> list[dict[str, Any]]:
    """Previews of the posts with most likes, among those that others can see."""
    found = ((Post.find(*Post.key(post_id)), number) for post_id, number in likes.most_common())
    public = ((post, number) for post, number in found if post and post.has_public_files)
    return [
        _preview(
            cards.build_card(post), ngettext("%(n)s like", "%(n)s likes", number) % {"n": number}
        )
        for post, number in _first(public, MAX_LIKED_POSTS)
    ]


def _new_posts_by_others(user_id: str) -> list[dict[str, Any]]:
    """The newest posts by others. Sensitive ones are left out: an e-mail cannot blur them."""
    newest = feeds.latest(Viewer(user_id), with_likes=False)
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
