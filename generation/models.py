"""Items of the `jobs` table, and the picture in `content`: work under way and what came of it."""

from enum import StrEnum
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from aptmagic import dynamo
from aptmagic.dynamo import Item, now, table


class State(StrEnum):
    """Of a job. It moves down this list, never up, and leaves the live states once."""

    WAITING = "waiting"  # for another job of the same person to end
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = (State.WAITING, State.QUEUED, State.RUNNING)
ENDED = tuple(state for state in State if state not in LIVE)


class Drawn(StrEnum):
    """State of one picture of a job."""

    WAITING = "waiting"
    DRAWING = "drawing"
    STORED = "stored"  # the original is in the bucket
    READY = "ready"  # its variants too
    GONE = "gone"  # its owner has deleted it
    REFUSED = "refused"
    FAILED = "failed"


class JobItem(Item):
    class Meta(dynamo.Meta):
        table_name = table("jobs")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)


class Slot(MapAttribute[str, Any]):
    """One picture of a job: where it stands and what is known of it."""

    id = UnicodeAttribute()
    number = NumberAttribute()
    seed = NumberAttribute()
    state = UnicodeAttribute(default=Drawn.WAITING)
    reason = UnicodeAttribute(null=True)
    width = NumberAttribute()
    height = NumberAttribute()
    thumbhash = UnicodeAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)


class ActiveIndex(GlobalSecondaryIndex[Any]):
    """Jobs that have not ended, by the time until which somebody answers for them."""

    class Meta:
        index_name = "active"
        projection = KeysOnlyProjection()

    active_shard = UnicodeAttribute(hash_key=True)
    lease_until = NumberAttribute(range_key=True)


class Job(JobItem):
    """`U#<sub>/J#<ulid>`: one request on its way to its pictures."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    state = UnicodeAttribute(default=State.QUEUED)
    request: JSONAttribute = JSONAttribute()
    slots: ListAttribute[Slot] = ListAttribute(of=Slot)
    held = NumberAttribute()
    charged = NumberAttribute(default=0)
    purse = UnicodeAttribute(null=True)  # of the token with a cap that asked for it
    outcome = UnicodeAttribute(null=True)
    existing = UnicodeAttribute(null=True)  # the job that has drawn the same before
    started_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    seen_at = UTCDateTimeAttribute(null=True)  # when its owner saw on its page that it had ended
    # How often its workflow was started: one that was cut off goes on once more.
    attempt = NumberAttribute(default=1)
    # Every change of a slot counts it up, so that what is settled is what was read.
    version = NumberAttribute(default=0)
    active_shard = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    active = ActiveIndex()
    # Not stored: whether `jobs.submit` has found it, instead of making one and charging for it.
    found_again = False

    @classmethod
    def key(cls, user_id: str, job_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"J#{job_id}"

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Replay(JobItem):
    """`U#<sub>/I#<idempotency key>`: the job that this key has made.

    `U#<sub>/RETRY#<job>`: the job that tries this one again, for as long as there are jobs of
    theirs; programs choose the keys of the others.
    """

    job_id = UnicodeAttribute()
    digest = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, key: str) -> tuple[str, str]:
        return f"U#{user_id}", f"I#{key}"

    @classmethod
    def retry_key(cls, user_id: str, job_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"RETRY#{job_id}"


class Running(JobItem):
    """`U#<sub>/RUNNING`: a person's jobs at work, as many as their plan allows."""

    jobs = UnicodeSetAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "RUNNING"


class Waiting(JobItem):
    """`U#<sub>/W#<job>`: a job in its owner's own queue."""

    job_id = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, job_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"W#{job_id}"


class Wish(JobItem):
    """`U#<sub>/RQ#<digest>`: the picture that exactly this request for one (its seed included)
    has made before."""

    job_id = UnicodeAttribute()
    picture_id = UnicodeAttribute(null=True)

    @classmethod
    def key(cls, user_id: str, digest: str) -> tuple[str, str]:
        return f"U#{user_id}", f"RQ#{digest}"


# What every index of `content` carries (infra/data.yaml); anything else reads as None from one.
CARD = [
    *("state", "author_id", "author_handle", "author_name", "author_avatar"),
    *("caption", "alt", "tags", "width", "height", "thumbhash", "pictures", "likes", "comments"),
    *("visibility", "prompt_visibility", "created_at", "picture_id", "job_id", "post_id"),
]


class GridIndex(GlobalSecondaryIndex[Any]):
    """The shelf `<sub>#library`: somebody's pictures by id, which is by age."""

    class Meta:
        index_name = "grid"
        projection = IncludeProjection(CARD)

    grid = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Picture(Item):
    """`A#<id>/META` in `content`: a picture that somebody owns."""

    class Meta(dynamo.Meta):
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
    shelf = GridIndex()

    @classmethod
    def key(cls, picture_id: str) -> tuple[str, str]:
        return f"A#{picture_id}", "META"

    @classmethod
    def of(cls, job: Job, slot: Slot, **more: Any) -> "Picture":
        """What a slot of a job has become; `more` is what the slot does not know."""
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
