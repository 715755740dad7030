"""Items of the `jobs` table: jobs, the states of their pictures, and idempotency keys."""

from enum import StrEnum
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, Map, now, table


class JobState(StrEnum):
    """State of a job. It only moves down this list."""

    WAITING = "waiting"  # for another job of the same person to end
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE_STATES = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)

ENDED_STATES = tuple(state for state in JobState if state not in LIVE_STATES)


class PictureState(StrEnum):
    """State of one picture of a job."""

    WAITING = "waiting"
    DRAWING = "drawing"
    STORED = "stored"  # the original is in the bucket
    READY = "ready"  # its variants too
    GONE = "gone"  # its owner has deleted it
    REFUSED = "refused"
    FAILED = "failed"


class JobItem(Item):
    class Meta(dynamodb.Meta):
        table_name = table("jobs")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)


class Slot(Map):
    """One picture of a job: its seed, its state, and its file's properties once drawn."""

    id = UnicodeAttribute()
    number = NumberAttribute()
    seed = NumberAttribute()
    state = UnicodeAttribute(default=PictureState.WAITING)
    reason = UnicodeAttribute(null=True)
    # Pixels; unknown until it is drawn where only the service knows.
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    thumbhash = UnicodeAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    handle = UnicodeAttribute(null=True)  # the service's name for a picture that is pending


class ActiveIndex(GlobalSecondaryIndex[Any]):
    """Jobs that have not ended, by the end of their lease."""

    class Meta:
        index_name = "active"
        projection = KeysOnlyProjection()

    active_shard = UnicodeAttribute(hash_key=True)
    lease_until = NumberAttribute(range_key=True)


class Job(JobItem):
    """`U#<sub>/J#<ulid>`: one request on its way to its pictures."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    state = UnicodeAttribute(default=JobState.QUEUED)
    request: JSONAttribute = JSONAttribute()
    slots: ListAttribute[Slot] = ListAttribute(of=Slot)
    held = NumberAttribute()
    charged = NumberAttribute(default=0)
    spending_limit = UnicodeAttribute(null=True)  # of the token with a cap that asked for it
    outcome = UnicodeAttribute(null=True)
    existing = UnicodeAttribute(null=True)  # the job that has drawn the same before
    started_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    seen_at = UTCDateTimeAttribute(null=True)  # when its owner saw on its page that it had ended
    # How often its workflow was started; an interrupted one is started once more.
    attempt = NumberAttribute(default=1)
    # Every change of a slot counts it up, so that what is settled is what was read.
    version = NumberAttribute(default=0)
    active_shard = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    active = ActiveIndex()
    # Not stored: whether `jobs.submit` has found it, instead of making one and charging for it.
    reused = False

    @classmethod
    def key(cls, user_id: str, job_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"J#{job_id}"

    @property
    def ended(self) -> bool:
        return self.state in ENDED_STATES


class IdempotencyKey(JobItem):
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


class RunningJobs(JobItem):
    """`U#<sub>/RUNNING`: a user's running jobs, as many as their plan allows."""

    jobs = UnicodeSetAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "RUNNING"


class WaitingJob(JobItem):
    """`U#<sub>/W#<job>`: a job in its owner's own queue."""

    job_id = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, job_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"W#{job_id}"


class RequestFingerprint(JobItem):
    """`U#<sub>/RQ#<digest>`: the picture that exactly this request for one (its seed included)
    has made before."""

    job_id = UnicodeAttribute()
    picture_id = UnicodeAttribute(null=True)

    @classmethod
    def key(cls, user_id: str, digest: str) -> tuple[str, str]:
        return f"U#{user_id}", f"RQ#{digest}"
