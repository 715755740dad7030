"""Settlement: one transaction charges the pictures a job keeps and releases the other credits.

Pictures that are ready are kept and charged, whatever ended the job.
The files of the other pictures are deleted by a delayed task, once no step can still be running.
"""

import logging
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.api_tokens import tokens
from accounts.billing import ledger
from aptmagic.aws import clients, queue
from aptmagic.aws.dynamodb import ConditionFailed, now, transaction
from aptmagic.errors import Busy, Conflict
from generation.jobs import concurrency, fingerprints, jobs, workflow
from generation.jobs.ledger_entries import IMAGE_GENERATION
from generation.jobs.models import (
    LIVE_STATES,
    Job,
    JobState,
    PictureState,
    Slot,
)
from generation.library import picture_files
from generation.library.models import Picture
from generation.operations import stored_requests

logger = logging.getLogger(__name__)

ALT_CHARACTERS = 300
ATTEMPTS = 10
# The longest that SQS delays a message. A step that had begun when its job ended may go on as long
# as the worker may run (zappa_settings.json), and store a file at its very end.
LATE_STEPS_SECONDS = 900


def settle(user_id: str, job_id: str) -> Job:
    """End a job: charge its finished pictures and release the other credits. Idempotent."""

    job = _until_ended(
        user_id, job_id, lambda job: _end(job, *outcome_of(job, ready_pictures(job)))
    )
    concurrency.start_waiting(user_id)
    return job


def refuse(job: Job, outcome: str, *, existing: str | None = None) -> None:
    """End a job that must not be drawn any further; nothing more is charged.

    `existing` is the id of the job that has its pictures.
    """

    def end(job: Job) -> bool:
        if ready_pictures(job):
            return _end(job, *outcome_of(job, ready_pictures(job)))
        return _end(job, JobState.FAILED, outcome, existing=existing)

    _until_ended(job.user_id, job.id, end)


def ready_pictures(job: Job) -> list[Slot]:
    """The finished pictures, which are kept and charged."""
    return [slot for slot in job.slots if slot.state == PictureState.READY]


def _until_ended(user_id: str, job_id: str, end: Callable[[Job], bool]) -> Job:
    """Retry `end` until the job has ended: its steps may change it meanwhile. Raises Busy."""
    for _attempt in range(ATTEMPTS):
        job = jobs.get(user_id, job_id)
        if job.ended or end(job):
            return jobs.get(user_id, job_id)
    raise Busy(
        _("This generation is being updated right now. Nothing was changed; please try again.")
    )


def outcome_of(job: Job, kept: list[Slot]) -> tuple[JobState, str]:
    """The state and the outcome; outcome_messages.py has the sentences."""
    if len(kept) == len(job.slots):
        return JobState.READY, "ready"
    if kept:
        return JobState.PARTIAL, "partial"
    refused = any(slot.state == PictureState.REFUSED for slot in job.slots)
    return JobState.FAILED, "refused" if refused else "failed"


def _price(job: Job, pictures: int) -> int:
    return int(job.held) // len(job.slots) * pictures


def _end(job: Job, state: JobState, outcome: str, *, existing: str | None = None) -> bool:
    """The transaction that ends a job. False if the job has changed since it was read."""
    kept = ready_pictures(job)
    if len(kept) < len(job.slots):
        _forget_the_others_later(job)
    spent = _price(job, len(kept))
    actions = [
        Job.state.set(state),
        Job.outcome.set(outcome),
        Job.charged.set(spent),
        Job.ended_at.set(now()),
        Job.active_shard.remove(),
        Job.lease_until.remove(),
        *([Job.existing.set(existing)] if existing else []),
    ]
    unchanged = Job.state.is_in(*LIVE_STATES) & (Job.version == job.version)
    try:
        with transaction() as work:
            work.update("job", job, actions=actions, condition=unchanged)
            ledger.settle(
                work,
                job.user_id,
                reference=job.id,
                held=int(job.held),
                spent=spent,
                kind=IMAGE_GENERATION,
                quantity=len(kept),
            )
            if job.spending_limit and spent < job.held:
                tokens.release(work, job.user_id, int(job.held) - spent, name=job.spending_limit)
            concurrency.release(work, job)
            for slot in kept:
                work.put_new(f"picture {slot.number}", _picture(job, slot))
                work.put(f"fingerprint {slot.number}", fingerprints.new_fingerprint(job, slot))
    except ConditionFailed as no:
        logger.info("job %s was not ended as %s: %s", job.id, state, no.reasons)
        return False
    return True


def _picture(job: Job, slot: Slot) -> Picture:
    return Picture.from_slot(
        job,
        slot,
        alt=stored_requests.load(job.request).prompt[:ALT_CHARACTERS],
        recipe={**job.request, "seed": int(slot.seed)},
        credits=_price(job, 1),
    )


def cancel(user_id: str, job_id: str) -> Job:
    """End a job now: keep and charge what is ready, release the rest. Idempotent.

    A picture that is drawn but not ready isn't kept: its owner hasn't seen it. A job whose
    pictures are all ready ends as if it had not been cancelled. Raises Conflict when it had ended
    in another way before.
    """
    job = jobs.get(user_id, job_id)
    if job.ended and job.state != JobState.CANCELLED:
        raise Conflict(_("This generation has already ended. Nothing was changed."))
    job = _until_ended(user_id, job_id, _cancel)
    if job.state == JobState.CANCELLED:
        _stop(job)
    concurrency.start_waiting(user_id)
    return job


def _cancel(job: Job) -> bool:
    if len(ready_pictures(job)) == len(job.slots):
        return _end(job, JobState.READY, "ready")
    return _end(job, JobState.CANCELLED, "cancelled")


def _stop(job: Job) -> None:
    """Stop the execution to save calls to Bedrock. Its steps would find the job ended anyway."""
    try:
        clients.client("stepfunctions").stop_execution(executionArn=workflow.execution_arn(job))
    except (BotoCoreError, ClientError) as error:
        if clients.error_code(error) != "ExecutionDoesNotExist":
            logger.warning("job %s was not stopped: %s", job.id, error)


def _forget_the_others_later(job: Job) -> None:
    """Called before the transaction: if the process dies after it, the files still get deleted."""
    queue.enqueue(
        "delete_unkept_pictures", delay=LATE_STEPS_SECONDS, user_id=job.user_id, job_id=job.id
    )


def delete_unkept(user_id: str, job_id: str) -> int:
    """Delete the files of pictures that an ended job did not keep; returns how many."""
    job = Job.find(*Job.key(user_id, job_id), consistent=True)
    if job is None or not job.ended:
        return 0  # ending it enqueues another task
    return sum(
        picture_files.delete_folder(
            settings.PRIVATE_BUCKET,
            picture_files.folder(user_id, slot.id),
            unless=list(Picture.key(slot.id)),
        )
        for slot in job.slots
    )
