"""Finds the job that already drew exactly this request, so that no picture is paid for twice."""

from generation.jobs.models import Job, RequestFingerprint, Slot
from generation.library.models import Picture
from generation.operations import registry, stored_requests
from generation.operations.operation import Request


def find_identical_job(user_id: str, request: Request) -> Job | None:
    """The job that drew exactly these pictures, if the user still has all of them.

    A request without a seed is always a new one.
    """
    operation = registry.find(request.operation)
    seeds = operation.seeds(request) if operation else []
    found = [each for seed in seeds if (each := _find(user_id, request.with_seed(seed)))]
    if not found or len(found) < request.count or len({each.job_id for each in found}) > 1:
        return None  # nothing of it, a part of it, or parts of several jobs
    if not all(_owned(user_id, each.picture_id) for each in found):
        return None
    return Job.find(*Job.key(user_id, found[0].job_id), consistent=True)


def new_fingerprint(job: Job, slot: Slot) -> RequestFingerprint:
    """The item by which the same request finds this picture later."""
    request: Request = stored_requests.load(job.request)
    key = RequestFingerprint.key(job.user_id, request.with_seed(int(slot.seed)).digest)
    return RequestFingerprint(*key, job_id=job.id, picture_id=slot.id)


def _find(user_id: str, request: Request) -> RequestFingerprint | None:
    key = RequestFingerprint.key(user_id, request.digest)
    return RequestFingerprint.find(*key, consistent=True)


def _owned(user_id: str, picture_id: str | None) -> bool:
    picture = Picture.find(*Picture.key(picture_id), consistent=True) if picture_id else None
    return picture is not None and picture.owner_id == user_id
