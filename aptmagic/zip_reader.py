"""A reader for untrusted zip files, which checks limits before it reads.

Python's `zipfile` trusts what a file says about its own size: it reads a central directory of a
million entries, or one hidden in a zip64 record, before the caller can refuse it. Here the limits
are checked while the end record, the zip64 record and the central directory are parsed. It reads
the zip files of all common tools: with comments, data descriptors, zip64 records and bytes before
the archive, stored or compressed with Deflate, BZip2 or LZMA.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import bz2
import lzma
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

END = struct.Struct("<4s4H2LH")
END64_LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
LZMA_HEAD = struct.Struct("<2BHBL")
END_MARK, ENTRY_MARK, LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
END64_MARK, END64_LOCATOR_MARK = b"PK\x06\x06", b"PK\x06\x07"
LONGEST_COMMENT = 0xFFFF
# Means "the actual number is in the zip64 field".
IN_ZIP64 = 0xFFFFFFFF
ZIP64_FIELD = 0x0001
ENCRYPTED, UTF_8 = 0x1, 0x800
STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
# In bytes. The decompressor allocates whatever the file asks for.
MAX_LZMA_DICTIONARY = 64 * 1024 * 1024
CHUNK = 64 * 1024


class NotAZip(Exception):
    """The file has no end record, so it isn't a zip file."""


class Damaged(Exception):
    """The file contradicts itself, or an entry can't be read."""


class TooLarge(Exception):
    """More entries, or a larger central directory, than the reader's limits."""


@dataclass(frozen=True)
class Entry:
    """A file's record in the central directory; `start` is the offset of its local header."""

    name: str
    flags: int
    method: int
    checksum: int
    packed: int
    start: int


@dataclass(frozen=True)
class _End:
    """The end record: the number of entries, and the central directory's size and offset."""

    entries: int
    length: int
    start: int
    # Bytes before the archive, such as a self-extracting program.
    before: int


class ZipReader:
    """The entries of a zip file, by name. Raises NotAZip, Damaged.

    Raises TooLarge for more than `max_entries`, or a central directory of more than
    `max_directory_bytes`.
    """

    def __init__(self, file: BinaryIO, *, max_entries: int, max_directory_bytes: int) -> None:
        self._file = file
        end = _end(file)
        if end.entries > max_entries or end.length > max_directory_bytes:
            raise TooLarge
        if end.before < 0:
            raise Damaged
        self.entries = {entry.name: entry for entry in self._list(end, max_entries)}

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """The content of a file, up to `max_bytes`. Raises Damaged, also for more; KeyError."""
        entry = self.entries[name]
        if entry.flags & ENCRYPTED:
            raise Damaged
        if entry.method == STORED and entry.packed > max_bytes:
            raise Damaged
        content = _unpacked(entry, self._chunks(entry), max_bytes)
        if zlib.crc32(content) != entry.checksum:
            raise Damaged
        return content

    def _list(self, end: _End, max_entries: int) -> list[Entry]:
        self._file.seek(end.before + end.start)
        listed = self._file.read(end.length)
        found: list[Entry] = []
        place = 0
        while place < len(listed):
            if len(found) == max_entries:
                raise TooLarge  # whatever the end record says
            entry, place = _entry(listed, place, end.before)
            found.append(entry)
        if len(listed) < end.length:
            raise Damaged
        _refuse_overlaps(found, end)
        return found

    def _chunks(self, entry: Entry) -> Iterator[bytes]:
        self._file.seek(entry.start)
        mark, *_numbers, name, extra = _fields(LOCAL, self._file.read(LOCAL.size))
        if mark != LOCAL_MARK:
            raise Damaged
        self._file.seek(name + extra, os.SEEK_CUR)
        left = entry.packed
        while left > 0:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise Damaged
            left -= len(chunk)
            yield chunk


# The end of the file ------------------------------------------------------------------------------
def _end(file: BinaryIO) -> _End:
    size = file.seek(0, os.SEEK_END)
    tail_size = min(size, END.size + LONGEST_COMMENT)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = _end_in(tail)
    if at is None:
        file.seek(0)
        raise Damaged if file.read(4) == LOCAL_MARK else NotAZip
    _mark, *_disks, entries, length, start, _comment = END.unpack_from(tail, at)
    stop = size - tail_size + at
    if found := _end64(file, stop):
        entries, length, start, stop = found
    return _End(entries, length, start, before=stop - length - start)


def _end_in(tail: bytes) -> int | None:
    """The offset of the end record: the last one whose comment reaches the end of the file."""
    at = tail.rfind(END_MARK)
    while at >= 0:
        rest = tail[at:]
        if len(rest) >= END.size and END.size + END.unpack_from(rest)[-1] == len(rest):
            return at
        at = tail.rfind(END_MARK, 0, at)
    return None


