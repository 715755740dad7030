"""A user's personal data in this app: pictures with their files and recipes, and jobs."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.privacy.personal_data import (
    Document,
    ExportedPicture,
    ExportItem,
    ImportedPicture,
    ImportResult,
    PersonalDataSource,
    json_list,
)
from aptmagic.aws import storage
from aptmagic.errors import Busy
from aptmagic.text import without_accents
from generation import attribution
from generation.jobs import outcome_messages
from generation.jobs.models import Job, JobItem, PictureState
from generation.library import importing, picture_files, presenters
from generation.library.models import Picture

NO_LETTER = re.compile(r"[^a-z0-9]+")


class PictureData(PersonalDataSource):
    def documents(self, user_id: str) -> Iterator[Document]:
        yield Document("data/jobs.json", json_list(_job(job) for job in _jobs(user_id)))

    def list_pictures(self, user_id: str) -> Iterator[ExportItem]:
        """The user's pictures with their size in bytes, oldest first, as the bucket lists them."""
        owned = {item.id for item in Picture.grid_index.query(f"{user_id}#library")}
        sizes: dict[str, int] = {}
        for file in storage.private().list_files(f"pictures/{user_id}/"):
            picture_id, _, name = file.key.removeprefix(f"pictures/{user_id}/").partition("/")
            wanted = name == picture_files.ORIGINAL or name.endswith(".webp")
            if wanted and picture_id in owned:
                sizes[picture_id] = sizes.get(picture_id, 0) + file.size
        yield from (ExportItem(picture_id, size) for picture_id, size in sizes.items())

    def export_pictures(self, user_id: str, ids: Sequence[str]) -> Iterator[ExportedPicture]:
        found = {
            item.id: item
            for item in Picture.batch_get([Picture.key(each) for each in ids], consistent_read=True)
        }
        for picture_id in ids:
            picture = found.get(picture_id)
            if picture is not None and picture.owner_id == user_id:
                yield _export_picture(picture)

    def import_picture(self, user_id: str, found: ImportedPicture) -> ImportResult | None:
        return importing.import_picture(user_id, found)

    def erase(self, user_id: str, *, limit: int) -> bool:
        return (
            self._erase_pictures(user_id, limit)
            and self._erase_jobs(user_id, limit)
            and storage.private().erase_folder(f"pictures/{user_id}/")
        )

    def _erase_pictures(self, user_id: str, limit: int) -> bool:
        found = list(Picture.grid_index.query(f"{user_id}#library", limit=limit))
        for picture in found:
            Picture(*Picture.key(picture.id)).delete()
        return not found

    def _erase_jobs(self, user_id: str, limit: int) -> bool:
        """Raises Busy while a job is live: its steps would go on writing."""
        mine = f"U#{user_id}"
        if any(not job.ended for job in Job.query(mine, Job.sk.startswith("J#"), limit=limit)):
            raise Busy(
                _("A picture is still being generated. Erasure continues when it has finished.")
            )
        found = list(JobItem.query(mine, consistent_read=True, limit=limit))
        for item in found:
            item.delete()
        return len(found) < limit


def _export_picture(picture: Picture) -> ExportedPicture:
    base = picture_files.folder(picture.owner_id, picture.id)
    recipe = dict(picture.recipe)
    words = recipe.get("prompt", "")
    exported = ExportedPicture(
        id=picture.id,
        name=_name(picture, words),
        words=words,
        alt=picture.alt or words,
        width=int(picture.width),
        height=int(picture.height),
        created_at=picture.created_at,
        facts=presenters.recipe_rows(recipe, picture.note),
        files={},
        record={
            "id": picture.id,
            "job": picture.job_id,
            "created_at": picture.created_at,
            "recipe": recipe,
            "alt": picture.alt,
            "note": picture.note or "",
            "width": int(picture.width),
            "height": int(picture.height),
            "sha256": picture.sha256,
            "post": picture.post_id,
            "credits": int(picture.credits),
        },
        notes=[attribution.translate(picture.note)] if picture.note else [],
    )
    exported.files = {
        exported.image: base + picture_files.ORIGINAL,
        exported.preview: base + _preview(int(picture.width)),
    }
    return exported


def _name(picture: Picture, words: str) -> str:
    """A readable, unique file name: the date, the first words, and the end of the id."""
    slug = NO_LETTER.sub("-", without_accents(words[:200]))[:40].strip("-")
    return "-".join(filter(None, (f"{picture.created_at:%Y-%m-%d}", slug, picture.id[-8:].lower())))


def _preview(width: int) -> str:
    sizes = picture_files.variant_widths(width)
    return f"{sizes[min(1, len(sizes) - 1)]}.webp"


def _jobs(user_id: str) -> Iterator[Job]:
    return iter(Job.query(f"U#{user_id}", Job.sk.startswith("J#")))


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
        "state": str(job.state),
        "request": job.request,
        "pictures": [
            slot.id for slot in job.slots if job.ended and slot.state == PictureState.READY
        ],
        "charged": int(job.charged),
        "message": outcome_messages.outcome_message(job),
    }
