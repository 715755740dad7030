"""Import of one picture from an archive, which is untrusted.

Its id is made of its owner, its day and its bytes, so that the same picture has the same id however
often it comes. It has a job, as every picture has; it cost nothing.
"""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image
from ulid import ULID

from accounts.privacy.personal_data import ImportedPicture, ImportResult
from aptmagic.aws.dynamodb import ConditionFailed, not_exists, now, transaction
from aptmagic.errors import Busy, Invalid, Refused, TooManyRequests
from aptmagic.images import decoding
from aptmagic.text import CONTROL_CHARACTERS, normalise
from generation import attribution, moderation
from generation.jobs.models import Job, JobState, PictureState, Slot
from generation.library import derivatives, picture_files, png_metadata
from generation.library.models import Picture
from generation.operations import catalogue, registry, stored_requests
from generation.operations.fields import Field, IntegerField, NumberField
from generation.operations.operation import Request
from generation.operations.validation import validate

MAX_ATTEMPTS = 5
MAX_SLOTS = 4  # of a job, as many as one request may ask for
ALT_CHARACTERS = 300
NOTE_CHARACTERS = 500
PROMPT_CHARACTERS = 10_000
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
MODEL = re.compile(r"[a-z0-9][a-z0-9.:_-]{0,79}")
OPERATION = re.compile(r"[a-z][a-z0-9-]{0,39}")
NOTE_PREFIX = (attribution.IMPORTED_NOTE % {"note": ""}).rstrip() + " "
MODERATION_SIZE = (1024, 1024)
RATE_LIMIT = "import-picture"


def import_picture(user_id: str, found: ImportedPicture) -> ImportResult:
    """Import one picture; idempotent. Raises TooManyRequests at the daily limit, and Busy."""
    digest = hashlib.sha256(found.content).hexdigest()
    moment = _created_at(found.record.get("created_at"))
    picture_id = _stable_id(moment, user_id, digest)
    if _owned(user_id, str(found.record.get("id")), digest) or _owned(user_id, picture_id):
        return ImportResult.KNOWN
    try:
        request, alt, note = _checked_words(user_id, found.record)
        original = _reencode(found.content)
        derived = derivatives.derive(original)
    except (Busy, TooManyRequests):
        raise
    except Refused:
        return ImportResult.REFUSED
    working = png_metadata.embed_recipe(original, stored_requests.dump(request))
    copies = {picture_files.ORIGINAL: original, picture_files.WORKING: working}
    picture_files.store(picture_files.folder(user_id, picture_id), {**copies, **derived.files})
    slot = Slot(
        id=picture_id,
        seed=request.seed or 0,
        state=PictureState.READY,
        width=derived.width,
        height=derived.height,
        thumbhash=derived.thumbhash,
        sha256=derived.sha256,
        note=note,
    )
    return _store(user_id, found.record.get("job"), request, slot, alt, moment)


def _owned(user_id: str, picture_id: str, digest: str = "") -> bool:
    picture = Picture.find(*Picture.key(picture_id[:100]), consistent=True)
    if picture is None or picture.owner_id != user_id:
        return False
    return not digest or picture.sha256 == digest


def _created_at(said: Any) -> datetime:
    """The date the archive gives, limited to the plausible."""
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return now()
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, EARLIEST), now())


def _stable_id(moment: datetime, user_id: str, what: str) -> str:
    # JSON can hold half a surrogate pair, which UTF-8 proper cannot.
    tail = hashlib.sha256(f"{user_id}\0{what}".encode("utf-8", "surrogatepass")).digest()[:10]
    return str(ULID(int(moment.timestamp() * 1000).to_bytes(6, "big") + tail))


def _checked_words(user_id: str, record: dict[str, Any]) -> tuple[Request, str, str]:
    """Request, description and note. Raises RefusedText, and counts the picture."""
    request = _request(record.get("recipe"))
    alt, note = _text(record.get("alt"), ALT_CHARACTERS), _text(record.get("note"), NOTE_CHARACTERS)
    operation = registry.find(request.operation)
    words = operation.texts(request) if operation else [request.prompt]
    moderation.check_text(*words, alt, note, person=user_id, meter=RATE_LIMIT)
    return request, alt or request.prompt[:ALT_CHARACTERS], _imported_note(note)


