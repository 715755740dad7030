"""Writes a part of an export: a zip file of pictures with their recipes, and an offline gallery.

All parts unpack into one folder and form one gallery. The first part has the newest pictures and
all other data. A part is written to an unnamed temporary file, which disappears with its process.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.template.loader import render_to_string
from django.utils import translation

from accounts.privacy.models import Export, ExportPart
from accounts.privacy.personal_data import ExportedPicture, json_value, sources
from accounts.profiles import preferences, profiles
from aptmagic.aws import storage

logger = logging.getLogger(__name__)

PICTURES_PER_PAGE = 60
# That many pictures are in memory at a time.
PARALLEL_DOWNLOADS = 8
FORMAT = 1  # version of the records


def folder(user_id: str) -> str:
    """The folder of a user's exports in the private bucket."""
    return f"exports/{user_id}/"


def part_key(archive: Export, number: int) -> str:
    return f"{folder(archive.user_id)}{archive.id}/{number}.zip"


def file_name(archive: Export, number: int) -> str:
    parts = len(archive.parts)
    which = f"-{number + 1}-of-{parts}" if parts > 1 else ""
    return f"apt-magic-{archive.handle}-{archive.created_at:%Y-%m-%d}{which}.zip"


def write_part(archive: Export, number: int) -> tuple[int, int]:
    """Write a part to the private bucket; returns its size in bytes and its number of pictures."""
    language = preferences.language_of(archive.user_id)
    with TemporaryFile() as file, translation.override(language):
        with ZipFile(file, "w") as zip_file:
            pictures = _PartWriter(archive, number, zip_file).write()
        size = file.tell()
        file.seek(0)
        storages["private"].save(part_key(archive, number), File(file))
    return size, pictures


@dataclass
class Page:
    """A page of the gallery, and its neighbours."""

    name: str
    newer: str | None
    older: str | None
    older_is_in_part: int | None = None


class _PartWriter:
    def __init__(self, archive: Export, number: int, zip_file: ZipFile) -> None:
        self.archive, self.number, self.zip_file = archive, number, zip_file
        self.root = f"apt-magic-{archive.handle}/"
        profile = profiles.get(archive.user_id)
        self.context: dict[str, Any] = {
            "archive": archive,
            "name": (profile.name if profile else None) or f"@{archive.handle}",
            "handle": archive.handle,
            "part": number + 1,
            "parts": len(archive.parts),
            "SITE_URL": settings.SITE_URL,
            "language": translation.get_language(),
        }

    def write(self) -> int:
        if self.number == 0:
            self._documents()
        self._text("look/gallery.css", render_to_string("export/gallery.css"))
        return self._gallery()

    # Documents -------------------------------------------------------------------------
    def _documents(self) -> None:
        self._text("README.txt", render_to_string("export/README.txt", self.context))
        for source in sources():
            for document in source.documents(self.archive.user_id):
                with self.zip_file.open(self._info(document.name), "w") as file:
                    for piece in document.text:
                        file.write(piece.encode())

    # Pictures -----------------------------------------------------------------------------------
    def _gallery(self) -> int:
        ids = _ids(self.archive.user_id, self.archive.parts[self.number])
        chunks = [
            ids[start : start + PICTURES_PER_PAGE]
            for start in range(0, len(ids), PICTURES_PER_PAGE)
        ] or [[]]
        count = 0
        for place, chunk in enumerate(chunks):
            pictures = self._pictures(chunk)
            page = self._gallery_page(place, len(chunks))
            self._html(page.name, "page", pictures=pictures, page=page)
            for at, picture in enumerate(pictures):
                newer = pictures[at - 1] if at else None
                older = pictures[at + 1] if at + 1 < len(pictures) else None
                about = {"picture": picture, "page": page, "newer": newer, "older": older}
                self._html(picture.page, "picture", **about)
            count += len(pictures)
        return count

    def _pictures(self, ids: Sequence[str]) -> list[ExportedPicture]:
        """Those whose files exist; their files have been written."""
        user_id = self.archive.user_id
        found = [each for source in sources() for each in source.export_pictures(user_id, ids)]
        for source in sources():
            source.annotate_pictures(user_id, found)
        kept = [picture for picture, files in _fetched(found) if self._keep(picture, files)]
        for picture in kept:
            self._text(picture.recipe, json_value({"format": FORMAT, **picture.record}) + "\n")
        return kept

    def _keep(self, picture: ExportedPicture, files: dict[str, bytes]) -> bool:
        if len(files) < len(picture.files):
            logger.warning("picture %s lacks a file and was left out", picture.id)
            return False
        for name, body in files.items():
            self.zip_file.writestr(self._info(name, picture.created_at, ZIP_STORED), body)
        return True

    def _gallery_page(self, place: int, pages: int) -> Page:
        number, parts = self.number, len(self.archive.parts)
        older_part = number + 1 if place == pages - 1 and number + 1 < parts else None
        older = _page_name(number, place + 1) if place + 1 < pages else None
        if older_part:
            older = _page_name(older_part, 0)
        newer = _page_name(number, place - 1) if place else None
        if place == 0 and number:
            newer = _page_name(0, 0)
        return Page(_page_name(number, place), newer, older, older_part and older_part + 1)

    # Files --------------------------------------------------------------------------------------
    def _html(self, name: str, template: str, **about: Any) -> None:
        up = "../" * name.count("/")
        self._text(
            name, render_to_string(f"export/{template}.html", {**self.context, "up": up, **about})
        )

    def _text(self, name: str, text: str) -> None:
        self.zip_file.writestr(self._info(name), text.encode())

    def _info(self, name: str, moment: datetime | None = None, kind: int = ZIP_DEFLATED) -> ZipInfo:
        moment = (moment or self.archive.created_at).astimezone(UTC)
        info = ZipInfo(self.root + name, date_time=moment.timetuple()[:6])
        info.compress_type = kind
        info.external_attr = 0o644 << 16
        return info


def _ids(user_id: str, part: ExportPart) -> list[str]:
    """The pictures of a part, newest first."""
    if not part.first:
        return []
    items = (each.id for source in sources() for each in source.list_pictures(user_id))
    return [each for each in reversed(list(items)) if part.last <= each <= part.first]


def _page_name(number: int, place: int) -> str:
    return "index.html" if (number, place) == (0, 0) else f"page-{number + 1}-{place + 1}.html"


def _fetched(
    pictures: Sequence[ExportedPicture],
) -> Iterator[tuple[ExportedPicture, dict[str, bytes]]]:
    """Each with those of its files that exist."""
    with ThreadPoolExecutor(max_workers=PARALLEL_DOWNLOADS) as together:
        for start in range(0, len(pictures), PARALLEL_DOWNLOADS):
            few = pictures[start : start + PARALLEL_DOWNLOADS]
            yield from zip(few, together.map(_files, few), strict=True)


def _files(picture: ExportedPicture) -> dict[str, bytes]:
    found = ((name, _file(key)) for name, key in picture.files.items())
    return {name: body for name, body in found if body is not None}


def _file(key: str) -> bytes | None:
    try:
        return storage.private().read(key)
    except FileNotFoundError:
        return None
