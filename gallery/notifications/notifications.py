"""What happened to somebody's things while they were away: told once, merged by thing and day.

A message may come twice, or be of yesterday; its row is named after the event and not after the
moment it came. Who is counted in a row already has a marker, put in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from accounts.privacy import import_zip
from accounts.profiles import preferences, profiles
from aptmagic.aws.dynamodb import (
    ConditionFailed,
    Page,
    Work,
    exists,
    now,
    transaction,
)
from aptmagic.errors import Busy
from aptmagic.text import isolate
from gallery.audience import Viewer
from gallery.notifications.models import FeedItem, Notification, NotificationMarker, UnreadCount
from gallery.posts.models import LIVE, Post, day_of_id
from generation.jobs.models import Job

NOTIFICATIONS_FEED = "notifications"
PAGE_SIZE = 30
KEPT_DAYS = 90
ATTEMPTS = 8
LIKE = "like"
ARCHIVES = ("archive-ready", "archive-taken-in", "import-failed")
ENDED = ("job-ready", "job-partial", "job-failed")
SEEN = "job-seen"
# Jobs that were ready one soon after the other are one row.
BATCH = timedelta(hours=1)
# By which switch of theirs somebody is told of a kind, or not.
SWITCHES = {LIKE: "bell:like", **dict.fromkeys(ENDED, "bell:job")}


@dataclass(frozen=True)
class Event:
    """What is to be told. `by` is somebody who did it; their like is counted, not listed."""

    kind: str
    user_id: str
    object_id: str
    day: str
    about: dict[str, Any]
    by: str | None = None
    by_name: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return Notification.key(self.user_id, self.day, self.kind, self.object_id)


def job_ended(kind: str, user_id: str, *, job_id: str, pictures: int, prompt: str) -> bool:
    """Tell that a job has ended. False when it was told before, or they do not want to know."""
    if kind not in ENDED:
        raise ValueError(f"nothing to say of {kind!r}")
    about = {"pictures": pictures, "prompt": prompt}
    return _tell(Event(kind, user_id, job_id, day_of_id(job_id), about))


def job_seen(user_id: str, *, job_id: str, ended: str) -> bool:
    """They saw on its page how a job ended: its row is not shown, and not counted as unread.

    False where there is none, or it is silent already. It stays for the weekly letter.
    """
    key = Notification.key(user_id, day_of_id(job_id), ended, job_id)
    for _ in range(ATTEMPTS):
        row = Notification.find(*key, consistent=True)
        if row is None or row.seen:
            return False
        try:
            with transaction() as work:
                _silence(work, row, user_id)
        except ConditionFailed:
            continue  # the inbox was read, or written to, this moment: look again
        return True
    raise Busy(gettext("Too many alerts arrived at once. This one will be retried."))


def liked(user_id: str, *, post_id: str, by: str, day: str) -> bool:
    """Tell an author that somebody likes their post. False when it was told before, or they do
    not want to know."""
    post, person = Post.find(*Post.key(post_id)), profiles.get(by)
    if by == user_id or post is None or post.state != LIVE or person is None:
        return False
    if not Viewer(user_id).may_hear_of(by):
        return False
    name = person.name or f"@{person.handle}"
    return _tell(Event(LIKE, user_id, post_id, day, {"title": post.title}, by, name))


def archive_ready(kind: str, user_id: str, *, object_id: str, **about: int | str) -> bool:
    """Tell that an archive is made, or what became of an import. False when it was told before."""
    return _tell(Event(kind, user_id, object_id, day_of_id(object_id), about))


def remove_person(person_id: str, *, limit: int) -> bool:
    """Name somebody in nobody's notifications any more. True when none are left that do."""
    pk, _key = NotificationMarker.key(person_id, "")
    told = list(NotificationMarker.query(pk, consistent_read=True, limit=limit))
    for each in told:
        _forget_in(each.sk, person_id)
        each.delete()
    return len(told) < limit


def delete_all(user_id: str, *, limit: int) -> bool:
    """Delete what somebody was told. True when nothing is left of it."""
    pk, _key = UnreadCount.key(user_id)
    rows = list(FeedItem.query(pk, consistent_read=True, limit=limit))
    for row in rows:
        row.delete()
    return len(rows) < limit


