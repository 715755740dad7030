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
from pynamodb.exceptions import UpdateError

from accounts.rights import errands, unbinding
from accounts.rights.holder import Found, Outcome, holders
from accounts.rights.models import Intake, State
from accounts.rights.unbinding import Unbound, Unreadable
from aptmagic import chores, events, limits, polling, uploads
from aptmagic.dynamo import Cancelled, now, refused_by_condition, transaction
from aptmagic.errors import Busy, Invalid, NotFound, TooMany
from aptmagic.uploads import ARCHIVE, Offer

logger = logging.getLogger(__name__)

MOST = unbinding.MOST
AGAIN = timedelta(hours=1)
PATIENCE = timedelta(days=1)
SHOWN_FOR = timedelta(days=7)
COMMAND = "take_archive_in"
# Well below what a Lambda may take, with the fetching of the archive.
SECONDS = 80
# After this long it is tried again what a service had no time for.
PAUSE_SECONDS = 60


def offer(user_id: str) -> Offer:
    """A form by which a browser sends an archive."""
    return uploads.offer(user_id, ARCHIVE, most=MOST, back=_page)


def _page(upload_id: str) -> str:
    return reverse("settings:intake", args=[upload_id])


def begin(user_id: str, upload_id: str) -> Intake:
    """Have what was sent taken in, once. Raises Invalid when nothing has come."""
    if begun := Intake.find(*Intake.key(user_id, upload_id), consistent=True):
        return begun
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        raise Invalid(str(unbinding.REASONS["missing"]))
    limits.take("import", person=user_id)
    key = Intake.key(user_id, upload_id)
    intake = Intake(*key, id=upload_id, user_id=user_id, created_at=now())
    intake.expires_at = now() + SHOWN_FOR
    at = _again(intake)
    try:
        with transaction() as work:
            work.put_new("intake", intake)
            errands.add(work, at, upload_id, COMMAND, **_ids(intake), at=at.isoformat())
    except Cancelled:
        return get(user_id, upload_id)  # the browser asked twice
    chores.leave(COMMAND, **_ids(intake))
    return intake


def get(user_id: str, upload_id: str) -> Intake:
    """Raises NotFound."""
    found = Intake.find(*Intake.key(user_id, upload_id), consistent=True)
    if found is None:
        raise NotFound()
    return found


def latest(user_id: str) -> Intake | None:
    pk, sk = Intake.key(user_id, "")
    newest = Intake.query(pk, Intake.sk.startswith(sk), scan_index_forward=False, limit=1)
    return next(iter(newest), None)


@dataclass(frozen=True)
class IntakeView:
    """An intake as its page shows it."""

    id: str
    state: State
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
        return self.state == State.WORKING

    @property
    def poll_after_ms(self) -> int:
        return polling.again_in_ms(self.created_at)


def view(intake: Intake) -> IntakeView:
    return IntakeView(
        id=intake.id,
        state=State(intake.state),
        created_at=intake.created_at,
        total=int(intake.total),
        place=int(intake.place),
        new=int(intake.new),
        known=int(intake.known),
        refused=int(intake.refused),
        reason=str(unbinding.REASONS[intake.reason]) if intake.reason else "",
    )


# In the worker ----------------------------------------------------------------------------------
def take_in(user_id: str, upload_id: str, *, at: str = "") -> None:
    """As many pictures as time allows. Any number of times; an errand says of which moment."""
    intake = Intake.find(*Intake.key(user_id, upload_id), consistent=True)
    if intake is None:  # its person has left
        uploads.forget(user_id, ARCHIVE, upload_id)
        return errands.end(datetime.fromisoformat(at), upload_id) if at else None
    if intake.state == State.WORKING and now() - intake.created_at > PATIENCE:
        return _end(intake, State.FAILED, "damaged")
    if intake.state != State.WORKING:
        return _end(intake, State(intake.state), intake.reason)
    if uploads.size(user_id, ARCHIVE, upload_id) is None:
        return _end(intake, State.FAILED, "missing")
    try:
        with TemporaryFile() as file:
            uploads.save(user_id, ARCHIVE, upload_id, file)
            done = _go_through(intake, Unbound(file))
    except Unreadable as unreadable:
        return _end(intake, State.FAILED, unreadable.reason)
    except TooMany:
        return _end(intake, State.READY, "limit")
    except Busy:
        return chores.leave(COMMAND, delay=PAUSE_SECONDS, **_ids(intake))
    if not done:
        return chores.leave(COMMAND, **_ids(intake))
    _end(intake, State.READY)


def skip(user_id: str, upload_id: str) -> None:
    """Leave out the picture at which every try before has failed, and go on with the next one.

    Where none was reached, it is the archive that cannot be read.
    """
    intake = Intake.find(*Intake.key(user_id, upload_id), consistent=True)
    if intake is None or intake.state != State.WORKING:
        return
    if not intake.total:
        return _end(intake, State.FAILED, "damaged")
    logger.error("picture %s of import %s is left out", int(intake.place), upload_id)
    _count(intake, int(intake.place), Outcome.REFUSED)
    chores.leave(COMMAND, **_ids(intake))


def _go_through(intake: Intake, archive: Unbound) -> bool:
    """True at the end of the archive."""
    until = time.monotonic() + SECONDS
    if not intake.total:
        _change(intake, [Intake.total.set(len(archive))], Intake.state == State.WORKING)
    for place in range(int(intake.place), len(archive)):
        if time.monotonic() > until:
            return False
        _count(intake, place, _admit(intake.user_id, archive.read(place)))
    return True


def _count(intake: Intake, place: int, outcome: Outcome) -> None:
    """What became of the picture at this place, once."""
    counter = getattr(Intake, outcome)
    _change(intake, [counter.add(1), Intake.place.set(place + 1)], Intake.place == place)


def _admit(user_id: str, found: Found | None) -> Outcome:
    if found is None:
        return Outcome.REFUSED
    outcomes = (holder.admit(user_id, found) for holder in holders())
    return next((outcome for outcome in outcomes if outcome), Outcome.REFUSED)


def _end(intake: Intake, state: State, reason: str | None = None) -> None:
    if intake.state == State.WORKING:
        _tell(intake, state, reason)
    actions = [Intake.state.set(state), *([Intake.reason.set(reason)] if reason else [])]
    _change(intake, actions, Intake.state == State.WORKING)
    uploads.forget(intake.user_id, ARCHIVE, intake.id)
    errands.end(_again(intake), intake.id)


def _tell(intake: Intake, state: State, reason: str | None) -> None:
    about: dict[str, Any] = {"object_id": intake.id}
    if state == State.FAILED:
        return events.tell("import-failed", intake.user_id, reason=reason, **about)
    intake.refresh(consistent_read=True)
    events.tell("archive-taken-in", intake.user_id, pictures=int(intake.new), **about)


def _change(intake: Intake, actions: list[Any], condition: Any) -> None:
    try:
        intake.update(actions, condition=condition)
    except UpdateError as error:
        if not refused_by_condition(error):
            raise
        logger.info("intake %s is looked after by another worker too", intake.id)


def _again(intake: Intake) -> datetime:
    moment: datetime = intake.created_at
    return moment + AGAIN


def _ids(intake: Intake) -> dict[str, Any]:
    return {"user_id": intake.user_id, "upload_id": intake.id}
