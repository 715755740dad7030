"""Everything of somebody as zip files: asked for on a page, bound by the worker, kept for a week.

The worker binds one part at a time and says so before it takes the next. Whoever is killed leaves
a part that is bound anew; a chain that breaks is taken up by an errand within the hour.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from pynamodb.exceptions import UpdateError

from accounts import letters, profiles
from accounts.rights import binding, errands
from accounts.rights.holder import Shelved, holders
from accounts.rights.models import Archive, LatestArchive, Part, State
from aptmagic import aws, chores, events, limits, polling
from aptmagic.dynamo import (
    Cancelled,
    Work,
    absent,
    new_id,
    now,
    present,
    refused_by_condition,
    transaction,
)
from aptmagic.errors import NotFound

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
AGAIN = timedelta(hours=1)
# After so long nobody will ever bind it: its person is told, and may ask for another one.
PATIENCE = timedelta(days=1)
URL_SECONDS = 600
COMMAND = "build_archive"


def ask(user_id: str) -> Archive:
    """Have an archive made; the one that is being made, if there is one. Raises NotFound, TooMany.

    Of two clicks at once, one makes an archive and both get it.
    """
    latest = LatestArchive.find(*LatestArchive.key(user_id), consistent=True)
    if latest and (working := _working(user_id, latest.archive_id)):
        return working
    profile = profiles.own(user_id)
    limits.take("export", person=user_id)
    archive = _new(user_id, profile.handle)
    try:
        with transaction() as work:
            work.put_new("archive", archive)
            _be_the_latest(work, archive, latest)
            at = _again(archive)
            errands.add(work, at, archive.id, COMMAND, **_ids(archive), at=at.isoformat())
    except Cancelled as no:
        if not no.failed("latest"):
            raise
        return ask(user_id)  # the other click was faster
    chores.leave(COMMAND, **_ids(archive))
    return archive


def _working(user_id: str, archive_id: str) -> Archive | None:
    found = Archive.find(*Archive.key(user_id, archive_id), consistent=True)
    return found if found and found.state == State.WORKING else None


def _new(user_id: str, handle: str) -> Archive:
    archive_id = new_id()
    key = Archive.key(user_id, archive_id)
    return Archive(*key, id=archive_id, user_id=user_id, handle=handle, created_at=now())


def _be_the_latest(work: Work, archive: Archive, before: LatestArchive | None) -> None:
    """Label "latest" fails when another one was asked for since."""
    latest = LatestArchive(*LatestArchive.key(archive.user_id), archive_id=archive.id)
    same = LatestArchive.archive_id == before.archive_id if before else absent(LatestArchive)
    work.put("latest", latest, condition=same)


def of(user_id: str) -> list[Archive]:
    """Somebody's archives that are made or being made, newest first."""
    pk, sk = Archive.key(user_id, "")
    found = Archive.query(pk, Archive.sk.startswith(sk), scan_index_forward=False)
    return [archive for archive in found if not _over(archive)]


def get(user_id: str, archive_id: str) -> Archive:
    """Raises NotFound, also for one whose week is over."""
    archive = Archive.find(*Archive.key(user_id, archive_id), consistent=True)
    if archive is None or _over(archive):
        raise NotFound()
    return archive


def address(user_id: str, archive_id: str, number: int) -> str:
    """Where to fetch a part now. The address is good for minutes. Raises NotFound, Gone."""
    archive = get(user_id, archive_id)
    if archive.state != State.READY or not 0 <= number < len(archive.parts):
        raise NotFound()
    name = binding.file_name(archive, number)
    url: str = aws.client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.PRIVATE_BUCKET,
            "Key": binding.key(archive, number),
            "ResponseContentDisposition": f'attachment; filename="{name}"',
        },
        ExpiresIn=URL_SECONDS,
    )
    return url


@dataclass(frozen=True)
class PartView:
    number: int
    url: str
    name: str
    size: int
    pictures: int


@dataclass(frozen=True)
class ArchiveView:
    """An archive as its page and the API show it. `bound` of its `pictures` are in it so far."""

    id: str
    state: State
    created_at: datetime
    until: datetime | None
    pictures: int
    bound: int
    parts: list[PartView]

    @property
    def url(self) -> str:
        return reverse("settings:archive", args=[self.id])

    @property
    def working(self) -> bool:
        return self.state == State.WORKING

    @property
    def poll_after_ms(self) -> int:
        return polling.again_in_ms(self.created_at)


