"""From an event to a stored notification, once, however often and late the event arrives.

A row is named after what happened, not after the moment of its message. An actor who is already
counted in a row has a marker, which is put in the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext

from accounts.profiles import preferences, profiles
from aptmagic.aws.dynamodb import ConditionFailed, Work, now, transaction
from aptmagic.errors import Busy
from gallery.audience import Viewer
from gallery.notifications import kinds
from gallery.notifications.kinds import Kind
from gallery.notifications.models import Notification, NotificationMarker, UnreadCount
from gallery.posts.models import day_of_id

RETENTION = timedelta(days=90)
ATTEMPTS = 8


def consume(event: str, data: Mapping[str, Any]) -> bool:
    """Write the notification that an event makes, or mark the one that it says was seen.

    Returns False if there is nothing to change: it was done before, or the recipient turned the
    kind off. Raises ValueError for an event of no kind, KeyError for one that lacks a field, and
    Busy if the recipient's notifications keep changing meanwhile.
    """
    if kind := kinds.of_event(event, data):
        return _notify(kind, data)
    if kind := kinds.seen_by_event(event, data):
        return _mark_seen(kind, data)
    raise ValueError(f"nobody is notified of {event!r}")


@dataclass(frozen=True)
class _Notice:
    """What to write: a notification of `kind` for `recipient_id`."""

    kind: Kind
    recipient_id: str
    object_id: str
    day: str
    details: dict[str, Any]
    actor_id: str | None = None
    actor_name: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return Notification.key(self.recipient_id, self.day, self.kind.name, self.object_id)


def _notify(kind: Kind, data: Mapping[str, Any]) -> bool:
    notice = _build_notice(kind, data)
    if notice is None:
        return False
    if kind.switch and not preferences.is_enabled(notice.recipient_id, kind.switch.name):
        return False
    for _ in range(ATTEMPTS):
        try:
            with transaction() as work:
                _write(work, notice)
        except ConditionFailed as failure:
            if failure.failed("once"):
                return False
            continue  # the row or the count changed between our read and our write
        return True
    raise _busy()


def _build_notice(kind: Kind, data: Mapping[str, Any]) -> _Notice | None:
    """None if there is nothing to notify of any more, or the recipient mustn't hear of it."""
    recipient_id, object_id, day = _identity(kind, data)
    actor_id, actor_name = None, ""
    if kind.actor:
        actor_id = data[kind.actor]
        actor = profiles.get(actor_id)
        viewer = Viewer(recipient_id)
        if actor is None or actor_id == recipient_id or not viewer.may_hear_of(actor_id):
            return None
        actor_name = actor.name or f"@{actor.handle}"
    details = kind.details(data)
    if details is None:
        return None
    return _Notice(kind, recipient_id, object_id, day, details, actor_id, actor_name)


def _identity(kind: Kind, data: Mapping[str, Any]) -> tuple[str, str, str]:
    object_id = data[kind.object_id]
    day = data[kind.day] if kind.day else day_of_id(object_id)
    return data[kind.recipient], object_id, day


def _mark_seen(kind: Kind, data: Mapping[str, Any]) -> bool:
    """Take a row out of the list and the unread count; the digest still counts it."""
    recipient_id, object_id, day = _identity(kind, data)
    key = Notification.key(recipient_id, day, kind.name, object_id)
    for _ in range(ATTEMPTS):
        row = Notification.find(*key, consistent=True)
        if row is None or row.seen:
            return False
        try:
            with transaction() as work:
                _write_seen(work, row, recipient_id)
        except ConditionFailed:
            continue  # the row or the count changed between our read and our write
        return True
    raise _busy()


def _busy() -> Busy:
    return Busy(gettext("Too many notifications arrived at once. This one will be retried."))


def _write(work: Work, notice: _Notice) -> None:
    """Label "once" fails if this was written before."""
    row = Notification.find(*notice.key, consistent=True)
    count = UnreadCount.find(*UnreadCount.key(notice.recipient_id), consistent=True)
    epoch = int(count.epoch) if count else 0
    seen = notice.kind.seen
    if seen and seen.check(work, notice.recipient_id, notice.object_id):
        work.put_new("once", _new_row(notice, epoch, seen=True))
        return
    if notice.actor_id:
        work.put_new("once", _marker(notice, notice.actor_id))
    if row is None or not notice.actor_id:
        work.put_new("row" if notice.actor_id else "once", _new_row(notice, epoch))
    else:
        _add_actor(work, row, notice, epoch)
    already_unread = row is not None and row.epoch == epoch
    _count_unread(work, notice.recipient_id, epoch, already_unread=already_unread)


def _marker(notice: _Notice, actor_id: str) -> NotificationMarker:
    key = NotificationMarker.key(actor_id, notice.key[1])
    return NotificationMarker(*key, expires_at=now() + RETENTION)


def _new_row(notice: _Notice, epoch: int, *, seen: bool | None = None) -> Notification:
    return Notification(
        *notice.key,
        seen=seen,
        kind=notice.kind.name,
        object_id=notice.object_id,
        epoch=epoch,
        actors=1 if notice.actor_id else 0,
        last_actor_name=notice.actor_name,
        last_actor_id=notice.actor_id,
        details=notice.details,
        expires_at=now() + RETENTION,
    )


def _add_actor(work: Work, row: Notification, notice: _Notice, epoch: int) -> None:
    work.update(
        "row",
        Notification(*notice.key),
        actions=[
            Notification.actors.add(1),
            Notification.last_actor_name.set(notice.actor_name),
            Notification.last_actor_id.set(str(notice.actor_id)),
            Notification.details.set(notice.details),
            Notification.at.set(now()),
            Notification.epoch.set(epoch),
        ],
        condition=Notification.epoch == row.epoch,
    )


def _count_unread(work: Work, user_id: str, epoch: int, *, already_unread: bool) -> None:
    """Count the row unless it is counted; fails if everything was marked as read meanwhile."""
    count = UnreadCount(*UnreadCount.key(user_id))
    same_epoch = UnreadCount.epoch == epoch
    if already_unread:
        work.check("unread", count, condition=same_epoch)
        return
    work.update(
        "unread",
        count,
        actions=[UnreadCount.unread.add(1), UnreadCount.epoch.add(0)],
        condition=UnreadCount.pk.does_not_exist() | same_epoch,
    )


def _write_seen(work: Work, row: Notification, user_id: str) -> None:
    count = UnreadCount.find(*UnreadCount.key(user_id), consistent=True)
    unseen = Notification.seen.does_not_exist()
    work.update("row", row, actions=[Notification.seen.set(True)], condition=unseen)
    if count and count.epoch == row.epoch and count.unread:
        work.update(
            "unread",
            count,
            actions=[UnreadCount.unread.add(-1)],
            condition=(UnreadCount.epoch == row.epoch) & (UnreadCount.unread > 0),
        )