def _forget_in(row: str, person_id: str) -> None:
    """In a row that counts a person and may name them: the count stays, the name goes."""
    post = Post.find(*Post.key(row.rpartition("#")[2]))
    if post is None or not post.author_id:
        return
    pk, _key = UnreadCount.key(post.author_id)
    Notification(pk, row).update_if(
        [Notification.latest_person.remove(), Notification.latest_id.remove()],
        condition=Notification.latest_id == person_id,
    )


def count_unread(user_id: str) -> int:
    inbox = UnreadCount.find(*UnreadCount.key(user_id))
    return int(inbox.unread) if inbox else 0


def mark_read(user_id: str) -> None:
    """Everything told so far has been read: one write, however much it was."""
    UnreadCount(*UnreadCount.key(user_id)).update_if(
        [UnreadCount.unread.set(0), UnreadCount.round.add(1)], condition=exists(UnreadCount)
    )


@dataclass(frozen=True)
class NotificationRow:
    text: str
    url: str
    at: datetime
    unread: bool


def list_page(
    user_id: str, *, before: str | None = None, limit: int = PAGE_SIZE
) -> Page[NotificationRow]:
    """The newest day first; `before` is the position that the page before gave."""
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
    inbox = UnreadCount.find(*UnreadCount.key(user_id))
    shown = sorted(found[:limit], key=lambda row: (row.sk[:10], row.at), reverse=True)
    return Page(
        [_row(batch, int(inbox.round) if inbox else 0) for batch in _batches(shown)],
        next=found[limit - 1].sk if len(found) > limit else None,
    )


def _batches(found: Sequence[Notification]) -> list[list[Notification]]:
    """Each row by itself, but for jobs that were ready together."""
    batches: list[list[Notification]] = []
    for row in found:
        if batches and _ready_together(batches[-1][-1], row):
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def _ready_together(later: Notification, row: Notification) -> bool:
    both = later.kind == row.kind == ENDED[0] and later.round == row.round
    return both and later.at - row.at <= BATCH


def _row(batch: list[Notification], round: int) -> NotificationRow:
    row = batch[0]
    unread = int(row.round) == round
    if len(batch) > 1:
        return NotificationRow(_batch(batch), reverse("generation:library"), row.at, unread)
    return NotificationRow(_text(row), _url(row), row.at, unread)


def _batch(batch: list[Notification]) -> str:
    pictures = sum(int((row.about or {}).get("pictures") or 0) for row in batch)
    others = len(batch) - 1
    said = ngettext(
        "Your %(n)s pictures are ready: “%(prompt)s” and %(others)s other prompt",
        "Your %(n)s pictures are ready: “%(prompt)s” and %(others)s other prompts",
        others,
    )
    prompt = isolate((batch[0].about or {}).get("prompt") or "")
    return said % {"n": pictures, "prompt": prompt, "others": others}


def _text(row: Notification) -> str:
    about = row.about or {}
    if row.kind == LIKE:
        name = row.latest_person or gettext("A former member")
        return _liked(name, int(row.people) - 1, about.get("title"))
    if row.kind == ARCHIVES[0]:
        return gettext("Your archive is ready. Download it within seven days.")
    if row.kind == ARCHIVES[1]:
        return ngettext(
            "Import finished: %(count)s new picture in your library.",
            "Import finished: %(count)s new pictures in your library.",
            about.get("pictures", 0),
        ) % {"count": about.get("pictures", 0)}
    if row.kind == ARCHIVES[2]:
        reason = import_zip.REASONS[about["reason"]]
        return gettext("Your import failed. %(reason)s") % {"reason": reason}
    return _ended(row.kind, int(about.get("pictures") or 0), about.get("prompt") or "")


def _liked(name: str, others: int, title: str | None) -> str:
    if others < 1:
        said = (
            gettext("%(name)s liked “%(title)s”")
            if title
            else gettext("%(name)s liked your picture")
        )
    elif title:
        said = ngettext(
            "%(name)s and %(others)s other liked “%(title)s”",
            "%(name)s and %(others)s others liked “%(title)s”",
            others,
        )
    else:
        said = ngettext(
            "%(name)s and %(others)s other liked your picture",
            "%(name)s and %(others)s others liked your picture",
            others,
        )
    return said % {"name": isolate(name), "others": others, "title": isolate(title or "")}