def _end64(file: BinaryIO, stop: int) -> tuple[int, int, int, int] | None:
    """Entries, length, start and the record's own offset; None for a file without zip64.

    Where there is such a record, it overrides the end record, as in every other reader.
    """
    if stop < END64_LOCATOR.size + END64.size:
        return None
    file.seek(stop - END64_LOCATOR.size)
    mark, _disk, _start, disks = END64_LOCATOR.unpack(file.read(END64_LOCATOR.size))
    if mark != END64_LOCATOR_MARK:
        return None
    # Right before its locator, whose offset is wrong if there are bytes before the archive.
    at = stop - END64_LOCATOR.size - END64.size
    file.seek(at)
    mark, size, *_versions, entries, length, start = END64.unpack(file.read(END64.size))
    if mark != END64_MARK or size != END64.size - 12 or disks > 1:
        raise Damaged
    return entries, length, start, at


# The list of entries ------------------------------------------------------------------------------
def _entry(listed: bytes, place: int, before: int) -> tuple[Entry, int]:
    """The entry at an offset of the central directory, and the offset of the next one."""
    fields = _fields(ENTRY, listed[place : place + ENTRY.size])
    mark, _by, _for, flags, method, _time, _date, checksum, packed, size = fields[:10]
    name_size, extra_size, comment_size, _disk, _internal, _external, start = fields[10:]
    if mark != ENTRY_MARK:
        raise Damaged
    name_at = place + ENTRY.size
    extra_at = name_at + name_size
    name, extra = listed[name_at:extra_at], listed[extra_at : extra_at + extra_size]
    packed, start = _in_full(extra, size, packed, start)
    spelt = name.decode("utf-8" if flags & UTF_8 else "cp437", "replace").replace("\\", "/")
    entry = Entry(spelt, flags, method, checksum, packed, before + start)
    return entry, extra_at + extra_size + comment_size


def _in_full(extra: bytes, size: int, packed: int, start: int) -> tuple[int, int]:
    """Compressed size and offset, from the zip64 field if they don't fit into 32 bits."""
    wanted = [name for name in (size, packed, start) if name == IN_ZIP64]
    numbers = iter(_zip64(extra) if wanted else ())
    _size, packed, start = (
        next(numbers, -1) if each == IN_ZIP64 else each for each in (size, packed, start)
    )
    if packed < 0 or start < 0:
        raise Damaged
    return packed, start


def _zip64(extra: bytes) -> tuple[int, ...]:
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        field = extra[place + 4 : place + 4 + length]
        if kind == ZIP64_FIELD:
            return struct.unpack_from(f"<{len(field) // 8}Q", field)
        place += 4 + length
    return ()


def _refuse_overlaps(entries: list[Entry], end: _End) -> None:
    """A zip bomb has a thousand entries that share the same compressed bytes."""
    stop = end.before + end.start
    for entry in sorted(entries, key=lambda each: each.start, reverse=True):
        if entry.start + LOCAL.size + entry.packed > stop:
            raise Damaged
        stop = entry.start


def _fields(shape: struct.Struct, content: bytes) -> tuple[Any, ...]:
    if len(content) < shape.size:
        raise Damaged
    return shape.unpack_from(content)


# A file -------------------------------------------------------------------------------------------
def _unpacked(entry: Entry, chunks: Iterator[bytes], max_bytes: int) -> bytes:
    content = bytearray()
    try:
        for chunk in _decompressed(entry.method, chunks, max_bytes + 1):
            content += chunk
            if len(content) > max_bytes:
                raise Damaged
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
        raise Damaged from error
    return bytes(content)


def _decompressed(method: int, chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The content in chunks of at most `max_bytes`; the checksum tells whether it is complete."""
    if method == STORED:
        yield from chunks
    elif method == DEFLATED:
        yield from _inflated(chunks, max_bytes)
    elif method == BZIP2:
        yield from _decompressed_stepwise(bz2.BZ2Decompressor(), chunks, max_bytes)
    elif method == LZMA:
        head = next(chunks, b"")
        rest = chain([head[LZMA_HEAD.size :]], chunks)
        yield from _decompressed_stepwise(_lzma(head), rest, max_bytes)
    else:
        raise Damaged


def _inflated(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in chunks:
        waiting = chunk
        while waiting and not unpacker.eof:
            yield unpacker.decompress(waiting, max_bytes)
            waiting = unpacker.unconsumed_tail
    yield unpacker.flush()


def _decompressed_stepwise(
    unpacker: Any, chunks: Iterator[bytes], max_bytes: int
) -> Iterator[bytes]:
    for chunk in chunks:
        if unpacker.eof:
            return
        yield unpacker.decompress(chunk, max_bytes)
        while not (unpacker.eof or unpacker.needs_input):
            yield unpacker.decompress(b"", max_bytes)


def _lzma(head: bytes) -> lzma.LZMADecompressor:
    """A decompressor with the properties in the file's first bytes."""
    _major, _minor, _size, said, dictionary = _fields(LZMA_HEAD, head)
    if dictionary > MAX_LZMA_DICTIONARY:
        raise Damaged
    said, literal_context = divmod(said, 9)
    position, literal_position = divmod(said, 5)
    properties = {"lc": literal_context, "lp": literal_position, "pb": position}
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, **properties}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
