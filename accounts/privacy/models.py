"""Items of the `users` table: archives that somebody asked for, and errands for a later day."""

from enum import StrEnum

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from accounts.tables import UserItem
from aptmagic.aws.dynamodb import Map


class ExportState(StrEnum):
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


class ExportPart(Map):
    """One file of an archive: the pictures from its `first` to its `last`, newest first."""

    first = UnicodeAttribute(null=True)
    last = UnicodeAttribute(null=True)
    pictures = NumberAttribute(default=0)
    size = NumberAttribute(default=0)  # in bytes, once it is there
    done = BooleanAttribute(default=False)


class Export(UserItem):
    """`U#<sub>/ARCHIVE#<ulid>`: everything of somebody, to take along. It goes after a week."""

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
    """`U#<sub>/ARCHIVES`: the archive that was asked for last, so that two clicks make one."""

    archive_id = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "ARCHIVES"


class ArchiveImport(UserItem):
    """`U#<sub>/INTAKE#<upload>`: an archive that somebody brings back, and how far we are."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    state = UnicodeAttribute(default=ExportState.WORKING)
    reason = UnicodeAttribute(null=True)  # why nothing could be done with it
    total = NumberAttribute(default=0)
    place = NumberAttribute(default=0)  # so many have been looked at
    new = NumberAttribute(default=0)
    known = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str, upload_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"INTAKE#{upload_id}"