def _request(recipe: Any) -> Request:
    """The request that an archive says the picture was made with. Raises Invalid.

    A model or an operation that this release does not offer has drawn it all the same.
    """
    if not isinstance(recipe, dict):
        raise Invalid(_("This picture has no settings."))
    name, model = str(recipe.get("operation") or registry.DEFAULT), str(recipe.get("model"))
    operation = registry.find(name)
    if not catalogue.find_model(model) and not MODEL.fullmatch(model):
        raise Invalid(_("This isn’t a valid model name."))
    if operation is None:
        return _unknown_operation(name, model, recipe)
    request: Request = validate(
        operation=name,
        model=model if catalogue.find_model(model, name) else operation.models[0].id,
        **{
            each: _value(field, recipe.get(each))
            for each, field in operation.fields.items()
            if each != "count"
        },
    )
    return request if catalogue.find_model(model, name) else replace(request, model=model)


def _unknown_operation(name: str, model: str, recipe: dict[str, Any]) -> Request:
    if not OPERATION.fullmatch(name):
        raise Invalid(_("This isn’t a valid operation name."))
    prompt = _text(recipe.get("prompt"), PROMPT_CHARACTERS)
    return Request(operation=name, model=model, prompt=prompt)


def _value(field: Field, value: Any) -> Any:
    """A value of the field's JSON type, or None for its default."""
    if isinstance(field, IntegerField):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(field, NumberField):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return _text(value) or None


def _text(value: Any, most: int | None = None) -> str:
    text = normalise(value) if isinstance(value, str) else ""
    return text if most is None else CONTROL_CHARACTERS.sub("", text)[:most]


def _imported_note(note: str) -> str:
    """The archive's note, marked as imported."""
    return f"{NOTE_PREFIX}{note.removeprefix(NOTE_PREFIX)}" if note else attribution.IMPORTED


def _reencode(content: bytes) -> bytes:
    """The same pixels, re-encoded. Raises Rejected, or Refused if it breaks the rules."""
    image = decoding.open_untrusted(content, max_pixels=derivatives.MAX_PIXELS, min_side=16)
    file, seen = BytesIO(), BytesIO()
    image.save(file, "PNG", compress_level=6)
    small = image.convert("RGB")
    small.thumbnail(MODERATION_SIZE, Image.Resampling.BICUBIC)
    small.save(seen, "JPEG", quality=90)
    if moderation.is_picture_refused(seen.getvalue()):
        raise Refused(_("This picture breaks our content rules."))
    return file.getvalue()


def _store(
    user_id: str, named: Any, request: Request, slot: Slot, alt: str, moment: datetime
) -> ImportResult:
    """Store the picture with its slot. `named` is the archive's own id of the job."""
    for _try in range(MAX_ATTEMPTS):
        job, unchanged = _job_with_room(user_id, named, request, slot, moment)
        job.version += 1
        try:
            with transaction() as work:
                about = {"alt": alt, "recipe": stored_requests.dump(request), "credits": 0}
                picture = Picture.from_slot(job, slot, created_at=moment, **about)
                work.put_new("picture", picture)
                work.put("job", job, condition=unchanged)
        except ConditionFailed as no:
            if no.failed("picture"):
                return ImportResult.KNOWN
            continue
        return ImportResult.NEW
    raise RuntimeError(f"the job of picture {slot.id} is changed all the time")


def _job_with_room(
    user_id: str, named: Any, request: Request, slot: Slot, moment: datetime
) -> tuple[Job, Any]:
    """The job with this slot added, and the condition that it hasn't changed since it was read.

    A job has at most four pictures. An archive may claim thousands for one, for which no
    item is large enough: each one more gets a job of its own.
    """
    for what in (f"job {named}", f"picture {slot.id}"):
        job_id = _stable_id(moment, user_id, what)
        found = Job.find(*Job.key(user_id, job_id), consistent=True)
        job = found or _new_job(user_id, job_id, request, moment)
        if _add_slot(job, slot):
            break
    return job, not_exists(Job) if found is None else Job.version == found.version


def _add_slot(job: Job, slot: Slot) -> bool:
    """False for a full job. A deleted picture takes its old place."""
    ids = [each.id for each in job.slots]
    slot.number = ids.index(slot.id) if slot.id in ids else len(ids)
    if slot.number >= MAX_SLOTS:
        return False
    job.slots[slot.number : slot.number + 1] = [slot]
    return True


def _new_job(user_id: str, job_id: str, request: Request, moment: datetime) -> Job:
    return Job(
        *Job.key(user_id, job_id),
        id=job_id,
        user_id=user_id,
        state=JobState.READY,
        request={**stored_requests.dump(request), "seed": None},
        slots=[],
        held=0,
        charged=0,
        outcome="brought",
        created_at=moment,
        ended_at=moment,
    )
