"""What each app says of the personal data it holds; `settings.PERSONAL_DATA` names them all.

An app that keeps something of somebody has a PersonalDataSource, and does in it whatever
applies. Every verb
may be repeated, and each that changes something says whether it has got to its end.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Document:
    """A file of the archive: its name, and its text in pieces, so that no file is ever whole."""

    name: str
    text: Iterable[str]


@dataclass(frozen=True)
class ExportItem:
    """A picture that is to be taken along, and how many bytes it is."""

    id: str
    size: int


@dataclass
class ExportedPicture:
    """A picture as the archive shows it. `files` maps names in it to keys of the private bucket."""

    id: str
    name: str
    words: str
    alt: str
    width: int
    height: int
    created_at: datetime
    facts: list[tuple[str, str]]
    files: dict[str, str]
    record: dict[str, Any]
    caption: str = ""
    tags: Sequence[str] = ()
    likes: int | None = None  # None where it was never shown to others
    notes: list[str] = field(default_factory=list)

    @property
    def image(self) -> str:
        return f"pictures/{self.name}.png"

    @property
    def preview(self) -> str:
        return f"pictures/{self.name}.webp"

    @property
    def page(self) -> str:
        return f"pictures/{self.name}.html"

    @property
    def recipe(self) -> str:
        return f"pictures/{self.name}.json"


class ImportResult(StrEnum):
    """What became of a picture of an archive. Each is a counter of its ArchiveImport."""

    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class ImportedPicture:
    """A picture in an archive that somebody sent us: nothing of it is to be believed."""

    record: dict[str, Any]
    content: bytes


class PersonalDataSource:
    """Does nothing; each app overrides what applies to it."""

    def documents(self, user_id: str) -> Iterator[Document]:
        """Everything but pictures, as files for machines."""
        yield from ()

    def list_pictures(self, user_id: str) -> Iterator[ExportItem]:
        """The pictures there are, oldest first."""
        yield from ()

    def export_pictures(self, user_id: str, ids: Sequence[str]) -> Iterator[ExportedPicture]:
        """Those of these pictures that are still there, in this order."""
        yield from ()

    def annotate_pictures(self, user_id: str, exported: Sequence[ExportedPicture]) -> None:
        """Say of other apps' pictures what this app knows of them."""

    def import_picture(self, user_id: str, found: ImportedPicture) -> ImportResult | None:
        """Take in a picture of an archive, once. None for what is not this app's."""
        return None

    def revoke_access(self, user_id: str) -> None:
        """Let nobody in any more in this person's name."""

    def erase(self, user_id: str, *, limit: int) -> bool:
        """Delete at most about `limit` things. True when nothing is left here."""
        return True


@cache
def sources() -> tuple[PersonalDataSource, ...]:
    return tuple(import_string(name)() for name in settings.PERSONAL_DATA)


def json_list(rows: Iterable[Any]) -> Iterator[str]:
    """A JSON list, one row after the other."""
    opening = "[\n"
    for row in rows:
        yield opening + json_value(row)
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def json_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV with a byte order mark: without one, Excel reads every accent wrong."""
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line([_harmless(_text(cell)) for cell in row])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _text(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _harmless(cell: str) -> str:
    """A spreadsheet would run a cell that looks like a formula; numbers may begin with a minus."""
    is_formula = cell[:1] in ("=", "+", "@", "\t", "\r") or (
        cell[:1] == "-" and not cell[1:].replace(".", "", 1).isdigit()
    )
    return f"'{cell}" if is_formula else cell


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, float) or hasattr(value, "as_tuple"):
        return int(value)
    raise TypeError(f"{type(value).__name__} is not for an archive")
