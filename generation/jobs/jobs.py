"""A request becomes a job, once per idempotency key, and its owner finds it again.

The hold is taken in the transaction that makes the job (and ends in the one that ends it, see
settling.py), so no crash, replay or second click can charge twice or lose a picture.
"""

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext as _
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path

from accounts.api_tokens import tokens
from accounts.billing import ledger
from aptmagic.aws import events
from aptmagic.aws.dynamodb import (
    ConditionFailed,
    Page,
    is_condition_failure,
    new_id,
    now,
    transaction,
)
from aptmagic.errors import Conflict, NotEnoughCredits, NotFound
from aptmagic.rate_limits import limits
from generation import moderation
from generation.jobs import concurrency
from generation.jobs.models import (
    IdempotencyKey,
    Job,
    JobState,
    PictureState,
    RequestFingerprint,
    Slot,
    WaitingJob,
)
from generation.library.models import Picture
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest

logger = logging.getLogger(__name__)

# A job that ends so is told of by an alert; who cancels one knows.
ANNOUNCED = (JobState.READY, JobState.PARTIAL, JobState.FAILED)
# A key may come again for this long; after it, the same key makes a new job.
REPLAY_TIME = timedelta(days=7)


@dataclass(frozen=True)
class Once:
    """The key of the item that remembers what a request has made, and for how long it does.

    None is for ever, and for one request only: whatever it asks for, it is the same.
    """

    key: tuple[str, str]
    lasts: timedelta | None


def submit(
    user_id: str, request: PromptRequest, *, key: str, purse: tokens.SpendingLimit | None = None
) -> Job:
    """Make a job and start it, once per idempotency key: a replay gets the same job.

    Whoever owns exactly these pictures already gets the job that has drawn them (`found_again`),
    and is charged nothing.

    Raises Conflict for a key that was used for something else, RefusedText, NotEnoughCredits;
    SpendingLimitReached for a purse that has too little left; TooManyRequests.
    """
    once = Once(IdempotencyKey.key(user_id, key), lasts=REPLAY_TIME)
    return _submit(user_id, request, once, purse)


def _submit(
    user_id: str, request: PromptRequest, once: Once, purse: tokens.SpendingLimit | None
) -> Job:
    if made := _made_before(user_id, request, once):
        return made
    limits.hit("generate", person=user_id)
    if earlier := find_identical(user_id, request):
        earlier.found_again = True
        return earlier
    _refuse_unaffordable(user_id, request, purse)
    moderation.check_text(request.prompt, request.negative_prompt, person=user_id)
    try:
        job = _make(user_id, request, once, purse, state=JobState.QUEUED)
    except ConditionFailed as no:
        if not no.failed("running"):
            return _explain(no, user_id, request, once, purse)
        return _make_waiting(user_id, request, once, purse)
    concurrency.start(job)
    return job


def _refuse_unaffordable(
    user_id: str, request: PromptRequest, purse: tokens.SpendingLimit | None
) -> None:
    """Before anything is done that costs us money; what they have may still change after it."""
    if ledger.get_balance(user_id).available < request.credits:
        raise _too_few(user_id, request)
    if purse and not tokens.can_afford(user_id, request.credits, purse):
        raise tokens.limit_exceeded(user_id, request.credits, purse)


def _too_few(user_id: str, request: PromptRequest) -> NotEnoughCredits:
    least = min(model.credits for model in catalogue.MODELS)
    return ledger.insufficient_credits(user_id, request.credits, least=least)


def _make_waiting(
    user_id: str, request: PromptRequest, once: Once, purse: tokens.SpendingLimit | None
) -> Job:
    try:
        job = _make(user_id, request, once, purse, state=JobState.WAITING)
    except ConditionFailed as no:
        return _explain(no, user_id, request, once, purse)
    concurrency.start_waiting(user_id)  # the last running job may have ended in the meantime
    return job


def _explain(
    no: ConditionFailed,
    user_id: str,
    request: PromptRequest,
    once: Once,
    purse: tokens.SpendingLimit | None,
) -> Job:
    """The job that a twin of this request has just made, or the refusal that fits."""
    if no.failed("key") and (made := _made_before(user_id, request, once)):
        return made
    if no.failed("balance"):
        raise _too_few(user_id, request) from no
    if purse and no.failed("cap"):
        raise tokens.limit_exceeded(user_id, request.credits, purse) from no
    raise no


def _made_before(user_id: str, request: PromptRequest, once: Once) -> Job | None:
    replay = IdempotencyKey.find(*once.key, consistent=True)
    if replay is None:
        return None
    if once.lasts and replay.digest != request.digest:
        raise Conflict(
            _(
                "This Idempotency-Key was used for another request; nothing was done. "
                "Send a new key with a new request."
            )
        )
    return get(user_id, replay.job_id)


