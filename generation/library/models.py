"""Items of the `content` table: the pictures that people own."""

from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table
from generation.jobs.models import Job, Slot

# What a list of pictures reads from the index (infra/data.yaml); any other attribute is None.
LIBRARY_PROJECTION = [
    *("job_id", "post_id", "alt", "width", "height", "thumbhash", "created_at"),
]


class LibraryIndex(GlobalSecondaryIndex[Any]):
    """`<sub>#library`: a user's pictures by id, which is by age."""

    class Meta:
        index_name = "grid"
        projection = IncludeProjection(LIBRARY_PROJECTION)

    grid = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Picture(Item):
    """`A#<id>/META` in `content`: a picture with its owner."""

    class Meta(dynamodb.Meta):
        table_name = table("content")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute(default="picture")
    id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    job_id = UnicodeAttribute()
    number = NumberAttribute()
    seed = NumberAttribute()
    width = NumberAttribute()
    height = NumberAttribute()
    thumbhash = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    alt = UnicodeAttribute(default="")  # the beginning of its prompt
    note = UnicodeAttribute(null=True)
    recipe: JSONAttribute = JSONAttribute()
    credits = NumberAttribute()
    post_id = UnicodeAttribute(null=True)
    grid = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute(default=now)
    grid_index = LibraryIndex()

    @classmethod
    def key(cls, picture_id: str) -> tuple[str, str]:
        return f"A#{picture_id}", "META"

    @classmethod
    def from_slot(cls, job: Job, slot: Slot, **more: Any) -> "Picture":
        """The picture of a job's slot; `more` holds the attributes a slot doesn't have."""
        return cls(
            *cls.key(slot.id),
            id=slot.id,
            owner_id=job.user_id,
            job_id=job.id,
            number=slot.number,
            seed=slot.seed,
            width=slot.width,
            height=slot.height,
            thumbhash=slot.thumbhash,
            sha256=slot.sha256,
            note=slot.note,
            grid=f"{job.user_id}#library",
            **more,
        )
