"""The interface by which each app exports and erases the personal data it holds.

`settings.PERSONAL_DATA` names every PersonalDataSource. Each method may be called repeatedly.
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
    """A file of the export: its name, and its text in chunks, so that no file is held in memory."""

    name: str
    text: Iterable[str]


@dataclass(frozen=True)
class ExportItem:
    """A picture to be exported, and its size in bytes."""

    id: str
    size: int


@dataclass
class ExportedPicture:
    """A picture in the export. `files` maps names in it to keys of the private bucket."""

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
    likes: int | None = None  # None if it was never published
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
    """The result for one picture. Each value is a counter of ArchiveImport."""

    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class ImportedPicture:
    """A picture in an uploaded export; untrusted."""

    record: dict[str, Any]
    content: bytes


class PersonalDataSource:
    """Each app overrides the methods that apply to it."""

    def documents(self, user_id: str) -> Iterator[Document]:
        """Everything but pictures, as JSON and CSV."""
        yield from ()

    def list_pictures(self, user_id: str) -> Iterator[ExportItem]:
        """The user's pictures, oldest first."""
        yield from ()

    def export_pictures(self, user_id: str, ids: Sequence[str]) -> Iterator[ExportedPicture]:
        """These pictures in this order, without those deleted meanwhile."""
        yield from ()

    def annotate_pictures(self, user_id: str, exported: Sequence[ExportedPicture]) -> None:
        """Add what this app knows about pictures of other apps."""

    def import_picture(self, user_id: str, found: ImportedPicture) -> ImportResult | None:
        """Import a picture, once. None if it isn't of this app."""
        return None

    def revoke_access(self, user_id: str) -> None:
        """Revoke all access: sign-in, sessions and API tokens."""

    def erase(self, user_id: str, *, limit: int) -> bool:
        """Delete at most about `limit` items. True if nothing is left."""
        return True


@cache
def sources() -> tuple[PersonalDataSource, ...]:
    return tuple(import_string(name)() for name in settings.PERSONAL_DATA)


def json_list(rows: Iterable[Any]) -> Iterator[str]:
    """A JSON list, in chunks."""
    opening = "[\n"
    for row in rows:
        yield opening + json_value(row)
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def json_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV with a byte order mark, without which Excel misreads accented letters."""
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line([_escape_formula(_text(cell)) for cell in row])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _text(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _escape_formula(cell: str) -> str:
    """Spreadsheets run cells that look like formulas. Numbers may begin with a minus."""
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
    raise TypeError(f"{type(value).__name__} cannot be exported")
