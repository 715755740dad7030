"""The steps of the workflow. Each is idempotent: repeated, it finds its work done.

A refusal is stored and returned; a step that raises is tried again by the workflow.
"""

import json
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop

from aptmagic.aws import events, storage
from aptmagic.aws.uploads import Rejected
from aptmagic.errors import NotFound
from aptmagic.service_backends import load_backend
from generation import moderation
from generation.jobs import fingerprints, inputs, jobs, settlement
from generation.jobs.models import Job, PictureState, Slot
from generation.library import derivatives, picture_files, png_metadata
from generation.operations import catalogue, registry, stored_requests
from generation.operations.operation import Inputs
from generation.operations.results import Declined, ImageResult, Pending

WITHHELD = gettext_noop("The finished picture broke our content rules, so we didn’t keep it.")
INPUT_DELETED = Declined("input", gettext_noop("The input picture was deleted."))
UNSUPPORTED = Declined("request", gettext_noop("This can’t be generated right now."))
# The user can change the prompt or the input; the other kinds are failures.
REFUSALS = ("prompt", "input", "output")


class DrawResult(StrEnum):
    STORED = "stored"
    NOT_DRAWN = "not-drawn"
    PENDING = "pending"  # ask again later


def prepare(user_id: str, job_id: str) -> bool:
    """Whether there is something to draw. Ends a job that must not be drawn."""
    job = jobs.get(user_id, job_id)
    if job.ended or not jobs.mark_running(job):
        return False
    request = stored_requests.load(job.request)
    if not stored_requests.can_draw(job.request):
        settlement.refuse(job, "unsupported")
        return False
    if catalogue.find_model(request.model, request.operation) is None:
        settlement.refuse(job, "gone")
        return False
    # Another job may have drawn it since this one was submitted.
    if earlier := fingerprints.find_identical_job(user_id, request):
        settlement.refuse(job, "owned", existing=earlier.id)
        return False
    return True


def draw(user_id: str, job_id: str, number: int) -> DrawResult:
    """Draw one picture, moderate it and store the original."""
    job = jobs.get(user_id, job_id)
    slot = job.slots[number]
    if job.ended or slot.state in (PictureState.REFUSED, PictureState.FAILED):
        return DrawResult.NOT_DRAWN
    if slot.state in (PictureState.STORED, PictureState.READY):
        return DrawResult.STORED
    if note := _stored_note(job, slot):
        return _mark_stored(job, number, note)
    jobs.update_slot(job, number, state=PictureState.DRAWING)
    return _keep_answer(job, number, _ask_provider(job, slot))


def _ask_provider(job: Job, slot: Slot) -> ImageResult | Declined | Pending:
    """Draw the picture, or collect it if it is pending."""
    if not stored_requests.can_draw(job.request):
        return UNSUPPORTED
    request = stored_requests.load(job.request)
    operation = registry.get(request.operation)
    provider: Any = load_backend(
        "IMAGE_PROVIDERS", catalogue.get_model(request.model, request.operation).provider
    )
    if slot.handle:
        collected: ImageResult | Declined | Pending = provider.collect(operation, slot.handle)
        return collected
    try:
        pictures = inputs.read(job.user_id, operation, request)
    except NotFound:
        return INPUT_DELETED
    drawn: ImageResult | Declined | Pending = provider.draw(
        operation, Inputs(request, pictures), seed=int(slot.seed)
    )
    return drawn


def _keep_answer(job: Job, number: int, answer: ImageResult | Declined | Pending) -> DrawResult:
    if isinstance(answer, Pending):
        handle = answer.handle
        waits = jobs.update_slot(job, number, state=PictureState.DRAWING, handle=handle)
        return DrawResult.PENDING if waits else DrawResult.NOT_DRAWN
    if isinstance(answer, Declined):
        state = PictureState.REFUSED if answer.kind in REFUSALS else PictureState.FAILED
        jobs.update_slot(job, number, state=state, reason=answer.reason)
        return DrawResult.NOT_DRAWN
    if _is_withheld(answer.picture):
        jobs.update_slot(job, number, state=PictureState.REFUSED, reason=WITHHELD)
        return DrawResult.NOT_DRAWN
    _store(job, job.slots[number], answer)
    return _mark_stored(job, number, answer.note)


def _mark_stored(job: Job, number: int, note: str) -> DrawResult:
    if jobs.update_slot(job, number, state=PictureState.STORED, note=note):
        return DrawResult.STORED
    return DrawResult.NOT_DRAWN


def _is_withheld(picture: bytes) -> bool:
    try:
        return moderation.is_picture_refused(picture)
    except Rejected:
        return True  # no moderation service can look at it, now or later


def _store(job: Job, slot: Slot, result: ImageResult) -> None:
    storage.private().put(
        picture_files.folder(job.user_id, slot.id) + picture_files.ORIGINAL,
        result.picture,
        content_type="image/png",
        metadata={"note": json.dumps(result.note)},  # ASCII, which the note itself need not be
    )


def _stored_note(job: Job, slot: Slot) -> str | None:
    """The note of an original that an earlier attempt stored before it was cut off."""
    key = picture_files.folder(job.user_id, slot.id) + picture_files.ORIGINAL
    try:
        return str(json.loads(storage.private().metadata(key)["note"]))
    except FileNotFoundError:
        return None


def derive(user_id: str, job_id: str, number: int) -> bool:
    """Make the variants of a stored original. True when the picture is ready."""
    job = jobs.get(user_id, job_id)
    slot = job.slots[number]
    if job.ended or slot.state != PictureState.STORED:
        return bool(slot.state == PictureState.READY)
    base = picture_files.folder(user_id, slot.id)
    original = storage.private().read(base + picture_files.ORIGINAL)
    derived = derivatives.derive(original)
    recipe = {**job.request, "seed": int(slot.seed)}
    files = {**derived.files, picture_files.WORKING: png_metadata.embed_recipe(original, recipe)}
    picture_files.store(base, files)
    return jobs.update_slot(
        job,
        number,
        state=PictureState.READY,
        width=derived.width,
        height=derived.height,
        thumbhash=derived.thumbhash,
        sha256=derived.sha256,
    )


def announce(user_id: str, job_id: str) -> None:
    """Publish `job.ended`, unless its owner cancelled it and knows."""
    job = jobs.get(user_id, job_id)
    if job.state not in jobs.ANNOUNCED:
        return
    events.publish(
        "job.ended",
        user_id=user_id,
        job_id=job_id,
        state=job.state,
        pictures=sum(slot.state == PictureState.READY for slot in job.slots),
        prompt=stored_requests.load(job.request).prompt[:80],
    )
