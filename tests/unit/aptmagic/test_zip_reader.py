"""Zip files of strangers: those of every common tool are read, and none gets round the limits."""

import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aptmagic.zip_reader import IN_ZIP64, Damaged, NotAZip, TooLarge, ZipReader

FILES = {"a/pictures/1.json": b'{"id": 1}', "a/pictures/1.png": b"pixels " * 5000, "a/": b""}


def zipped(files: dict[str, bytes] | None = None, **how: Any) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", **how) as book:
        for name, body in (FILES if files is None else files).items():
            book.writestr(name, body)
    return file.getvalue()


def reader(content: bytes, *, entries: int = 100, length: int = 10_000) -> ZipReader:
    return ZipReader(BytesIO(content), max_entries=entries, max_directory_bytes=length)


def contents(content: bytes) -> dict[str, bytes]:
    found = reader(content)
    return {name: found.read(name, max_bytes=50_000) for name in found.entries}


class Stream(RawIOBase):
    """A pipe, to which one can only write: zipfile adds data descriptors then."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.written += bytes(piece)
        return len(piece)


def streamed() -> bytes:
    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:  # type: ignore[call-overload]
        for name, body in FILES.items():
            book.writestr(name, body)
    return bytes(stream.written)


def commented() -> bytes:
    file = BytesIO(zipped())
    with zipfile.ZipFile(file, "a") as book:
        book.comment = b"of my holidays PK\x05\x06 and others"
    return file.getvalue()


def in_zip64() -> bytes:
    """As tools write that do not know how much will come."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in FILES.items():
            with book.open(name, "w", force_zip64=True) as entry:
                entry.write(body)
    return with_zip64_end(file.getvalue())


def with_zip64_end(content: bytes, *, entries: int | None = None) -> bytes:
    """The same with a zip64 end record; the small one says that it is elsewhere, or `entries`."""
    *_marks, number, length, start, _comment = struct.unpack("<4s4H2LH", content[-22:])
    at = len(content) - 22
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, length, start)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    said = (0xFFFF, IN_ZIP64, IN_ZIP64) if entries is None else (entries, 46, start)
    small = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, said[0], *said, 0)
    return content[:at] + end64 + place + small


TOOLS: dict[str, Callable[[], bytes]] = {
    "stored": zipped,
    "deflated": lambda: zipped(compression=zipfile.ZIP_DEFLATED),
    "bzip2": lambda: zipped(compression=zipfile.ZIP_BZIP2),
    "lzma": lambda: zipped(compression=zipfile.ZIP_LZMA),
    "streamed, with data descriptors": streamed,
    "with a comment": commented,
    "in zip64": in_zip64,
    "after a program that unpacks it": lambda: b"MZ\x90 a program" + zipped(),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_zip_files_of_common_tools_are_read(tool: str) -> None:
    assert contents(TOOLS[tool]()) == FILES


def test_names_have_slashes_whatever_system_wrote_them() -> None:
    assert set(contents(zipped({"a\\pictures\\1.json": b"{}"}))) == {"a/pictures/1.json"}


def test_numbers_in_the_zip64_field_are_read() -> None:
    whole = zipped({"a": b"some words"})
    at, end = whole.index(b"PK\1\2"), len(whole) - 22
    entry = bytearray(whole[at:end])
    entry[20:28] = struct.pack("<2L", IN_ZIP64, IN_ZIP64)
    entry[42:46] = struct.pack("<L", IN_ZIP64)
    extra = struct.pack("<2H", 9, 2) + b"??" + struct.pack("<2H3Q", 1, 24, 10, 10, 0)
    entry[30:32] = struct.pack("<H", len(extra))
    listed = bytes(entry) + extra
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(listed), at, 0)
    assert contents(whole[:at] + listed + ending) == {"a": b"some words"}
    with pytest.raises(Damaged):
        reader(whole[:at] + listed[:-16] + b"?" * 16 + ending)


def entries_of_nothing(number: int) -> bytes:
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 6, 0, 0, 0, 1, *[0] * 4, 0, 0) + b"a"
    listed = entry * number
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, number % 65536, number % 65536, len(listed), 0, 0
    )
    return listed + end


@pytest.mark.parametrize("hidden", [True, False])
def test_a_directory_of_600_000_entries_is_refused_unread(hidden: bool) -> None:
    content = entries_of_nothing(600_002)
    if hidden:
        content = with_zip64_end(content, entries=1)
    file = BytesIO(content)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            ZipReader(file, max_entries=40_000, max_directory_bytes=8_000_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_an_end_record_with_too_low_a_count_does_not_evade_the_limit() -> None:
    content = bytearray(entries_of_nothing(200))
    content[-14:-10] = struct.pack("<2H", 1, 1)
    with pytest.raises(TooLarge):
        reader(bytes(content))


def test_no_more_is_decompressed_than_the_reader_allows() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        bomb = reader(zipped({"bomb": bytes(30_000_000)}, compression=method))
        tracemalloc.start()
        try:
            with pytest.raises(Damaged):
                bomb.read("bomb", max_bytes=1_000_000)
            assert tracemalloc.get_traced_memory()[1] < 12_000_000
        finally:
            tracemalloc.stop()


def test_lzma_memory_is_limited() -> None:
    content = bytearray(zipped({"a": b"x" * 100}, compression=zipfile.ZIP_LZMA))
    at = content.index(b"a", 30) + 1
    content[at + 5 : at + 9] = struct.pack("<L", 2**32 - 1)
    with pytest.raises(Damaged):
        reader(bytes(content)).read("a", max_bytes=1000)


def test_entries_that_share_their_bytes_are_refused() -> None:
    whole = zipped({"a": b"x" * 100, "b": b"y" * 100})
    start = struct.unpack("<L", whole[-6:-2])[0]
    second = whole.index(b"PK\1\2", start + 4)
    overlapping = whole[: second + 42] + struct.pack("<L", 0) + whole[second + 46 :]
    with pytest.raises(Damaged):
        reader(overlapping)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda zip: b"", NotAZip),
        (lambda zip: b"hello, this is a letter and no archive at all", NotAZip),
        (lambda zip: zip[:-30], Damaged),
        (lambda zip: zip + b"more", Damaged),
        (lambda zip: zip[: len(zip) // 2] + zip[-22:], Damaged),
    ],
)
def test_an_incomplete_zip_file_is_refused(
    spoil: Callable[[bytes], bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        reader(spoil(zipped()))


def test_a_file_with_another_checksum_or_a_password_is_not_read() -> None:
    whole = zipped({"a": b"some words"})
    with pytest.raises(Damaged):
        reader(whole.replace(b"some words", b"same words")).read("a", max_bytes=100)
    at = whole.index(b"PK\1\2") + 8
    locked = whole[:at] + b"\1" + whole[at + 1 :]
    with pytest.raises(Damaged):
        reader(locked).read("a", max_bytes=100)


@given(
    tool=some.sampled_from(sorted(TOOLS)), at=some.integers(0, 3000), junk=some.binary(max_size=30)
)
def test_a_zip_file_with_some_bytes_changed_is_read_or_refused(
    tool: str, at: int, junk: bytes
) -> None:
    content = bytearray(TOOLS[tool]())
    at %= len(content)
    content[at : at + len(junk)] = junk
    try:
        found = reader(bytes(content))
    except (Damaged, NotAZip, TooLarge):
        return
    for name, entry in found.entries.items():
        try:
            assert zlib.crc32(found.read(name, max_bytes=50_000)) == entry.checksum
        except Damaged:
            continue