def view(archive: Archive) -> ArchiveView:
    parts = archive.parts or []
    return ArchiveView(
        id=archive.id,
        state=State(archive.state),
        created_at=archive.created_at,
        until=archive.expires_at,
        pictures=archive.pictures,
        bound=sum(int(part.pictures) for part in parts if part.done),
        parts=[_part(archive, number) for number in range(len(parts))],
    )


def _part(archive: Archive, number: int) -> PartView:
    part = archive.parts[number]
    return PartView(
        number=number + 1,
        url=reverse("settings:archive_part", args=[archive.id, number + 1]),
        name=binding.file_name(archive, number),
        size=int(part.size),
        pictures=int(part.pictures),
    )


# In the worker ----------------------------------------------------------------------------------
def build(user_id: str, archive_id: str, *, at: str = "") -> None:
    """One step: plan, or bind the next part, or say that all are there. Any number of times.

    An errand says of which moment it is.
    """
    archive = Archive.find(*Archive.key(user_id, archive_id), consistent=True)
    if archive is None:  # its person has left
        return errands.end(datetime.fromisoformat(at), archive_id) if at else None
    if archive.state == State.WORKING and now() - archive.created_at > PATIENCE:
        _change(archive, [Archive.state.set(State.FAILED)], Archive.state == State.WORKING)
    if archive.state != State.WORKING:
        return errands.end(_again(archive), archive_id)
    if not archive.parts:
        archive.parts = _plan(user_id)
        _change(archive, [Archive.parts.set(archive.parts)], Archive.parts.does_not_exist())
    waiting = [number for number, part in enumerate(archive.parts) if not part.done]
    if waiting:
        _bind(archive, waiting[0])
    if len(waiting) > 1:
        return chores.leave(COMMAND, **_ids(archive))
    _finish(archive)


def _plan(user_id: str) -> list[Part]:
    """Newest first, and as much in a part as it may hold; a part more than none."""
    shelved = [each for holder in holders() for each in holder.shelf(user_id)]
    parts = [Part(pictures=0, size=0, done=False)]
    held = 0
    for each in reversed(shelved):
        if parts[-1].first and held + each.size > settings.ARCHIVE_PART_BYTES:
            parts.append(Part(pictures=0, size=0, done=False))
            held = 0
        held += each.size
        _count_in(parts[-1], each)
    return parts


def _count_in(part: Part, shelved: Shelved) -> None:
    part.first = part.first or shelved.id
    part.last = shelved.id
    part.pictures += 1


def _bind(archive: Archive, number: int) -> None:
    size, pictures = binding.bind(archive, number)
    slot = Archive.parts[number]
    _change(
        archive,
        [slot["size"].set(size), slot["pictures"].set(pictures), slot["done"].set(True)],
        present(Archive),
    )
    archive.parts[number].done = True


def _finish(archive: Archive) -> None:
    """First tell, then be ready: who dies between the two tells it once more, to the same row."""
    events.tell("archive-ready", archive.user_id, object_id=archive.id, parts=len(archive.parts))
    letters.send("export-ready", archive.user_id, reference=archive.id)
    until = now() + KEPT
    actions = [Archive.state.set(State.READY), Archive.expires_at.set(until)]
    _change(archive, actions, Archive.state == State.WORKING)
    errands.end(_again(archive), archive.id)


def _change(archive: Archive, actions: list[Any], condition: Any) -> None:
    """Write it, unless somebody has been faster, who has written the same."""
    try:
        archive.update(actions, condition=condition)
    except UpdateError as error:
        if not refused_by_condition(error):
            raise
        logger.info("archive %s was changed by another worker", archive.id)
        archive.refresh(consistent_read=True)


def _again(archive: Archive) -> datetime:
    return archive.created_at + AGAIN


def _over(archive: Archive) -> bool:
    return archive.expires_at is not None and archive.expires_at < now()


def _ids(archive: Archive) -> dict[str, Any]:
    return {"user_id": archive.user_id, "archive_id": archive.id}