def _ended(kind: str, pictures: int, prompt: str) -> str:
    said = {
        "job-ready": ngettext(
            "Your picture is ready: “%(prompt)s”",
            "Your %(n)s pictures are ready: “%(prompt)s”",
            pictures,
        ),
        "job-partial": ngettext(
            "Your picture is ready: “%(prompt)s”. The others failed and weren’t charged.",
            "Your %(n)s pictures are ready: “%(prompt)s”. The others failed and weren’t charged.",
            pictures,
        ),
        "job-failed": gettext("We couldn’t generate “%(prompt)s”. You weren’t charged."),
    }
    return said[kind] % {"n": pictures, "prompt": isolate(prompt)}


def _url(row: Notification) -> str:
    if row.kind == LIKE:
        return reverse("gallery:post", args=[row.object_id])
    if row.kind in ARCHIVES:
        return reverse("settings:data")
    return reverse("generation:job", args=[row.object_id])


def _tell(event: Event) -> bool:
    switch = SWITCHES.get(event.kind)  # what somebody asked for is told in any case
    if switch and not preferences.is_enabled(event.user_id, switch):
        return False
    for _ in range(ATTEMPTS):
        try:
            with transaction() as work:
                _write(work, event)
        except ConditionFailed as no:
            if no.failed("once"):
                return False
            continue  # the row or the inbox moved between our look and our write: look again
        return True
    raise Busy(gettext("Too many alerts arrived at once. This one will be retried."))


def _write(work: Work, event: Event) -> None:
    """Label "once" fails for what was told before."""
    row = Notification.find(*event.key, consistent=True)
    inbox = UnreadCount.find(*UnreadCount.key(event.user_id), consistent=True)
    round = int(inbox.round) if inbox else 0
    if event.kind in ENDED and not _unseen(work, event):
        work.put_new("once", _first(event, round, seen=True))
        return
    if event.by:
        work.put_new("once", _marker(event))
    if row is None or not event.by:
        work.put_new("row" if event.by else "once", _first(event, round))
    else:
        _count_in(work, row, event, round)
    _count_unread(work, event.user_id, round, already=row is not None and row.round == round)


def _marker(event: Event) -> NotificationMarker:
    key = NotificationMarker.key(str(event.by), event.key[1])
    return NotificationMarker(*key, expires_at=now() + timedelta(days=KEPT_DAYS))


def _unseen(work: Work, event: Event) -> bool:
    """Whether the owner of a job has yet to see how it ended; checked again as it is written."""
    key = Job.key(event.user_id, event.object_id)
    job = Job.find(*key, consistent=True)
    if job and job.seen_at:
        return False
    work.check("job", Job(*key), condition=Job.seen_at.does_not_exist())
    return True


def _silence(work: Work, row: Notification, user_id: str) -> None:
    inbox = UnreadCount.find(*UnreadCount.key(user_id), consistent=True)
    unseen = Notification.seen.does_not_exist()
    work.update("row", row, actions=[Notification.seen.set(True)], condition=unseen)
    if inbox and inbox.round == row.round and inbox.unread:
        work.update(
            "inbox",
            inbox,
            actions=[UnreadCount.unread.add(-1)],
            condition=(UnreadCount.round == row.round) & (UnreadCount.unread > 0),
        )


def _first(event: Event, round: int, *, seen: bool | None = None) -> Notification:
    return Notification(
        *event.key,
        seen=seen,
        kind=event.kind,
        object_id=event.object_id,
        round=round,
        people=1 if event.by else 0,
        latest_person=event.by_name,
        latest_id=event.by,
        about=event.about,
        expires_at=now() + timedelta(days=KEPT_DAYS),
    )


def _count_in(work: Work, row: Notification, event: Event, round: int) -> None:
    work.update(
        "row",
        Notification(*event.key),
        actions=[
            Notification.people.add(1),
            Notification.latest_person.set(event.by_name),
            Notification.latest_id.set(str(event.by)),
            Notification.about.set(event.about),
            Notification.at.set(now()),
            Notification.round.set(round),
        ],
        condition=Notification.round == row.round,
    )


def _count_unread(work: Work, user_id: str, round: int, *, already: bool) -> None:
    """One more unread row, unless this one is; and only if nobody read them all meanwhile."""
    inbox = UnreadCount(*UnreadCount.key(user_id))
    same_round = UnreadCount.round == round
    if already:
        work.check("inbox", inbox, condition=same_round)
        return
    work.update(
        "inbox",
        inbox,
        actions=[UnreadCount.unread.add(1), UnreadCount.round.add(0)],
        condition=UnreadCount.pk.does_not_exist() | same_round,
    )
