"""Data imports: the pictures of an export are added to a library, once and free of charge.

The worker imports pictures for a while per message and records each. If it is interrupted, the
last picture is imported again, and recognised.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any

from django.urls import reverse

from accounts.privacy import import_zip
from accounts.privacy.import_zip import ArchiveReader, InvalidArchive
from accounts.privacy.models import ArchiveImport, ExportState
from accounts.privacy.personal_data import ImportedPicture, ImportResult, sources
from aptmagic import polling
from aptmagic.aws import events, queue, scheduled_tasks, uploads
from aptmagic.aws.dynamodb import ConditionFailed, now, transaction
from aptmagic.aws.uploads import ARCHIVE, UploadForm
from aptmagic.errors import Busy, Invalid, NotFound, TooManyRequests
from aptmagic.rate_limits import limits

logger = logging.getLogger(__name__)

MAX_BYTES = import_zip.MAX_BYTES
RETRY_AFTER = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)
SHOWN_FOR = timedelta(days=7)
COMMAND = "import_archive"
# With the download of the file, well below the timeout of the worker's Lambda function.
MAX_SECONDS = 80
# Before a step is repeated for which a service was too busy.
PAUSE_SECONDS = 60


def upload_form(user_id: str) -> UploadForm:
    """A presigned form that uploads a file to S3."""
    return uploads.create_form(user_id, ARCHIVE, max_bytes=MAX_BYTES, redirect_path=_page)


def _page(upload_id: str) -> str:
    return reverse("settings:import_progress", args=[upload_id])


def start(user_id: str, upload_id: str) -> ArchiveImport:
    """Start importing an upload, once. Raises Invalid if nothing was uploaded, TooManyRequests."""
    if begun := ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True):
        return begun
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        raise Invalid(str(import_zip.REASONS["missing"]))
    limits.hit("import", person=user_id)
    key = ArchiveImport.key(user_id, upload_id)
    archive_import = ArchiveImport(*key, id=upload_id, user_id=user_id, created_at=now())
    archive_import.expires_at = now() + SHOWN_FOR
    at = _retry_at(archive_import)
    try:
        with transaction() as work:
            work.put_new("import", archive_import)
            scheduled_tasks.schedule(
                work, at, upload_id, COMMAND, **_ids(archive_import), at=at.isoformat()
            )
    except ConditionFailed:
        return get(user_id, upload_id)  # a repeated request
    queue.enqueue(COMMAND, **_ids(archive_import))
    return archive_import


def get(user_id: str, upload_id: str) -> ArchiveImport:
    """Raises NotFound."""
    found = ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True)
    if found is None:
        raise NotFound()
    return found


def latest(user_id: str) -> ArchiveImport | None:
    pk, sk = ArchiveImport.key(user_id, "")
    newest = ArchiveImport.query(
        pk, ArchiveImport.sk.startswith(sk), scan_index_forward=False, limit=1
    )
    return next(iter(newest), None)


@dataclass(frozen=True)
class ImportView:
    """An import as its page shows it."""

    id: str
    state: ExportState
    created_at: datetime
    total: int
    place: int
    new: int
    known: int
    refused: int
    reason: str

    @property
    def url(self) -> str:
        return _page(self.id)

    @property
    def working(self) -> bool:
        return self.state == ExportState.WORKING

    @property
    def poll_after_ms(self) -> int:
        return polling.poll_after_ms(self.created_at)


def view(archive_import: ArchiveImport) -> ImportView:
    return ImportView(
        id=archive_import.id,
        state=ExportState(archive_import.state),
        created_at=archive_import.created_at,
        total=int(archive_import.total),
        place=int(archive_import.place),
        new=int(archive_import.new),
        known=int(archive_import.known),
        refused=int(archive_import.refused),
        reason=str(import_zip.REASONS[archive_import.reason]) if archive_import.reason else "",
    )


# In the worker ----------------------------------------------------------------------------------
def run(user_id: str, upload_id: str, *, at: str = "") -> None:
    """Import as many pictures as time allows. Idempotent. `at` is a scheduled task's time."""
    archive_import = ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True)
    if archive_import is None:  # the account was erased
        uploads.delete(user_id, ARCHIVE, upload_id)
        return scheduled_tasks.cancel(datetime.fromisoformat(at), upload_id) if at else None
    if (
        archive_import.state == ExportState.WORKING
        and now() - archive_import.created_at > GIVE_UP_AFTER
    ):
        return _finish(archive_import, ExportState.FAILED, "damaged")
    if archive_import.state != ExportState.WORKING:
        return _finish(archive_import, ExportState(archive_import.state), archive_import.reason)
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        return _finish(archive_import, ExportState.FAILED, "missing")
    try:
        with TemporaryFile() as file:
            uploads.download_to(user_id, ARCHIVE, upload_id, file)
            done = _import_pictures(archive_import, ArchiveReader(file))
    except InvalidArchive as unreadable:
        return _finish(archive_import, ExportState.FAILED, unreadable.reason)
    except TooManyRequests:
        return _finish(archive_import, ExportState.READY, "limit")
    except Busy:
        return queue.enqueue(COMMAND, delay=PAUSE_SECONDS, **_ids(archive_import))
    if not done:
        return queue.enqueue(COMMAND, **_ids(archive_import))
    _finish(archive_import, ExportState.READY)


