"""The sweep: once a minute, jobs with an expired lease are started, resumed or settled."""

import logging
import time

from aptmagic.aws.dynamodb import ConditionFailed, transaction
from aptmagic.errors import NotFound
from generation.jobs import concurrency, jobs, leases, settlement, workflow
from generation.jobs.models import LIVE_STATES, Job, JobState

logger = logging.getLogger(__name__)


def run() -> int:
    """Handle every job whose lease has expired; returns how many there were."""
    late = [
        item
        for shard in range(leases.SHARDS)
        for item in Job.active.query(f"a#{shard}", Job.lease_until < int(time.time()))
    ]
    for item in late:
        user_id, job_id = item.pk.removeprefix("U#"), item.sk.removeprefix("J#")
        try:
            _look_after(jobs.get(user_id, job_id))
        except NotFound:
            continue  # its person has left
        except Exception:
            logger.exception("job %s could not be looked after; the next sweep will", job_id)
    return len(late)


def _look_after(job: Job) -> None:
    """Start a job that never started; resume one that was cut off, once; then settle it."""
    if job.ended:
        return
    if job.state == JobState.WAITING:
        concurrency.start_waiting(job.user_id)
        return _renew(job)
    status = workflow.execution_status(job)
    if status is None:
        workflow.start(job)
    elif status != "RUNNING":
        if not workflow.resume(job):
            settlement.settle(job.user_id, job.id)
        return
    _renew(job)


def _renew(job: Job) -> None:
    try:
        with transaction() as work:
            lease = Job.lease_until.set(leases.ends_at(leases.QUEUED_SECONDS))
            work.update("job", job, actions=[lease], condition=Job.state.is_in(*LIVE_STATES))
    except ConditionFailed:
        return  # it ended meanwhile