def _make(
    user_id: str,
    request: PromptRequest,
    once: Once,
    purse: tokens.SpendingLimit | None,
    *,
    state: JobState,
) -> Job:
    job = _new_job(user_id, request, state)
    job.purse = purse.name if purse else None
    replay = IdempotencyKey(*once.key, job_id=job.id, digest=request.digest, expires_at=once.lasts)
    with transaction() as work:
        work.put_new("job", job)
        work.put_new("key", replay)
        ledger.reserve(work, user_id, request.credits, reference=job.id)
        if purse:
            tokens.spend(work, user_id, request.credits, purse)
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
        active_shard=concurrency.active_shard(job_id),
        lease_until=concurrency.lease_end(concurrency.QUEUED_LEASE_SECONDS),
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


def get(user_id: str, job_id: str) -> Job:
    """Somebody's own job. Raises NotFound for everything else."""
    job = Job.find(*Job.key(user_id, job_id), consistent=True)
    if job is None:
        raise NotFound()
    return job


def recent(user_id: str, *, limit: int = 24, before: str | None = None) -> Page[Job]:
    """Somebody's jobs, newest first; `before` is the id of the last one seen."""
    keys = Job.sk.between("J#", f"J#{before}") if before else Job.sk.startswith("J#")
    newest = Job.query(f"U#{user_id}", keys, scan_index_forward=False, limit=limit + 2)
    found = [job for job in newest if job.id != before]
    return Page(found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def retry(user_id: str, job_id: str, *, purse: tokens.SpendingLimit | None = None) -> Job:
    """What did not come, as a new job, once. Raises Conflict unless it ended without all."""
    job = get(user_id, job_id)
    if job.state not in (JobState.FAILED, JobState.PARTIAL, JobState.CANCELLED):
        raise Conflict(_("Only a job that ended without all its pictures can be tried again."))
    once = Once(IdempotencyKey.retry_key(user_id, job_id), lasts=None)
    return _submit(user_id, missing_pictures(job), once, purse)


def missing_pictures(job: Job) -> PromptRequest:
    """What a second try asks for: the pictures that did not come, with new seeds for a part."""
    request = PromptRequest(**job.request)
    short = sum(slot.state not in (PictureState.READY, PictureState.GONE) for slot in job.slots)
    if short == len(job.slots):
        return request
    return replace(request, count=short, seed=None)


def update_slot(job: Job, number: int, *, state: PictureState, **known: object) -> bool:
    """Write what became of one picture, unless the job has ended (False)."""
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
    """From queued to running; also when it runs already. False when it has ended."""
    actions = [
        Job.state.set(JobState.RUNNING),
        Job.started_at.set(now()),
        Job.lease_until.set(concurrency.lease_end(concurrency.RUNNING_LEASE_SECONDS)),
        Job.version.add(1),
    ]
    try:
        with transaction() as work:
            work.update("job", job, actions=actions, condition=Job.state == JobState.QUEUED)
    except ConditionFailed:
        return get(job.user_id, job.id).state == JobState.RUNNING
    return True


def mark_seen(job: Job) -> None:
    """Its owner has seen on its page how it ended, so no alert has to say so. Once.

    One that is there already falls silent. If that fails, they are told twice, and no more.
    """
    if job.seen_at or job.state not in ANNOUNCED:
        return
    try:
        job.update([Job.seen_at.set(now())], condition=Job.seen_at.does_not_exist())
        events.publish("job-seen", job.user_id, job_id=job.id, ended=f"job-{job.state}")
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
    except (BotoCoreError, ClientError):
        logger.exception("the alert of job %s is not silenced", job.id)


def find_identical(user_id: str, request: PromptRequest) -> Job | None:
    """The job that has drawn exactly these pictures, if all are owned still; None for a first time.

    A request without a seed is always a new one.
    """
    found = [wish for seed in request.seeds if (wish := _wish(user_id, request.with_seed(seed)))]
    if not found or len(found) < request.count or len({wish.job_id for wish in found}) > 1:
        return None  # nothing of it, a part of it, or parts of several jobs
    if not all(_owned(user_id, wish.picture_id) for wish in found):
        return None
    return Job.find(*Job.key(user_id, found[0].job_id), consistent=True)


def _wish(user_id: str, request: PromptRequest) -> RequestFingerprint | None:
    return RequestFingerprint.find(
        *RequestFingerprint.key(user_id, request.digest), consistent=True
    )


def _owned(user_id: str, picture_id: str | None) -> bool:
    picture = Picture.find(*Picture.key(picture_id), consistent=True) if picture_id else None
    return picture is not None and picture.owner_id == user_id
