"""The sweep: once a minute, whatever nobody answers for any more is started or settled."""

import logging
import time

from aptmagic.dynamo import Cancelled, transaction
from aptmagic.errors import NotFound
from generation import jobs, settling, turns
from generation.models import LIVE, Job, State

logger = logging.getLogger(__name__)


def sweep() -> int:
    """Look after jobs that nobody answers for any more; the number of them."""
    late = [
        item
        for shard in range(turns.SHARDS)
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
    """Start what was never started; go on with what was cut off, once; then settle it."""
    if job.ended:
        return
    if job.state == State.WAITING:
        turns.start_next(job.user_id)
        return _renew(job)
    status = turns.execution_status(job)
    if status is None:
        turns.start(job)
    elif status != "RUNNING":
        if not turns.go_on(job):
            settling.settle(job.user_id, job.id)
        return
    _renew(job)


def _renew(job: Job) -> None:
    try:
        with transaction() as work:
            lease = Job.lease_until.set(turns.until(turns.QUEUED_LEASE_SECONDS))
            work.update("job", job, actions=[lease], condition=Job.state.is_in(*LIVE))
    except Cancelled:
        return  # it ended meanwhile
