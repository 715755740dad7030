"""The kinds of notifications, declared once for pages, API, settings, e-mail and events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.privacy import import_zip
from accounts.profiles.switches import Switch
from aptmagic.aws.dynamodb import Work
from aptmagic.text import isolate
from gallery.notifications.models import Notification
from gallery.posts.models import LIVE, Post
from generation.jobs.models import Job

EventData = Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """Notifications of one kind, at most `within` apart, that lists show as one."""

    within: timedelta
    sentence: Callable[[Sequence[Notification]], str]
    url: Callable[[], str]


@dataclass(frozen=True)
class Seen:
    """How a recipient who was watching is left alone: no alert, but still part of the digest.

    `event` says that they saw it and has the same fields as the kind's own. `check` returns
    whether they already had, and if not makes the transaction fail if they do meanwhile.
    """

    event: str
    check: Callable[[Work, str, str], bool]  # (work, recipient's id, object's id)


@dataclass(frozen=True, eq=False)
class DigestRow:
    """A sentence of the weekly e-mail about all notifications of the kinds that share it."""

    count: Callable[[Notification], int]
    sentence: Callable[[int], str]
    subject: Callable[[int], str] | None = None
    link: tuple[str, Any] | None = None  # a URL name and its text
    shows_posts: bool = False  # with previews of the posts that were counted most


@dataclass(frozen=True)
class Kind:
    """One kind of notification: which event makes it, what it says and how it merges.

    `name` is stored with each notification. A kind with an `actor` has one row for each object
    and day, which counts the people; any other kind has one row for each object.
    """

    name: str
    event: str  # as published; infra/data.yaml subscribes to it
    object_id: str  # the event's field with the id of the post, job, … it is about
    sentence: Callable[[Notification], str]
    url: Callable[[Notification], str]
    where: EventData = field(default_factory=dict)  # fields of the event that identify it
    recipient: str = "user_id"  # the event's field
    actor: str | None = None  # the event's field with the id of the person who did it
    # With an actor: whose notifications the rows about an object are, None if it is gone.
    find_recipient: Callable[[str], str | None] = lambda _object_id: None
    day: str | None = None  # the event's field (YYYYMMDD); else the day in the object's ULID
    # What to store of the event; None if there is nothing left to notify of.
    details: Callable[[EventData], dict[str, Any] | None] = lambda _data: {}
    switch: Switch | None = None  # None: it can't be turned off
    seen: Seen | None = None
    batch: Batch | None = None
    digest: DigestRow | None = None

    def matches(self, data: EventData) -> bool:
        return all(data.get(name) == value for name, value in self.where.items())


def _copy(*names: str) -> Callable[[EventData], dict[str, Any]]:
    return lambda data: {name: data[name] for name in names}


# Likes ------------------------------------------------------------------------------------------
def _like_details(data: EventData) -> dict[str, Any] | None:
    post = Post.find(*Post.key(data["post_id"]))
    return {"title": post.title} if post and post.state == LIVE else None


def _author_of(post_id: str) -> str | None:
    post = Post.find(*Post.key(post_id))
    return post.author_id if post else None


def _like_sentence(row: Notification) -> str:
    name = row.last_actor_name or gettext("A former user")
    others, title = int(row.actors) - 1, row.details.get("title")
    if others < 1:
        sentence = (
            gettext("%(name)s liked “%(title)s”")
            if title
            else gettext("%(name)s liked your picture")
        )
    elif title:
        sentence = ngettext(
            "%(name)s and %(others)s other liked “%(title)s”",
            "%(name)s and %(others)s others liked “%(title)s”",
            others,
        )
    else:
        sentence = ngettext(
            "%(name)s and %(others)s other liked your picture",
            "%(name)s and %(others)s others liked your picture",
            others,
        )
    return sentence % {"name": isolate(name), "others": others, "title": isolate(title or "")}


def _likes_this_week(count: int) -> str:
    return ngettext(
        "Your pictures got %(n)s like this week.",
        "Your pictures got %(n)s likes this week.",
        count,
    ) % {"n": count}


def _likes_subject(count: int) -> str:
    return ngettext(
        "%(n)s like this week on %(SITE_NAME)s",
        "%(n)s likes this week on %(SITE_NAME)s",
        count,
    ) % {"n": count, "SITE_NAME": settings.SITE_NAME}


LIKE = Kind(
    name="like",
    event="post.liked",
    recipient="author_id",
    actor="user_id",
    find_recipient=_author_of,
    object_id="post_id",
    day="day",
    details=_like_details,
    sentence=_like_sentence,
    url=lambda row: reverse("gallery:post", args=[row.object_id]),
    switch=Switch(
        "bell:like", gettext_lazy("Likes"), gettext_lazy("When someone likes your picture")
    ),
    digest=DigestRow(
        count=lambda row: int(row.actors),
        sentence=_likes_this_week,
        subject=_likes_subject,
        shows_posts=True,
    ),
)


# Jobs -------------------------------------------------------------------------------------------
def _pictures(row: Notification) -> int:
    return int(row.details.get("pictures") or 0)


def _about_job(sentence: Callable[[int], str]) -> Callable[[Notification], str]:
    def fill_in(row: Notification) -> str:
        prompt = isolate(row.details.get("prompt") or "")
        return sentence(_pictures(row)) % {"n": _pictures(row), "prompt": prompt}

    return fill_in


def _job_url(row: Notification) -> str:
    return reverse("generation:job", args=[row.object_id])


def _ready_together(rows: Sequence[Notification]) -> str:
    others = len(rows) - 1
    sentence = ngettext(
        "Your %(n)s pictures are ready: “%(prompt)s” and %(others)s other prompt",
        "Your %(n)s pictures are ready: “%(prompt)s” and %(others)s other prompts",
        others,
    )
    prompt = isolate(rows[0].details.get("prompt") or "")
    return sentence % {"n": sum(map(_pictures, rows)), "prompt": prompt, "others": others}


def _check_job_seen(work: Work, user_id: str, job_id: str) -> bool:
    key = Job.key(user_id, job_id)
    job = Job.find(*key, consistent=True)
    if job and job.seen_at:
        return True
    work.check("job", Job(*key), condition=Job.seen_at.does_not_exist())
    return False


def _pictures_this_week(count: int) -> str:
    return ngettext("You created %(n)s picture.", "You created %(n)s pictures.", count) % {
        "n": count
    }


JOB_SWITCH = Switch(
    "bell:job",
    gettext_lazy("Pictures"),
    gettext_lazy("When your pictures are ready or couldn’t be generated"),
)
JOB_DIGEST = DigestRow(
    count=_pictures,
    sentence=_pictures_this_week,
    link=("generation:library", gettext_lazy("You’ll find them in your library.")),
)


def _job_kind(state: str, sentence: Callable[[int], str], batch: Batch | None = None) -> Kind:
    return Kind(
        name=f"job-{state}",
        event="job.ended",
        where={"state": state},
        object_id="job_id",
        details=_copy("pictures", "prompt"),
        sentence=_about_job(sentence),
        url=_job_url,
        switch=JOB_SWITCH,
        seen=Seen(event="job.seen", check=_check_job_seen),
        batch=batch,
        digest=JOB_DIGEST,
    )


JOB_READY = _job_kind(
    "ready",
    lambda pictures: ngettext(
        "Your picture is ready: “%(prompt)s”",
        "Your %(n)s pictures are ready: “%(prompt)s”",
        pictures,
    ),
    Batch(timedelta(hours=1), _ready_together, lambda: reverse("generation:library")),
)
JOB_PARTIAL = _job_kind(
    "partial",
    lambda pictures: ngettext(
        "Your picture is ready: “%(prompt)s”. The others failed; you weren’t charged for them.",
        "Your %(n)s pictures are ready: “%(prompt)s”. The others failed; "
        "you weren’t charged for them.",
        pictures,
    ),
)
JOB_FAILED = _job_kind(
    "failed", lambda _pictures: gettext("We couldn’t generate “%(prompt)s”. You weren’t charged.")
)


# Archives ---------------------------------------------------------------------------------------
def _data_settings_url(_row: Notification) -> str:
    return reverse("settings:data")


def _import_sentence(row: Notification) -> str:
    return ngettext(
        "Import finished: %(count)s new picture in your library.",
        "Import finished: %(count)s new pictures in your library.",
        _pictures(row),
    ) % {"count": _pictures(row)}


def _import_failed_sentence(row: Notification) -> str:
    reason = import_zip.REASONS.get(row.details.get("reason"), "")
    return gettext("Your import failed. %(reason)s") % {"reason": reason}


EXPORT_READY = Kind(
    name="export-ready",
    event="export.ready",
    object_id="export_id",
    details=_copy("parts"),
    sentence=lambda _row: gettext("Your archive is ready. Download it within seven days."),
    url=_data_settings_url,
)
IMPORT_FINISHED = Kind(
    name="import-finished",
    event="import.finished",
    object_id="import_id",
    details=_copy("pictures"),
    sentence=_import_sentence,
    url=_data_settings_url,
)
IMPORT_FAILED = Kind(
    name="import-failed",
    event="import.failed",
    object_id="import_id",
    details=_copy("reason"),
    sentence=_import_failed_sentence,
    url=_data_settings_url,
)

KINDS = {
    kind.name: kind
    for kind in (
        *(LIKE, JOB_READY, JOB_PARTIAL, JOB_FAILED),
        *(EXPORT_READY, IMPORT_FINISHED, IMPORT_FAILED),
    )
}
# Each once; several kinds may share one. Listed in `settings.NOTIFICATION_SWITCHES`.
SWITCHES = tuple({kind.switch.name: kind.switch for kind in KINDS.values() if kind.switch}.values())


def of_event(event: str, data: EventData) -> Kind | None:
    """The kind of notification that an event makes."""
    return next((k for k in KINDS.values() if k.event == event and k.matches(data)), None)


def seen_by_event(event: str, data: EventData) -> Kind | None:
    """The kind of notification that an event says was seen."""
    kinds = (kind for kind in KINDS.values() if kind.seen and kind.seen.event == event)
    return next((kind for kind in kinds if kind.matches(data)), None)