def skip_import_picture(user_id: str, upload_id: str) -> None:
    """Skip the picture at which all attempts have failed, and continue with the next one.

    If no picture was reached, the file itself can't be read, and the import fails.
    """
    archive_import = ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True)
    if archive_import is None or archive_import.state != ExportState.WORKING:
        return
    if not archive_import.total:
        return _finish(archive_import, ExportState.FAILED, "damaged")
    logger.error("picture %s of import %s was skipped", int(archive_import.place), upload_id)
    _count(archive_import, int(archive_import.place), ImportResult.REFUSED)
    queue.enqueue(COMMAND, **_ids(archive_import))


def _import_pictures(archive_import: ArchiveImport, archive: ArchiveReader) -> bool:
    """True if the end was reached."""
    until = time.monotonic() + MAX_SECONDS
    if not archive_import.total:
        _change(
            archive_import,
            [ArchiveImport.total.set(len(archive))],
            ArchiveImport.state == ExportState.WORKING,
        )
    for place in range(int(archive_import.place), len(archive)):
        if time.monotonic() > until:
            return False
        _count(archive_import, place, _import_picture(archive_import.user_id, archive.read(place)))
    return True


def _count(archive_import: ArchiveImport, place: int, outcome: ImportResult) -> None:
    """Record the result of the picture at this position, once."""
    counter = getattr(ArchiveImport, outcome)
    _change(
        archive_import,
        [counter.add(1), ArchiveImport.place.set(place + 1)],
        ArchiveImport.place == place,
    )


def _import_picture(user_id: str, found: ImportedPicture | None) -> ImportResult:
    if found is None:
        return ImportResult.REFUSED
    outcomes = (source.import_picture(user_id, found) for source in sources())
    return next((outcome for outcome in outcomes if outcome), ImportResult.REFUSED)


def _finish(archive_import: ArchiveImport, state: ExportState, reason: str | None = None) -> None:
    if archive_import.state == ExportState.WORKING:
        _publish(archive_import, state, reason)
    actions = [
        ArchiveImport.state.set(state),
        *([ArchiveImport.reason.set(reason)] if reason else []),
    ]
    _change(archive_import, actions, ArchiveImport.state == ExportState.WORKING)
    uploads.delete(archive_import.user_id, ARCHIVE, archive_import.id)
    scheduled_tasks.cancel(_retry_at(archive_import), archive_import.id)


def _publish(archive_import: ArchiveImport, state: ExportState, reason: str | None) -> None:
    about = {"user_id": archive_import.user_id, "import_id": archive_import.id}
    if state == ExportState.FAILED:
        return events.publish("import.failed", **about, reason=reason)
    archive_import.refresh(consistent_read=True)
    events.publish("import.finished", **about, pictures=int(archive_import.new))


def _change(archive_import: ArchiveImport, actions: list[Any], condition: Any) -> None:
    if not archive_import.update_if(actions, condition=condition):
        logger.info("import %s was changed by another worker", archive_import.id)


def _retry_at(archive_import: ArchiveImport) -> datetime:
    moment: datetime = archive_import.created_at
    return moment + RETRY_AFTER


def _ids(archive_import: ArchiveImport) -> dict[str, Any]:
    return {"user_id": archive_import.user_id, "upload_id": archive_import.id}
