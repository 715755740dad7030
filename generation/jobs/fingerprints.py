"""Finds the job that has drawn exactly this request, so that nobody pays twice for a picture."""

from generation.jobs.models import Job, RequestFingerprint
from generation.library.models import Picture
from generation.operations.prompt_request import PromptRequest


def find_identical_job(user_id: str, request: PromptRequest) -> Job | None:
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
