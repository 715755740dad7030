"""Bringing an archive back: its pictures are taken in once, and nothing is charged.

The worker takes a while of pictures at a message and writes after each how far it is. Whoever is
killed begins again at the last one, which is known then.
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

MOST = import_zip.MOST
AGAIN = timedelta(hours=1)
PATIENCE = timedelta(days=1)
SHOWN_FOR = timedelta(days=7)
COMMAND = "import_archive"
# Well below what a Lambda may take, with the fetching of the archive.
SECONDS = 80
# After this long it is tried again what a service had no time for.
PAUSE_SECONDS = 60


def upload_form(user_id: str) -> UploadForm:
    """A form by which a browser sends an archive."""
    return uploads.create_form(user_id, ARCHIVE, max_bytes=MOST, redirect_path=_page)


def _page(upload_id: str) -> str:
    return reverse("settings:import_progress", args=[upload_id])


def start(user_id: str, upload_id: str) -> ArchiveImport:
    """Have what was sent taken in, once. Raises Invalid when nothing has come."""
    if begun := ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True):
        return begun
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        raise Invalid(str(import_zip.REASONS["missing"]))
    limits.hit("import", person=user_id)
    key = ArchiveImport.key(user_id, upload_id)
    intake = ArchiveImport(*key, id=upload_id, user_id=user_id, created_at=now())
    intake.expires_at = now() + SHOWN_FOR
    at = _again(intake)
    try:
        with transaction() as work:
            work.put_new("intake", intake)
            scheduled_tasks.schedule(
                work, at, upload_id, COMMAND, **_ids(intake), at=at.isoformat()
            )
    except ConditionFailed:
        return get(user_id, upload_id)  # the browser asked twice
    queue.enqueue(COMMAND, **_ids(intake))
    return intake


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
    """An intake as its page shows it."""

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


def view(intake: ArchiveImport) -> ImportView:
    return ImportView(
        id=intake.id,
        state=ExportState(intake.state),
        created_at=intake.created_at,
        total=int(intake.total),
        place=int(intake.place),
        new=int(intake.new),
        known=int(intake.known),
        refused=int(intake.refused),
        reason=str(import_zip.REASONS[intake.reason]) if intake.reason else "",
    )


# In the worker ----------------------------------------------------------------------------------
def run(user_id: str, upload_id: str, *, at: str = "") -> None:
    """As many pictures as time allows. Any number of times; an errand says of which moment."""
    intake = ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True)
    if intake is None:  # its person has left
        uploads.delete(user_id, ARCHIVE, upload_id)
        return scheduled_tasks.cancel(datetime.fromisoformat(at), upload_id) if at else None
    if intake.state == ExportState.WORKING and now() - intake.created_at > PATIENCE:
        return _end(intake, ExportState.FAILED, "damaged")
    if intake.state != ExportState.WORKING:
        return _end(intake, ExportState(intake.state), intake.reason)
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        return _end(intake, ExportState.FAILED, "missing")
    try:
        with TemporaryFile() as file:
            uploads.download_to(user_id, ARCHIVE, upload_id, file)
            done = _go_through(intake, ArchiveReader(file))
    except InvalidArchive as unreadable:
        return _end(intake, ExportState.FAILED, unreadable.reason)
    except TooManyRequests:
        return _end(intake, ExportState.READY, "limit")
    except Busy:
        return queue.enqueue(COMMAND, delay=PAUSE_SECONDS, **_ids(intake))
    if not done:
        return queue.enqueue(COMMAND, **_ids(intake))
    _end(intake, ExportState.READY)


def skip_import_picture(user_id: str, upload_id: str) -> None:
    """Leave out the picture at which every try before has failed, and go on with the next one.

    Where none was reached, it is the archive that cannot be read.
    """
    intake = ArchiveImport.find(*ArchiveImport.key(user_id, upload_id), consistent=True)
    if intake is None or intake.state != ExportState.WORKING:
        return
    if not intake.total:
        return _end(intake, ExportState.FAILED, "damaged")
    logger.error("picture %s of import %s is left out", int(intake.place), upload_id)
    _count(intake, int(intake.place), ImportResult.REFUSED)
    queue.enqueue(COMMAND, **_ids(intake))


def _go_through(intake: ArchiveImport, archive: ArchiveReader) -> bool:
    """True at the end of the archive."""
    until = time.monotonic() + SECONDS
    if not intake.total:
        _change(
            intake,
            [ArchiveImport.total.set(len(archive))],
            ArchiveImport.state == ExportState.WORKING,
        )
    for place in range(int(intake.place), len(archive)):
        if time.monotonic() > until:
            return False
        _count(intake, place, _import_picture(intake.user_id, archive.read(place)))
    return True


def _count(intake: ArchiveImport, place: int, outcome: ImportResult) -> None:
    """What became of the picture at this place, once."""
    counter = getattr(ArchiveImport, outcome)
    _change(
        intake, [counter.add(1), ArchiveImport.place.set(place + 1)], ArchiveImport.place == place
    )


def _import_picture(user_id: str, found: ImportedPicture | None) -> ImportResult:
    if found is None:
        return ImportResult.REFUSED
    outcomes = (source.import_picture(user_id, found) for source in sources())
    return next((outcome for outcome in outcomes if outcome), ImportResult.REFUSED)


def _end(intake: ArchiveImport, state: ExportState, reason: str | None = None) -> None:
    if intake.state == ExportState.WORKING:
        _tell(intake, state, reason)
    actions = [
        ArchiveImport.state.set(state),
        *([ArchiveImport.reason.set(reason)] if reason else []),
    ]
    _change(intake, actions, ArchiveImport.state == ExportState.WORKING)
    uploads.delete(intake.user_id, ARCHIVE, intake.id)
    scheduled_tasks.cancel(_again(intake), intake.id)


def _tell(intake: ArchiveImport, state: ExportState, reason: str | None) -> None:
    about = {"user_id": intake.user_id, "import_id": intake.id}
    if state == ExportState.FAILED:
        return events.publish("import.failed", **about, reason=reason)
    intake.refresh(consistent_read=True)
    events.publish("import.finished", **about, pictures=int(intake.new))


def _change(intake: ArchiveImport, actions: list[Any], condition: Any) -> None:
    if not intake.update_if(actions, condition=condition):
        logger.info("intake %s is looked after by another worker too", intake.id)


def _again(intake: ArchiveImport) -> datetime:
    moment: datetime = intake.created_at
    return moment + AGAIN


def _ids(intake: ArchiveImport) -> dict[str, Any]:
    return {"user_id": intake.user_id, "upload_id": intake.id}
