"""How a job ends: one transaction that pays for the pictures stored and gives the rest back."""

import logging
from collections.abc import Callable

from botocore.exceptions import ClientError
from django.utils.translation import gettext as _

from accounts import credits, tokens
from aptmagic import aws
from aptmagic.dynamo import Cancelled, now, transaction
from aptmagic.errors import Busy, Conflict
from generation import jobs, turns
from generation.models import LIVE, Drawn, Job, Picture, Slot, State, Wish
from generation.requests import PromptRequest

logger = logging.getLogger(__name__)

ALT_CHARACTERS = 300
ATTEMPTS = 10


def settle(user_id: str, job_id: str) -> Job:
    """End a job by what was stored: pay for these pictures, release the others. Safe to repeat."""

    def by_what_was_stored(job: Job) -> bool:
        kept = [slot for slot in job.slots if slot.state == Drawn.READY]
        state, outcome = verdict(job, kept)
        return _end(job, state, outcome, kept=kept)

    job = _until_ended(user_id, job_id, by_what_was_stored)
    turns.start_next(user_id)
    return job


def refuse(job: Job, outcome: str) -> None:
    """End a job that must not be drawn; nothing is charged."""
    _until_ended(job.user_id, job.id, lambda job: _end(job, State.FAILED, outcome, kept=[]))


def _until_ended(user_id: str, job_id: str, end: Callable[[Job], bool]) -> Job:
    """Try `end` until the job has ended, by us or by others: its steps go on writing meanwhile."""
    for _attempt in range(ATTEMPTS):
        job = jobs.get(user_id, job_id)
        if job.ended or end(job):
            return jobs.get(user_id, job_id)
    raise Busy(_("This job is changing too fast just now; nothing was changed, please try again."))


def verdict(job: Job, kept: list[Slot]) -> tuple[State, str]:
    """State and outcome; what is said of it is written in outcomes.py."""
    if len(kept) == len(job.slots):
        return State.READY, "ready"
    if kept:
        return State.PARTIAL, "partial"
    refused = any(slot.state == Drawn.REFUSED for slot in job.slots)
    return State.FAILED, "refused" if refused else "failed"


def _price(job: Job, pictures: int) -> int:
    return int(job.held) // len(job.slots) * pictures


def _end(job: Job, state: State, outcome: str, *, kept: list[Slot]) -> bool:
    """The one transaction that ends a job. False when the job is no longer as it was read."""
    spent = _price(job, len(kept))
    actions = [
        Job.state.set(state),
        Job.outcome.set(outcome),
        Job.charged.set(spent),
        Job.ended_at.set(now()),
        Job.active_shard.remove(),
        Job.lease_until.remove(),
    ]
    unchanged = Job.state.is_in(*LIVE) & (Job.version == job.version)
    try:
        with transaction() as work:
            work.update("job", job, actions=actions, condition=unchanged)
            credits.settle(
                work,
                job.user_id,
                reference=job.id,
                held=int(job.held),
                spent=spent,
                reason=f"{len(kept)} picture{'s' if len(kept) != 1 else ''}",
            )
            if job.purse and spent < job.held:
                tokens.give_back(work, job.user_id, int(job.held) - spent, name=job.purse)
            turns.leave(work, job)
            for slot in kept:
                work.put_new(f"picture {slot.number}", _picture(job, slot))
            if kept and len(kept) == len(job.slots) and job.request.get("seed"):
                digest = PromptRequest(**job.request).digest
                work.put("wish", Wish(*Wish.key(job.user_id, digest), job_id=job.id))
    except Cancelled as no:
        logger.info("job %s was not ended as %s: %s", job.id, state, no.reasons)
        return False
    return True


def _picture(job: Job, slot: Slot) -> Picture:
    return Picture.of(
        job,
        slot,
        alt=job.request["prompt"][:ALT_CHARACTERS],
        recipe={**job.request, "seed": int(slot.seed)},
        credits=_price(job, 1),
    )


def cancel(user_id: str, job_id: str) -> Job:
    """End a job now and give everything back. Raises Conflict when it has ended already."""
    if jobs.get(user_id, job_id).ended:
        raise Conflict(_("This job had ended already; nothing was changed."))
    job = _until_ended(
        user_id, job_id, lambda job: _end(job, State.CANCELLED, "cancelled", kept=[])
    )
    if job.state == State.CANCELLED:
        _stop(job)
    turns.start_next(user_id)
    return job


def _stop(job: Job) -> None:
    """Spare Bedrock what nobody waits for; its steps would find the job ended anyway."""
    try:
        aws.client("stepfunctions").stop_execution(executionArn=turns.execution_arn(job))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
            logger.warning("job %s was not stopped: %s", job.id, error)
