"""The steps between a job's start and its end. Each finds its own work done and is content.

A step that was refused writes so and returns; a step that raises is tried again by the workflow.
"""

import json

from django.utils.translation import gettext_noop

from aptmagic.aws import events, storage
from aptmagic.aws.uploads import Rejected
from aptmagic.backends import load_backend
from aptmagic.errors import Invalid
from generation import moderation
from generation.jobs import fingerprints, jobs, settlement
from generation.jobs.models import Job, PictureState, Slot
from generation.library import derivatives, picture_files, png_metadata
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest
from generation.providers import Declined, ImageProvider

WITHHELD = gettext_noop("The finished picture broke our content rules, so we didn’t keep it.")


def prepare(user_id: str, job_id: str) -> bool:
    """Whether there is something to draw: the job lives, its model too, and it is a new wish."""
    job = jobs.get(user_id, job_id)
    if job.ended or not jobs.mark_running(job):
        return False
    try:
        catalogue.model(job.request["model"])
    except Invalid:
        settlement.refuse(job, "gone")
        return False
    if earlier := fingerprints.find_identical_job(
        user_id, PromptRequest(**job.request)
    ):  # since it was asked for
        settlement.refuse(job, "owned", existing=earlier.id)
        return False
    return True


def draw(user_id: str, job_id: str, number: int) -> bool:
    """Draw one picture, judge it, keep the original. True when it is kept."""
    job = jobs.get(user_id, job_id)
    slot = job.slots[number]
    if job.ended or slot.state in (PictureState.REFUSED, PictureState.FAILED):
        return False
    if slot.state in (PictureState.STORED, PictureState.READY):
        return True
    if note := _kept(job, slot):
        return jobs.update_slot(job, number, state=PictureState.STORED, note=note)
    jobs.update_slot(job, number, state=PictureState.DRAWING)
    return _draw(job, number)


def _draw(job: Job, number: int) -> bool:
    request = PromptRequest(**job.request)
    provider: ImageProvider = load_backend("IMAGE_PROVIDERS", request.image_model.provider)
    slot = job.slots[number]
    answer = provider.draw(request, seed=int(slot.seed))
    if isinstance(answer, Declined):
        state = PictureState.REFUSED if answer.kind in ("prompt", "output") else PictureState.FAILED
        jobs.update_slot(job, number, state=state, reason=answer.reason)
        return False
    if _is_withheld(answer.picture):
        jobs.update_slot(job, number, state=PictureState.REFUSED, reason=WITHHELD)
        return False
    _keep(job, slot, answer.picture, answer.note)
    return jobs.update_slot(job, number, state=PictureState.STORED, note=answer.note)


def _is_withheld(picture: bytes) -> bool:
    try:
        return moderation.is_picture_refused(picture)
    except Rejected:
        return True  # nobody can judge it, now or later


def _keep(job: Job, slot: Slot, picture: bytes, note: str) -> None:
    storage.private().put(
        picture_files.folder(job.user_id, slot.id) + picture_files.ORIGINAL,
        picture,
        content_type="image/png",
        metadata={"note": json.dumps(note)},  # ASCII, which the note itself need not be
    )


def _kept(job: Job, slot: Slot) -> str | None:
    """The note of an original that a killed worker stored and could not tell of; None without."""
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
        prompt=job.request["prompt"][:80],
    )
