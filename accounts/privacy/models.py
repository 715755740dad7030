"""Items of the `users` table: exports and imports."""

from enum import StrEnum

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from accounts.users_table import UserItem
from aptmagic.aws.dynamodb import Map


class ExportState(StrEnum):
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


class ExportPart(Map):
    """One file of an export: the pictures from `first` to `last`, newest first."""

    first = UnicodeAttribute(null=True)
    last = UnicodeAttribute(null=True)
    pictures = NumberAttribute(default=0)
    size = NumberAttribute(default=0)  # in bytes, once it is built
    done = BooleanAttribute(default=False)


class Export(UserItem):
    """`U#<sub>/ARCHIVE#<ulid>`: an export of all data. Expires after a week."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    handle = UnicodeAttribute()
    state = UnicodeAttribute(default=ExportState.WORKING)
    parts: ListAttribute[ExportPart] = ListAttribute(
        of=ExportPart, null=True
    )  # None until it is planned

    @classmethod
    def key(cls, user_id: str, archive_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"ARCHIVE#{archive_id}"

    @property
    def pictures(self) -> int:
        return sum(int(part.pictures) for part in self.parts or ())


class LatestExport(UserItem):
    """`U#<sub>/ARCHIVES`: the newest export, so that two requests start one."""

    archive_id = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "ARCHIVES"


class ArchiveImport(UserItem):
    """`U#<sub>/IMPORT#<upload>`: an import and its progress."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    state = UnicodeAttribute(default=ExportState.WORKING)
    reason = UnicodeAttribute(null=True)  # why it failed; a key of import_zip.REASONS
    total = NumberAttribute(default=0)
    place = NumberAttribute(default=0)  # position of the next picture
    new = NumberAttribute(default=0)
    known = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str, upload_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"IMPORT#{upload_id}"
