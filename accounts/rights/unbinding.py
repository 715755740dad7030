"""An archive that somebody brings: a zip file that nobody vouches for, read entry by entry.

Nothing is unpacked to a disk, and no name in it is used as one. What an entry says of its size is
not believed: no more is read than we take.
"""

import json
import os
import re
import struct
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as DamagedStream

from django.utils.translation import gettext_lazy as _

from accounts.rights.holder import Found

# The largest part that we bind, and some room.
MOST = 450_000_000
MOST_ENTRIES = 40_000
# The list of entries is held in memory: one of ours takes some 140 bytes of the file.
MOST_OF_A_LIST = 8_000_000
MOST_OF_A_RECORD = 100_000
MOST_OF_A_PICTURE = 25_000_000
RECORD = re.compile(r"(?:[^/]{1,200}/){0,2}pictures/[^/]{1,200}\.json")
ENCRYPTED = 0x1
# The end of a zip file without a comment: its signature, entries, and the list's size.
END = struct.Struct("<4s4H2LH")
REASONS = {
    "missing": _("The archive did not arrive, or is larger than 450 MB; please send it again."),
    "no-archive": _("This is no archive of this site: send the zip file as you got it from us."),
    "damaged": _("This archive is damaged; please send the zip file as you got it from us."),
    "too-many": _("This archive holds more than an archive of this site does."),
}
NONSENSE = (BadZipFile, DamagedStream, OSError, EOFError, ValueError, RuntimeError, KeyError)


class Unreadable(Exception):
    """`reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unbound:
    """The pictures of an archive, by their place in it. Raises Unreadable."""

    def __init__(self, file: BinaryIO) -> None:
        _look_at_its_end(file)
        try:
            self._book = ZipFile(file)
            self._names = [name for name in self._book.namelist() if RECORD.fullmatch(name)]
        except NONSENSE as error:
            raise Unreadable("damaged") from error
        if not self._names:
            raise Unreadable("no-archive")

    def __len__(self) -> int:
        return len(self._names)

    def read(self, place: int) -> Found | None:
        """None for what is no picture with a record of ours."""
        name = self._names[place]
        try:
            record = json.loads(self._read(name, MOST_OF_A_RECORD))
            content = self._read(f"{name.removesuffix('.json')}.png", MOST_OF_A_PICTURE)
        except (*NONSENSE, RecursionError):
            return None
        return Found(record, content) if isinstance(record, dict) else None

    def _read(self, name: str, most: int) -> bytes:
        info = self._book.getinfo(name)
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadZipFile(name)
        with self._book.open(info) as entry:
            content = entry.read(most + 1)
        if len(content) > most:
            raise ValueError(name)
        return content


def _look_at_its_end(file: BinaryIO) -> None:
    """Before the list of entries is read: ours are never in the format for huge files."""
    size = file.seek(0, os.SEEK_END)
    if size < END.size:
        raise Unreadable("no-archive")
    file.seek(size - END.size)
    signature, *_disks, entries, length, start, comment = END.unpack(file.read(END.size))
    if signature != b"PK\x05\x06" or comment:
        file.seek(0)
        raise Unreadable("damaged" if file.read(2) == b"PK" else "no-archive")
    if entries > MOST_ENTRIES or length > MOST_OF_A_LIST:
        raise Unreadable("too-many")
    if start + length > size:
        raise Unreadable("damaged")
