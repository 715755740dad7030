"""A user's pictures: find, list and delete them."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aptmagic.aws.dynamodb import ConditionFailed, Page, Work, exists, transaction
from aptmagic.errors import Conflict, NotFound
from generation.jobs.models import Job, PictureState
from generation.library import picture_files
from generation.library.models import Picture


def get_own(user_id: str, picture_id: str) -> Picture:
    """The user's own picture. Raises NotFound."""
    picture = Picture.find(*Picture.key(picture_id), consistent=True)
    if picture is None or picture.owner_id != user_id:
        raise NotFound()
    return picture


def list_pictures(user_id: str, *, limit: int = 24, before: str | None = None) -> Page[Picture]:
    """A user's pictures, newest first; `before` is the id of the last one seen."""
    older = Picture.id < before if before else None
    found = list(
        Picture.grid_index.query(
            f"{user_id}#library", older, scan_index_forward=False, limit=limit + 1
        )
    )
    return Page(found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def delete(user_id: str, picture_id: str) -> None:
    """Delete a picture for good. Raises NotFound, and Conflict while it is published."""
    picture = get_own(user_id, picture_id)
    if picture.post_id:
        raise Conflict(_("This picture is published. Unpublish it before deleting it."))
    # The task comes before the item: if the process dies in between, the task finds the picture
    # still owned and does nothing, and no file is left behind.
    picture_files.delete_later(
        settings.PRIVATE_BUCKET,
        picture_files.folder(user_id, picture_id),
        unless=Picture.key(picture_id),
    )
    try:
        with transaction() as work:
            unpublished = exists(picture) & Picture.post_id.does_not_exist()
            work.delete("picture", picture, condition=unpublished)
            _leave_job(work, picture)
    except ConditionFailed as no:
        raise Conflict(
            _("This picture was just published or deleted somewhere else. Reload and try again.")
        ) from no


def _leave_job(work: Work, picture: Picture) -> None:
    """Mark its slot as deleted, so that the job no longer shows it."""
    job = Job(*Job.key(picture.owner_id, picture.job_id))
    slot: Any = Job.slots[int(picture.number)]
    work.update(
        "job", job, actions=[slot["state"].set(str(PictureState.GONE))], condition=exists(job)
    )
