"""An archive that somebody brings: a zip file that nobody vouches for, read entry by entry.

Nothing is unpacked to a disk, and no name in it is used as one. What an entry says of its size is
not believed: no more is read than we take. People unpack an archive and pack it again with other
tools: what these add beside our files is passed over.
"""

import json
import re
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from accounts.privacy.personal_data import ImportedPicture
from aptmagic.zip_reader import Damaged, NotAZip, TooLarge, ZipReader

# The largest part that we bind, and some room.
MOST = 450_000_000
MOST_ENTRIES = 40_000
# The list of entries is held in memory: one of ours takes some 140 bytes of the file.
MOST_OF_A_LIST = 8_000_000
MOST_OF_A_RECORD = 100_000
MOST_OF_A_PICTURE = 25_000_000
# Ours is in one folder; who packs it again puts others around that.
RECORD = re.compile(r"(?:[^/]{1,200}/){0,4}pictures/[^/]{1,200}\.json")
# A Mac keeps what it knows of a file x in a second one: "._x", or "__MACOSX/…/._x" in a zip file.
OF_A_MAC = re.compile(r"(?:^|/)(?:__MACOSX/|\._[^/]*$)")
REASONS = {
    "missing": _("The upload failed, or the archive is larger than 450 MB. Please try again."),
    "no-archive": _("This isn’t an APT Magic archive. Choose the zip file you exported."),
    "damaged": _("This archive is damaged. Choose the original zip file you exported."),
    "too-many": _("This archive contains more than an APT Magic archive can."),
    "limit": _(
        "You’ve reached the daily import limit. Import the same archive again tomorrow to"
        " continue; pictures you already have are skipped."
    ),
}


class InvalidArchive(Exception):
    """`reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArchiveReader:
    """The pictures of an archive, by their place in it. Raises InvalidArchive."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = ZipReader(
                file, max_entries=MOST_ENTRIES, max_directory_bytes=MOST_OF_A_LIST
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
        """None for what is no picture with a record of ours."""
        name = self._names[place]
        try:
            record = json.loads(self._zip.read(name, max_bytes=MOST_OF_A_RECORD))
            picture = f"{name.removesuffix('.json')}.png"
            content = self._zip.read(picture, max_bytes=MOST_OF_A_PICTURE)
        except (Damaged, KeyError, ValueError, RecursionError):
            return None
        return ImportedPicture(record, content) if isinstance(record, dict) else None


def _is_record(name: str) -> bool:
    return bool(RECORD.fullmatch(name)) and not OF_A_MAC.search(name)
