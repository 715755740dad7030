"""Whose turn it is: a person runs as many jobs as the plan says, the rest wait in their own queue.

One person's hundred prompts never stand before another person's one, and a job that nobody answers
for any more is found by its lease.
"""

import json
import logging
import random
import time

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.expressions.condition import size

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, not_exists, transaction
from generation.jobs.models import LIVE_STATES, Job, JobState, RunningJobs, WaitingJob

logger = logging.getLogger(__name__)

SHARDS = 4
ATTEMPTS = 2
# After this long the sweep asks after a job: was it ever started, does its workflow still run?
QUEUED_LEASE_SECONDS = 60
RUNNING_LEASE_SECONDS = 45


def acquire(work: Work, job: Job) -> None:
    """Label "running" fails when as many jobs are at work as the plan allows."""
    work.update(
        "running",
        RunningJobs(*RunningJobs.key(job.user_id)),
        actions=[RunningJobs.jobs.add({job.id})],
        condition=not_exists(RunningJobs)
        | RunningJobs.jobs.does_not_exist()
        | (size(RunningJobs.jobs) < settings.RUNNING_JOBS),
    )


def release(work: Work, job: Job) -> None:
    """Give the turn (or the place in the queue) back."""
    if job.state == JobState.WAITING:
        work.delete("waiting", WaitingJob(*WaitingJob.key(job.user_id, job.id)))
    else:
        work.update(
            "running",
            RunningJobs(*RunningJobs.key(job.user_id)),
            actions=[RunningJobs.jobs.delete({job.id})],
        )


def start(job: Job) -> None:
    """Start the workflow; a second start is refused by name. A lost one is found by the sweep."""
    ids = json.dumps({"user_id": job.user_id, "job_id": job.id})
    try:
        clients.client("stepfunctions").start_execution(
            stateMachineArn=settings.WORKFLOW_ARN, name=execution_name(job), input=ids
        )
    except (BotoCoreError, ClientError) as error:
        if clients.error_code(error) != "ExecutionAlreadyExists":
            logger.exception("job %s was not started; the sweep will", job.id)


def start_waiting(user_id: str) -> None:
    """Start as many of somebody's waiting jobs as may run now."""
    for waiting in WaitingJob.query(
        f"U#{user_id}", WaitingJob.sk.startswith("W#"), consistent_read=True
    ):
        job = Job(*Job.key(user_id, waiting.job_id), id=waiting.job_id, user_id=user_id)
        try:
            with transaction() as work:
                work.delete("waiting", waiting, condition=exists(waiting))
                work.update(
                    "job",
                    job,
                    actions=[
                        Job.state.set(JobState.QUEUED),
                        Job.lease_until.set(lease_end(QUEUED_LEASE_SECONDS)),
                        Job.version.add(1),
                    ],
                    condition=Job.state == JobState.WAITING,
                )
                acquire(work, job)
        except ConditionFailed as no:
            if no.failed("running"):
                return
            continue  # somebody else started or cancelled it
        start(job)


def queue_position(job: Job) -> int:
    """How many of its owner's jobs are before this waiting one."""
    before = WaitingJob.sk.between("W#", f"W#{job.id}")
    return max(0, WaitingJob.count(f"U#{job.user_id}", before) - 1)


def resume(job: Job) -> bool:
    """Start a workflow again that was cut off, once; its steps find what is done already.

    False when it has had its attempts. True also when it ended meanwhile, or another sweep was
    quicker: then it is nothing of ours to end.
    """
    if job.attempt >= ATTEMPTS:
        return False
    again = [Job.attempt.add(1), Job.lease_until.set(lease_end(RUNNING_LEASE_SECONDS))]
    unchanged = Job.state.is_in(*LIVE_STATES) & (Job.attempt == job.attempt)
    try:
        with transaction() as work:
            work.update("job", job, actions=again, condition=unchanged)
    except ConditionFailed:
        return True
    job.attempt += 1
    start(job)
    return True


def execution_name(job: Job) -> str:
    """An execution is named after its job, so that each attempt is started once."""
    return job.id if job.attempt in (None, 1) else f"{job.id}-{int(job.attempt)}"


def execution_arn(job: Job) -> str:
    return (
        settings.WORKFLOW_ARN.replace(":stateMachine:", ":execution:") + f":{execution_name(job)}"
    )


def execution_status(job: Job) -> str | None:
    """Step Functions' word for how the job's workflow stands; None when it was never started."""
    try:
        found = clients.client("stepfunctions").describe_execution(executionArn=execution_arn(job))
    except ClientError as error:
        if clients.error_code(error) == "ExecutionDoesNotExist":
            return None
        raise
    return str(found["status"])


def lease_end(seconds: int) -> int:
    """A lease's end, in epoch seconds."""
    return int(time.time()) + seconds


def active_shard(job_id: str) -> str:
    return f"a#{random.Random(job_id).randrange(SHARDS)}"  # noqa: S311  spreads, hides nothing
