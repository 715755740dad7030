"""A picture that comes back in an archive: looked at as a stranger's, and kept once.

Its id is made of its owner, its day and its bytes, so that the same picture has the same id however
often it comes. It has a job, as every picture has; it cost nothing.
"""

import hashlib
import re
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
from generation import moderation
from generation.jobs.models import Job, JobState, PictureState, Slot
from generation.library import derivatives, picture_files, png_metadata
from generation.library.models import Picture
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest, validate

TRIES = 5
ALT_CHARACTERS = 300
NOTE_CHARACTERS = 500
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MODEL = re.compile(r"[a-z0-9][a-z0-9.:_-]{0,79}")
FROM_AN_ARCHIVE = "Imported from an archive: "  # see attribution.py
JUDGED = (1024, 1024)
METER = "import-picture"


def import_picture(user_id: str, found: ImportedPicture) -> ImportResult:
    """Any number of times. Raises TooManyRequests once today's pictures are used up, and Busy."""
    digest = hashlib.sha256(found.content).hexdigest()
    moment = _moment(found.record.get("created_at"))
    picture_id = _id(moment, user_id, digest)
    if _owned(user_id, str(found.record.get("id")), digest) or _owned(user_id, picture_id):
        return ImportResult.KNOWN
    try:
        request, alt, note = _words(user_id, found.record)
        original = _png(found.content)
        derived = derivatives.derive(original)
    except (Busy, TooManyRequests):
        raise
    except Refused:
        return ImportResult.REFUSED
    working = png_metadata.embed_recipe(original, request.as_dict())
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


def _moment(said: Any) -> datetime:
    """When it was made, as far as that can be true."""
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return now()
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, BEGINNING), now())


def _id(moment: datetime, user_id: str, what: str) -> str:
    # JSON can hold half a surrogate pair, which UTF-8 proper cannot.
    tail = hashlib.sha256(f"{user_id}\0{what}".encode("utf-8", "surrogatepass")).digest()[:10]
    return str(ULID(int(moment.timestamp() * 1000).to_bytes(6, "big") + tail))


def _words(user_id: str, record: dict[str, Any]) -> tuple[PromptRequest, str, str]:
    """Request, description and note. Raises Refused for words that are none of ours, and counts
    the picture."""
    request = _request(record.get("recipe"))
    alt, note = _text(record.get("alt"), ALT_CHARACTERS), _text(record.get("note"), NOTE_CHARACTERS)
    said = (request.prompt, request.negative_prompt, alt, note)
    moderation.check_text(*said, person=user_id, meter=METER)
    return request, alt or request.prompt[:ALT_CHARACTERS], _told(note)


def _request(recipe: Any) -> PromptRequest:
    if not isinstance(recipe, dict):
        raise Invalid(_("This picture has no settings."))
    model = str(recipe.get("model"))
    known = any(model in (each.id, each.slug) for each in catalogue.MODELS)
    if not known and not MODEL.fullmatch(model):
        raise Invalid(_("This isn’t a valid model name."))
    request = validate(
        model=model if known else catalogue.MODELS[0].id,
        prompt=_text(recipe.get("prompt")),
        negative_prompt=_text(recipe.get("negative_prompt")),
        aspect_ratio=_text(recipe.get("aspect_ratio")) or "1:1",
        style_preset=_text(recipe.get("style_preset")),
        seed=_number(recipe.get("seed")),
    )
    # A model that is no longer offered has drawn it all the same.
    return request if known else PromptRequest(**{**request.as_dict(), "model": model})


def _text(value: Any, most: int | None = None) -> str:
    text = normalise(value) if isinstance(value, str) else ""
    return text if most is None else CONTROL_CHARACTERS.sub("", text)[:most]


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _told(note: str) -> str:
    """What an archive says of a picture is its word, not ours."""
    return (
        f"{FROM_AN_ARCHIVE}{note.removeprefix(FROM_AN_ARCHIVE)}"
        if note
        else "Imported from an archive."
    )


def _png(content: bytes) -> bytes:
    """The same pixels in a file of our own making. Raises Rejected; Refused for what may not be."""
    image = decoding.open_untrusted(content, max_pixels=derivatives.MAX_PIXELS, min_side=16)
    file, seen = BytesIO(), BytesIO()
    image.save(file, "PNG", compress_level=6)
    small = image.convert("RGB")
    small.thumbnail(JUDGED, Image.Resampling.BICUBIC)
    small.save(seen, "JPEG", quality=90)
    if moderation.is_picture_refused(seen.getvalue()):
        raise Refused(_("This picture breaks our content rules."))
    return file.getvalue()


def _store(
    user_id: str, named: Any, request: PromptRequest, slot: Slot, alt: str, moment: datetime
) -> ImportResult:
    """The picture and its place in its job, together. `named` is what the archive calls the job."""
    for _try in range(TRIES):
        job, unchanged = _job_with_room(user_id, named, request, slot, moment)
        job.version += 1
        try:
            with transaction() as work:
                about = {"alt": alt, "recipe": request.as_dict(), "credits": 0}
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
    user_id: str, named: Any, request: PromptRequest, slot: Slot, moment: datetime
) -> tuple[Job, Any]:
    """The job with this slot in it, and the condition that it is stored as it was read.

    A job of ours has few pictures. An archive may say that thousands came of one, for which no
    item is large enough: each one more gets a job of its own.
    """
    for what in (f"job {named}", f"picture {slot.id}"):
        job_id = _id(moment, user_id, what)
        found = Job.find(*Job.key(user_id, job_id), consistent=True)
        job = found or _job(user_id, job_id, request, moment)
        if _put_in(job, slot):
            break
    return job, not_exists(Job) if found is None else Job.version == found.version


def _put_in(job: Job, slot: Slot) -> bool:
    """False for a full job. A picture that was deleted comes back to its place."""
    ids = [each.id for each in job.slots]
    slot.number = ids.index(slot.id) if slot.id in ids else len(ids)
    if slot.number >= catalogue.COUNT_MAX:
        return False
    job.slots[slot.number : slot.number + 1] = [slot]
    return True


def _job(user_id: str, job_id: str, request: PromptRequest, moment: datetime) -> Job:
    return Job(
        *Job.key(user_id, job_id),
        id=job_id,
        user_id=user_id,
        state=JobState.READY,
        request={**request.as_dict(), "seed": None},
        slots=[],
        held=0,
        charged=0,
        outcome="brought",
        created_at=moment,
        ended_at=moment,
    )
