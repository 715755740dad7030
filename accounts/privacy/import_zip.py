"""Reads an uploaded export: an untrusted zip file, entry by entry.

Nothing is unpacked to disk, and no name from the file is used as a path. Declared sizes are not
trusted: reading stops at fixed limits. Users may have unpacked an export and zipped it with other
tools; files that those add are ignored.
"""

import json
import re
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from accounts.privacy.personal_data import ImportedPicture
from aptmagic.zip_reader import Damaged, NotAZip, TooLarge, ZipReader

# Some room above settings.EXPORT_PART_BYTES.
MAX_BYTES = 450_000_000
MAX_ENTRIES = 40_000
# The list of entries is kept in memory. An entry of our archives takes about 140 bytes.
MAX_DIRECTORY_BYTES = 8_000_000
MAX_RECORD_BYTES = 100_000
MAX_PICTURE_BYTES = 25_000_000
# Exports have one top folder; zipping them again may add others.
RECORD = re.compile(r"(?:[^/]{1,200}/){0,4}pictures/[^/]{1,200}\.json")
# macOS stores metadata of a file x in "._x", or in "__MACOSX/…/._x" in a zip file.
MACOS_METADATA = re.compile(r"(?:^|/)(?:__MACOSX/|\._[^/]*$)")
REASONS = {
    "missing": _("The upload failed, or the archive is larger than 450 MB. Please try again."),
    "no-archive": _("This isn’t an APT Magic archive. Choose the zip file you exported."),
    "damaged": _("This archive is damaged. Choose the original zip file you exported."),
    "too-many": _(
        "This archive is larger than any APT Magic archive. Choose the zip file you exported."
    ),
    "limit": _(
        "You’ve reached the daily import limit. Import the same archive again "
        "tomorrow to continue; pictures you already have are skipped."
    ),
}


class InvalidArchive(Exception):
    """`reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArchiveReader:
    """The pictures of an export, by position. Raises InvalidArchive."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = ZipReader(
                file, max_entries=MAX_ENTRIES, max_directory_bytes=MAX_DIRECTORY_BYTES
            )
        except TooLarge as error:
            raise InvalidArchive("too-many") from error
        except NotAZip as error:
            raise InvalidArchive("no-archive") from error
        except Damaged as error:
            raise InvalidArchive("damaged") from error
        self._names = [name for name in self._zip.entries if _is_record(name)]
        if not self._names:
            raise InvalidArchive("no-archive")

    def __len__(self) -> int:
        return len(self._names)

    def read(self, place: int) -> ImportedPicture | None:
        """None if the picture is missing or damaged, or has no valid record."""
        name = self._names[place]
        try:
            record = json.loads(self._zip.read(name, max_bytes=MAX_RECORD_BYTES))
            picture = f"{name.removesuffix('.json')}.png"
            content = self._zip.read(picture, max_bytes=MAX_PICTURE_BYTES)
        except (Damaged, KeyError, ValueError, RecursionError):
            return None
        return ImportedPicture(record, content) if isinstance(record, dict) else None


def _is_record(name: str) -> bool:
    return bool(RECORD.fullmatch(name)) and not MACOS_METADATA.search(name)
