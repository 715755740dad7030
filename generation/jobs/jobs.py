"""Jobs: find and list them, and record their progress."""

import logging

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.operand import Path

from aptmagic.aws import events
from aptmagic.aws.dynamodb import (
    ConditionFailed,
    Page,
    now,
    transaction,
)
from aptmagic.errors import NotFound
from generation.jobs import leases
from generation.jobs.models import (
    Job,
    JobState,
    PictureState,
)

logger = logging.getLogger(__name__)

# Jobs that end in these states are announced; the user knows about a cancelled one.
ANNOUNCED = (JobState.READY, JobState.PARTIAL, JobState.FAILED)


def get(user_id: str, job_id: str) -> Job:
    """The user's own job. Raises NotFound for any other."""
    job = Job.find(*Job.key(user_id, job_id), consistent=True)
    if job is None:
        raise NotFound()
    return job


def recent(user_id: str, *, limit: int = 24, before: str | None = None) -> Page[Job]:
    """A user's jobs, newest first; `before` is the id of the last one seen."""
    keys = Job.sk.between("J#", f"J#{before}") if before else Job.sk.startswith("J#")
    newest = Job.query(f"U#{user_id}", keys, scan_index_forward=False, limit=limit + 2)
    found = [job for job in newest if job.id != before]
    return Page(found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def update_slot(job: Job, number: int, *, state: PictureState, **known: object) -> bool:
    """Record the state of one picture. False if the job has ended: then nothing is written."""
    slot: Path = Job.slots[number]
    actions = [slot["state"].set(str(state)), Job.version.add(1)]
    actions += [slot[name].set(value) for name, value in known.items()]
    try:
        with transaction() as work:
            work.update("job", job, actions=actions, condition=Job.state == JobState.RUNNING)
    except ConditionFailed:
        return False
    return True


def mark_running(job: Job) -> bool:
    """Move a queued job to running; True if it already runs, False if it has ended."""
    actions = [
        Job.state.set(JobState.RUNNING),
        Job.started_at.set(now()),
        Job.lease_until.set(leases.ends_at(leases.RUNNING_SECONDS)),
        Job.version.add(1),
    ]
    try:
        with transaction() as work:
            work.update("job", job, actions=actions, condition=Job.state == JobState.QUEUED)
    except ConditionFailed:
        return get(job.user_id, job.id).state == JobState.RUNNING
    return True


def mark_seen(job: Job) -> None:
    """Record that the owner saw the outcome on the job's page, so no notification is needed.

    An existing notification is marked as read. If that fails, the user merely sees both.
    """
    if job.seen_at or job.state not in ANNOUNCED:
        return
    if not job.update_if([Job.seen_at.set(now())], condition=Job.seen_at.does_not_exist()):
        return
    try:
        events.publish("job.seen", user_id=job.user_id, job_id=job.id, state=job.state)
    except (BotoCoreError, ClientError):
        logger.exception("the alert of job %s is not silenced", job.id)
