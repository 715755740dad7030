"""Data exports: zip files of everything a user has, built by the worker and kept for a week.

The worker builds one part per message and records it before the next. A part that was interrupted
is built again; if a message is lost, a scheduled task resumes the export within the hour.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.mail import outbox
from accounts.privacy import export_zip
from accounts.privacy.models import Export, ExportPart, ExportState, LatestExport
from accounts.privacy.personal_data import ExportItem, sources
from accounts.profiles import profiles
from aptmagic import polling
from aptmagic.aws import events, queue, scheduled_tasks, storage
from aptmagic.aws.dynamodb import (
    ConditionFailed,
    Work,
    exists,
    new_id,
    not_exists,
    now,
    transaction,
)
from aptmagic.errors import NotFound
from aptmagic.rate_limits import limits

logger = logging.getLogger(__name__)

AVAILABLE_FOR = timedelta(days=7)
RETRY_AFTER = timedelta(hours=1)
# An export that isn't complete by then has failed, and its user may request another.
GIVE_UP_AFTER = timedelta(days=1)
URL_SECONDS = 600
COMMAND = "build_export"


def start(user_id: str) -> Export:
    """Start an export, or return the one in progress. Raises NotFound, TooManyRequests.

    Of two requests at once, one starts an export and both return it.
    """
    latest = LatestExport.find(*LatestExport.key(user_id), consistent=True)
    if latest and (working := _working(user_id, latest.archive_id)):
        return working
    profile = profiles.get_own(user_id)
    limits.hit("export", person=user_id)
    archive = _new(user_id, profile.handle)
    try:
        with transaction() as work:
            work.put_new("archive", archive)
            _put_latest(work, archive, latest)
            at = _retry_at(archive)
            scheduled_tasks.schedule(
                work, at, archive.id, COMMAND, **_ids(archive), at=at.isoformat()
            )
    except ConditionFailed as no:
        if not no.failed("latest"):
            raise
        return start(user_id)  # another request was faster
    queue.enqueue(COMMAND, **_ids(archive))
    return archive


def _working(user_id: str, archive_id: str) -> Export | None:
    found = Export.find(*Export.key(user_id, archive_id), consistent=True)
    return found if found and found.state == ExportState.WORKING else None


def _new(user_id: str, handle: str) -> Export:
    archive_id = new_id()
    key = Export.key(user_id, archive_id)
    return Export(*key, id=archive_id, user_id=user_id, handle=handle, created_at=now())


def _put_latest(work: Work, archive: Export, before: LatestExport | None) -> None:
    """Label "latest" fails if another export was started meanwhile."""
    latest = LatestExport(*LatestExport.key(archive.user_id), archive_id=archive.id)
    same = LatestExport.archive_id == before.archive_id if before else not_exists(LatestExport)
    work.put("latest", latest, condition=same)


def list_exports(user_id: str) -> list[Export]:
    """The user's exports that are available or in progress, newest first."""
    pk, sk = Export.key(user_id, "")
    found = Export.query(pk, Export.sk.startswith(sk), scan_index_forward=False)
    return [archive for archive in found if not _has_expired(archive)]


def get(user_id: str, archive_id: str) -> Export:
    """Raises NotFound, also for an expired export."""
    archive = Export.find(*Export.key(user_id, archive_id), consistent=True)
    if archive is None or _has_expired(archive):
        raise NotFound()
    return archive


def download_url(user_id: str, archive_id: str, number: int) -> str:
    """A presigned URL of a part, valid for ten minutes. Raises NotFound."""
    archive = get(user_id, archive_id)
    if archive.state != ExportState.READY or not 0 <= number < len(archive.parts):
        raise NotFound()
    name = export_zip.file_name(archive, number)
    key = export_zip.part_key(archive, number)
    return storage.private().download_url(key, name, seconds=URL_SECONDS)


@dataclass(frozen=True)
class ExportPartView:
    number: int
    url: str
    name: str
    size: int
    pictures: int


@dataclass(frozen=True)
class ExportView:
    """An export as the page and the API show it. `bound` of its `pictures` are packed so far."""

    id: str
    state: ExportState
    created_at: datetime
    until: datetime | None
    pictures: int
    bound: int
    parts: list[ExportPartView]

    @property
    def url(self) -> str:
        return reverse("settings:export", args=[self.id])

    @property
    def working(self) -> bool:
        return self.state == ExportState.WORKING

    @property
    def poll_after_ms(self) -> int:
        return polling.poll_after_ms(self.created_at)


