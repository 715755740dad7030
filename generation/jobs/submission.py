"""A request becomes a job, once per idempotency key.

The credits are reserved in the transaction that makes the job and settled in the one that ends it
(see settlement.py), so no crash, replay or second click can charge twice or lose a picture.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.api_tokens import tokens
from accounts.billing import ledger
from aptmagic.aws.dynamodb import ConditionFailed, new_id, transaction
from aptmagic.errors import Conflict, NotEnoughCredits
from aptmagic.rate_limits import limits
from generation import moderation
from generation.jobs import concurrency, fingerprints, jobs, leases, workflow
from generation.jobs.models import (
    IdempotencyKey,
    Job,
    JobState,
    PictureState,
    Slot,
    WaitingJob,
)
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest

# A key may come again for this long; after it, the same key makes a new job.
IDEMPOTENCY_TTL = timedelta(days=7)


@dataclass(frozen=True)
class Once:
    """The key of the item that remembers what a request has made, and for how long it does.

    None is for ever, and for one request only: whatever it asks for, it is the same.
    """

    key: tuple[str, str]
    lasts: timedelta | None


def submit(
    user_id: str,
    request: PromptRequest,
    *,
    key: str,
    spending_limit: tokens.SpendingLimit | None = None,
) -> Job:
    """Make a job and start it, once per idempotency key: a replay gets the same job.

    Whoever owns exactly these pictures already gets the job that has drawn them (`reused`),
    and is charged nothing.

    Raises Conflict for a key that was used for something else, RefusedText, NotEnoughCredits;
    SpendingLimitReached for a spending_limit that has too little left; TooManyRequests.
    """
    once = Once(IdempotencyKey.key(user_id, key), lasts=IDEMPOTENCY_TTL)
    return _submit(user_id, request, once, spending_limit)


def _submit(
    user_id: str, request: PromptRequest, once: Once, spending_limit: tokens.SpendingLimit | None
) -> Job:
    if made := _made_before(user_id, request, once):
        return made
    limits.hit("generate", person=user_id)
    if earlier := fingerprints.find_identical_job(user_id, request):
        earlier.reused = True
        return earlier
    _refuse_unaffordable(user_id, request, spending_limit)
    moderation.check_text(request.prompt, request.negative_prompt, person=user_id)
    try:
        job = _make(user_id, request, once, spending_limit, state=JobState.QUEUED)
    except ConditionFailed as no:
        if not no.failed("running"):
            return _explain(no, user_id, request, once, spending_limit)
        return _make_waiting(user_id, request, once, spending_limit)
    workflow.start(job)
    return job


def _refuse_unaffordable(
    user_id: str, request: PromptRequest, spending_limit: tokens.SpendingLimit | None
) -> None:
    """Before anything is done that costs us money; what they have may still change after it."""
    if ledger.get_balance(user_id).available < request.credits:
        raise _too_few(user_id, request)
    if spending_limit and not tokens.can_afford(user_id, request.credits, spending_limit):
        raise tokens.limit_exceeded(user_id, request.credits, spending_limit)


def _too_few(user_id: str, request: PromptRequest) -> NotEnoughCredits:
    least = min(model.credits for model in catalogue.MODELS)
    return ledger.insufficient_credits(user_id, request.credits, least=least)


def _make_waiting(
    user_id: str, request: PromptRequest, once: Once, spending_limit: tokens.SpendingLimit | None
) -> Job:
    try:
        job = _make(user_id, request, once, spending_limit, state=JobState.WAITING)
    except ConditionFailed as no:
        return _explain(no, user_id, request, once, spending_limit)
    concurrency.start_waiting(user_id)  # the last running job may have ended in the meantime
    return job


def _explain(
    no: ConditionFailed,
    user_id: str,
    request: PromptRequest,
    once: Once,
    spending_limit: tokens.SpendingLimit | None,
) -> Job:
    """The job that a twin of this request has just made, or the refusal that fits."""
    if no.failed("key") and (made := _made_before(user_id, request, once)):
        return made
    if no.failed("balance"):
        raise _too_few(user_id, request) from no
    if spending_limit and no.failed("cap"):
        raise tokens.limit_exceeded(user_id, request.credits, spending_limit) from no
    raise no


def _made_before(user_id: str, request: PromptRequest, once: Once) -> Job | None:
    replay = IdempotencyKey.find(*once.key, consistent=True)
    if replay is None:
        return None
    if once.lasts and replay.digest != request.digest:
        raise Conflict(
            _(
                "This Idempotency-Key was already used for a different request. Nothing was "
                "charged. Use a new key for a new request."
            )
        )
    return jobs.get(user_id, replay.job_id)


def _make(
    user_id: str,
    request: PromptRequest,
    once: Once,
    spending_limit: tokens.SpendingLimit | None,
    *,
    state: JobState,
) -> Job:
    job = _new_job(user_id, request, state)
    job.spending_limit = spending_limit.name if spending_limit else None
    replay = IdempotencyKey(*once.key, job_id=job.id, digest=request.digest, expires_at=once.lasts)
    with transaction() as work:
        work.put_new("job", job)
        work.put_new("key", replay)
        ledger.reserve(work, user_id, request.credits, reference=job.id)
        if spending_limit:
            tokens.spend(work, user_id, request.credits, spending_limit)
        if state == JobState.QUEUED:
            concurrency.acquire(work, job)
        else:
            work.put_new("waiting", WaitingJob(*WaitingJob.key(user_id, job.id), job_id=job.id))
    return job


def _new_job(user_id: str, request: PromptRequest, state: JobState) -> Job:
    job_id = new_id()
    return Job(
        *Job.key(user_id, job_id),
        id=job_id,
        user_id=user_id,
        state=state,
        request=request.as_dict(),
        slots=_new_slots(request),
        held=request.credits,
        active_shard=leases.shard_of(job_id),
        lease_until=leases.ends_at(leases.QUEUED_SECONDS),
    )


def _new_slots(request: PromptRequest) -> list[Slot]:
    """Seeds are chosen here, so that a step that runs twice draws the same picture."""
    most, (width, height) = request.image_model.seed_max, request.size
    seeds = request.seeds or [secrets.randbelow(most) + 1 for _number in range(request.count)]
    return [
        Slot(
            id=new_id(),
            number=number,
            seed=seed,
            state=PictureState.WAITING,
            width=width,
            height=height,
        )
        for number, seed in enumerate(seeds)
    ]


def retry(user_id: str, job_id: str, *, spending_limit: tokens.SpendingLimit | None = None) -> Job:
    """What did not come, as a new job, once. Raises Conflict unless it ended without all."""
    job = jobs.get(user_id, job_id)
    if job.state not in (JobState.FAILED, JobState.PARTIAL, JobState.CANCELLED):
        raise Conflict(_("Only a generation that ended without all its pictures can be retried."))
    once = Once(IdempotencyKey.retry_key(user_id, job_id), lasts=None)
    return _submit(user_id, remaining_request(job), once, spending_limit)


def remaining_request(job: Job) -> PromptRequest:
    """What a second try asks for: the pictures that did not come, with new seeds for a part."""
    request = PromptRequest(**job.request)
    short = sum(slot.state not in (PictureState.READY, PictureState.GONE) for slot in job.slots)
    if short == len(job.slots):
        return request
    return replace(request, count=short, seed=None)
