"""How many of a user's jobs run at once: the plan's limit. The rest wait in the user's own queue.

So one user's hundred prompts never delay another user's first.
"""

import logging

from django.conf import settings
from pynamodb.expressions.condition import size

from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, not_exists, transaction
from generation.jobs import leases, workflow
from generation.jobs.models import Job, JobState, RunningJobs, WaitingJob

logger = logging.getLogger(__name__)


def acquire(work: Work, job: Job) -> None:
    """Take a place for the job. Label "running" fails if the plan's limit is reached."""
    work.update(
        "running",
        RunningJobs(*RunningJobs.key(job.user_id)),
        actions=[RunningJobs.jobs.add({job.id})],
        condition=not_exists(RunningJobs)
        | RunningJobs.jobs.does_not_exist()
        | (size(RunningJobs.jobs) < settings.RUNNING_JOBS),
    )


def release(work: Work, job: Job) -> None:
    """Free the job's place among the running jobs, or in the queue."""
    if job.state == JobState.WAITING:
        work.delete("waiting", WaitingJob(*WaitingJob.key(job.user_id, job.id)))
    else:
        work.update(
            "running",
            RunningJobs(*RunningJobs.key(job.user_id)),
            actions=[RunningJobs.jobs.delete({job.id})],
        )


def start_waiting(user_id: str) -> None:
    """Start as many of a user's waiting jobs as their plan lets run now."""
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
                        Job.lease_until.set(leases.ends_at(leases.QUEUED_SECONDS)),
                        Job.version.add(1),
                    ],
                    condition=Job.state == JobState.WAITING,
                )
                acquire(work, job)
        except ConditionFailed as no:
            if no.failed("running"):
                return
            continue  # started or cancelled concurrently
        workflow.start(job)


def queue_position(job: Job) -> int:
    """How many of its owner's waiting jobs come before this one."""
    before = WaitingJob.sk.between("W#", f"W#{job.id}")
    return max(0, WaitingJob.count(f"U#{job.user_id}", before) - 1)