def view(archive: Export) -> ExportView:
    parts = archive.parts or []
    return ExportView(
        id=archive.id,
        state=ExportState(archive.state),
        created_at=archive.created_at,
        until=archive.expires_at,
        pictures=archive.pictures,
        bound=sum(int(part.pictures) for part in parts if part.done),
        parts=[_part(archive, number) for number in range(len(parts))],
    )


def _part(archive: Export, number: int) -> ExportPartView:
    part = archive.parts[number]
    return ExportPartView(
        number=number + 1,
        url=reverse("settings:download_export", args=[archive.id, number + 1]),
        name=export_zip.file_name(archive, number),
        size=int(part.size),
        pictures=int(part.pictures),
    )


# In the worker ----------------------------------------------------------------------------------
def build(user_id: str, archive_id: str, *, at: str = "") -> None:
    """One step: plan the parts, build the next part, or complete the export. Idempotent.

    `at` is the time of the scheduled task, if one runs this.
    """
    archive = Export.find(*Export.key(user_id, archive_id), consistent=True)
    if archive is None:  # the account was erased
        return scheduled_tasks.cancel(datetime.fromisoformat(at), archive_id) if at else None
    if archive.state == ExportState.WORKING and now() - archive.created_at > GIVE_UP_AFTER:
        _change(
            archive, [Export.state.set(ExportState.FAILED)], Export.state == ExportState.WORKING
        )
    if archive.state != ExportState.WORKING:
        return scheduled_tasks.cancel(_retry_at(archive), archive_id)
    if not archive.parts:
        archive.parts = _plan(user_id)
        _change(archive, [Export.parts.set(archive.parts)], Export.parts.does_not_exist())
    waiting = [number for number, part in enumerate(archive.parts) if not part.done]
    if waiting:
        _build_part(archive, waiting[0])
    if len(waiting) > 1:
        return queue.enqueue(COMMAND, **_ids(archive))
    _finish(archive)


def _plan(user_id: str) -> list[ExportPart]:
    """Parts of at most EXPORT_PART_BYTES, newest pictures first; at least one part."""
    items = [each for source in sources() for each in source.list_pictures(user_id)]
    parts = [ExportPart(pictures=0, size=0, done=False)]
    held = 0
    for each in reversed(items):
        if parts[-1].first and held + each.size > settings.EXPORT_PART_BYTES:
            parts.append(ExportPart(pictures=0, size=0, done=False))
            held = 0
        held += each.size
        _count_in(parts[-1], each)
    return parts


def _count_in(part: ExportPart, items: ExportItem) -> None:
    part.first = part.first or items.id
    part.last = items.id
    part.pictures += 1


def _build_part(archive: Export, number: int) -> None:
    size, pictures = export_zip.write_part(archive, number)
    slot = Export.parts[number]
    _change(
        archive,
        [slot["size"].set(size), slot["pictures"].set(pictures), slot["done"].set(True)],
        exists(Export),
    )
    archive.parts[number].done = True


def _finish(archive: Export) -> None:
    """Notify first: an interruption repeats the same notification instead of losing it."""
    events.publish(
        "export.ready", user_id=archive.user_id, export_id=archive.id, parts=len(archive.parts)
    )
    outbox.send("export-ready", archive.user_id, reference=archive.id)
    until = now() + AVAILABLE_FOR
    actions = [Export.state.set(ExportState.READY), Export.expires_at.set(until)]
    _change(archive, actions, Export.state == ExportState.WORKING)
    scheduled_tasks.cancel(_retry_at(archive), archive.id)


def _change(archive: Export, actions: list[Any], condition: Any) -> None:
    """Write the change, unless another worker has written the same."""
    if not archive.update_if(actions, condition=condition):
        logger.info("archive %s was changed by another worker", archive.id)
        archive.refresh(consistent_read=True)


def _retry_at(archive: Export) -> datetime:
    return archive.created_at + RETRY_AFTER


def _has_expired(archive: Export) -> bool:
    return archive.expires_at is not None and archive.expires_at < now()


def _ids(archive: Export) -> dict[str, Any]:
    return {"user_id": archive.user_id, "archive_id": archive.id}
