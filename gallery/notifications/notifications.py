"""A user's notifications: listed, counted, marked as read, deleted. `delivery` writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aptmagic.aws.dynamodb import Page, exists
from gallery.notifications.kinds import KINDS
from gallery.notifications.models import FeedItem, Notification, NotificationMarker, UnreadCount

NOTIFICATIONS_FEED = "notifications"
PAGE_SIZE = 30


@dataclass(frozen=True)
class NotificationRow:
    """`kind` is a name of `kinds.KINDS`."""

    kind: str
    text: str
    url: str
    at: datetime
    unread: bool


def list_page(
    user_id: str, *, before: str | None = None, limit: int = PAGE_SIZE
) -> Page[NotificationRow]:
    """The newest day first; `before` is the `next` of the previous page.

    Rows of kinds that this release doesn't know, as after a rollback, are left out.
    """
    pk, _ = UnreadCount.key(user_id)
    keys = Notification.sk.between("R#", before) if before else Notification.sk.startswith("R#")
    newest = Notification.query(
        pk,
        keys,
        filter_condition=Notification.seen.does_not_exist(),
        scan_index_forward=False,
        limit=limit + 2,
    )
    found = [row for row in newest if row.sk != before]
    count = UnreadCount.find(*UnreadCount.key(user_id))
    epoch = int(count.epoch) if count else 0
    known = [row for row in found[:limit] if row.kind in KINDS]
    known.sort(key=lambda row: (row.sk[:10], row.at), reverse=True)
    return Page(
        [_build_row(batch, epoch) for batch in _batches(known)],
        next=found[limit - 1].sk if len(found) > limit else None,
    )


def count_unread(user_id: str) -> int:
    count = UnreadCount.find(*UnreadCount.key(user_id))
    return int(count.unread) if count else 0


def mark_all_read(user_id: str) -> None:
    """Mark every notification so far as read: one write, however many there are."""
    UnreadCount(*UnreadCount.key(user_id)).update_if(
        [UnreadCount.unread.set(0), UnreadCount.epoch.add(1)], condition=exists(UnreadCount)
    )


def remove_actor(actor_id: str, *, limit: int) -> bool:
    """Remove a person's name from up to `limit` notifications. True when none are left."""
    pk, _key = NotificationMarker.key(actor_id, "")
    markers = list(NotificationMarker.query(pk, consistent_read=True, limit=limit))
    for marker in markers:
        _remove_name(marker, actor_id)
        marker.delete()
    return len(markers) < limit


def delete_all(user_id: str, *, limit: int) -> bool:
    """Delete up to `limit` of a user's notifications. True when none are left."""
    pk, _key = UnreadCount.key(user_id)
    rows = list(FeedItem.query(pk, consistent_read=True, limit=limit))
    for row in rows:
        row.delete()
    return len(rows) < limit


def _remove_name(marker: NotificationMarker, actor_id: str) -> None:
    """The row still counts the person, but doesn't name them."""
    _prefix, _day, kind_name, object_id = marker.sk.split("#")
    kind = KINDS.get(kind_name)
    recipient_id = kind.find_recipient(object_id) if kind else None
    if recipient_id is None:
        return
    pk, _key = UnreadCount.key(recipient_id)
    Notification(pk, marker.sk).update_if(
        [Notification.last_actor_name.remove(), Notification.last_actor_id.remove()],
        condition=Notification.last_actor_id == actor_id,
    )


def _batches(rows: Sequence[Notification]) -> list[list[Notification]]:
    """Rows that their kind shows as one, together; any other by itself."""
    batches: list[list[Notification]] = []
    for row in rows:
        if batches and _belong_together(batches[-1][-1], row):
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def _belong_together(later: Notification, row: Notification) -> bool:
    batch = KINDS[row.kind].batch
    if batch is None or (later.kind, later.epoch) != (row.kind, row.epoch):
        return False
    return bool(later.at - row.at <= batch.within)


def _build_row(rows: Sequence[Notification], epoch: int) -> NotificationRow:
    row, kind = rows[0], KINDS[rows[0].kind]
    if kind.batch and len(rows) > 1:
        text, url = kind.batch.sentence(rows), kind.batch.url()
    else:
        text, url = kind.sentence(row), kind.url(row)
    return NotificationRow(kind.name, text, url, row.at, int(row.epoch) == epoch)
