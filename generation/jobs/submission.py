"""A request becomes a job, once per idempotency key.

The credits are reserved in the transaction that makes the job and settled in the one that ends it
(see settlement.py), so no crash, replay or second click can charge twice or lose a picture.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.api_tokens import tokens
from accounts.billing import ledger
from aptmagic.aws.dynamodb import ConditionFailed, new_id, transaction
from aptmagic.errors import Conflict, NotEnoughCredits
from aptmagic.rate_limits import limits
from generation import moderation
from generation.jobs import concurrency, fingerprints, inputs, jobs, leases, workflow
from generation.jobs.models import (
    IdempotencyKey,
    Job,
    JobState,
    PictureState,
    Slot,
    WaitingJob,
)
from generation.operations import registry, stored_requests
from generation.operations.operation import Operation, Request, Size

logger = logging.getLogger(__name__)

# A key may come again for this long; after it, the same key makes a new job.
IDEMPOTENCY_TTL = timedelta(days=7)


@dataclass(frozen=True)
class _Submission:
    """One attempt to submit a request. `ttl` None means that its key is kept for ever.

    Such a key belongs to one request only, so its replay is never compared with another.
    """

    user_id: str
    request: Request
    key: tuple[str, str]
    ttl: timedelta | None
    limit: tokens.SpendingLimit | None
    input_sizes: Mapping[str, Size] = field(default_factory=dict)

    @property
    def operation(self) -> Operation:
        return registry.get(self.request.operation)

    @property
    def credits(self) -> int:
        return self.operation.credits(self.request)


def submit(
    user_id: str,
    request: Request,
    *,
    key: str,
    spending_limit: tokens.SpendingLimit | None = None,
) -> Job:
    """Make a job and start it, once per idempotency key: a replay gets the same job.

    A person who owns exactly these pictures already gets the job that has drawn them (`reused`),
    and is charged nothing.

    Raises Conflict for a key that was used for something else, Invalid for an input picture that
    is not theirs, RefusedText, NotEnoughCredits, SpendingLimitReached and TooManyRequests.
    """
    idempotency_key = IdempotencyKey.key(user_id, key)
    return _submit(_Submission(user_id, request, idempotency_key, IDEMPOTENCY_TTL, spending_limit))


def _submit(asked: _Submission) -> Job:
    if made := _made_before(asked):
        return made
    limits.hit("generate", person=asked.user_id)
    if earlier := fingerprints.find_identical_job(asked.user_id, asked.request):
        earlier.reused = True
        return earlier
    sizes = inputs.sizes(asked.user_id, asked.operation, asked.request)
    asked = replace(asked, input_sizes=sizes)
    _refuse_unaffordable(asked)
    moderation.check_text(*asked.operation.texts(asked.request), person=asked.user_id)
    try:
        job = _make(asked, JobState.QUEUED)
    except ConditionFailed as no:
        if not no.failed("running"):
            return _explain(no, asked)
        return _make_waiting(asked)
    workflow.start(job)
    return job


def _refuse_unaffordable(asked: _Submission) -> None:
    """An early check, before calls that cost money; the transaction checks again."""
    if ledger.get_balance(asked.user_id).available < asked.credits:
        raise _too_few(asked)
    if asked.limit and not tokens.can_afford(asked.user_id, asked.credits, asked.limit):
        raise tokens.limit_exceeded(asked.user_id, asked.credits, asked.limit)


def _too_few(asked: _Submission) -> NotEnoughCredits:
    least = min(model.credits for model in asked.operation.models)
    return ledger.insufficient_credits(asked.user_id, asked.credits, least=least)


def _make_waiting(asked: _Submission) -> Job:
    try:
        job = _make(asked, JobState.WAITING)
    except ConditionFailed as no:
        return _explain(no, asked)
    # The last running job may have ended in the meantime.
    concurrency.start_waiting(asked.user_id)
    return job


def _explain(no: ConditionFailed, asked: _Submission) -> Job:
    """The job of a concurrent replay, or the error that fits the failed condition."""
    if no.failed("key") and (made := _made_before(asked)):
        return made
    if no.failed("balance"):
        raise _too_few(asked) from no
    if asked.limit and no.failed("cap"):
        raise tokens.limit_exceeded(asked.user_id, asked.credits, asked.limit) from no
    raise no


def _made_before(asked: _Submission) -> Job | None:
    replay = IdempotencyKey.find(*asked.key, consistent=True)
    if replay is None:
        return None
    if asked.ttl and replay.digest != asked.request.digest:
        raise Conflict(
            _(
                "This Idempotency-Key was already used for a different request. You weren’t "
                "charged. Use a new key for a new request."
            )
        )
    return jobs.get(asked.user_id, replay.job_id)


def _make(asked: _Submission, state: JobState) -> Job:
    job = _new_job(asked, state)
    replay = IdempotencyKey(
        *asked.key, job_id=job.id, digest=asked.request.digest, expires_at=asked.ttl
    )
    with transaction() as work:
        work.put_new("job", job)
        work.put_new("key", replay)
        ledger.reserve(work, asked.user_id, asked.credits, reference=job.id)
        if asked.limit:
            tokens.spend(work, asked.user_id, asked.credits, asked.limit)
        if state == JobState.QUEUED:
            concurrency.acquire(work, job)
        else:
            key = WaitingJob.key(asked.user_id, job.id)
            work.put_new("waiting", WaitingJob(*key, job_id=job.id))
    return job


def _new_job(asked: _Submission, state: JobState) -> Job:
    job_id = new_id()
    return Job(
        *Job.key(asked.user_id, job_id),
        id=job_id,
        user_id=asked.user_id,
        state=state,
        request=stored_requests.dump(asked.request),
        slots=_new_slots(asked),
        held=asked.credits,
        spending_limit=asked.limit.name if asked.limit else None,
        active_shard=leases.shard_of(job_id),
        lease_until=leases.ends_at(leases.QUEUED_SECONDS),
    )


def _new_slots(asked: _Submission) -> list[Slot]:
    """Seeds are chosen here, so that a step that runs twice draws the same picture."""
    operation, request = asked.operation, asked.request
    most = operation.seed_max(request)
    seeds = operation.seeds(request) or [
        secrets.randbelow(most) + 1 for _number in range(request.count)
    ]
    size: Any = operation.size(request, asked.input_sizes) or (None, None)
    return [
        Slot(
            id=new_id(),
            number=number,
            seed=seed,
            state=PictureState.WAITING,
            width=size[0],
            height=size[1],
        )
        for number, seed in enumerate(seeds)
    ]


def retry(user_id: str, job_id: str, *, spending_limit: tokens.SpendingLimit | None = None) -> Job:
    """Submit again what a job did not draw, once. Raises Conflict if it can't be retried."""
    job = jobs.get(user_id, job_id)
    if job.state not in (JobState.FAILED, JobState.PARTIAL, JobState.CANCELLED):
        raise Conflict(_("Only a generation with missing pictures can be retried."))
    if not stored_requests.can_draw(job.request):
        raise Conflict(_("This can’t be generated right now. You weren’t charged."))
    key = IdempotencyKey.retry_key(user_id, job_id)
    return _submit(_Submission(user_id, remaining_request(job), key, None, spending_limit))


def remaining_request(job: Job) -> Request:
    """The pictures that a job did not draw; with new seeds unless they are all its pictures."""
    request: Request = stored_requests.load(job.request)
    short = sum(slot.state not in (PictureState.READY, PictureState.GONE) for slot in job.slots)
    if short == len(job.slots):
        return request
    return replace(request, count=short, seed=None)
