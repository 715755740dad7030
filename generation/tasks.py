"""Steps of the workflow and messages of the queues, as the commands that settings name."""

from typing import Any

from aptmagic import metrics
from generation import drawing, jobs, pictures, settling, sweeping


def prepare(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    go = drawing.prepare(user_id, job_id)
    count = len(jobs.get(user_id, job_id).slots)
    return {"go": go, "pictures": [{"number": number} for number in range(count)]}


def draw(user_id: str, job_id: str, number: int) -> dict[str, Any]:
    return {"number": number, "drawn": drawing.draw(user_id, job_id, number)}


def derive(user_id: str, job_id: str, number: int) -> dict[str, Any]:
    return {"number": number, "drawn": drawing.derive(user_id, job_id, number)}


def settle(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    return {"state": settling.settle(user_id, job_id).state}


def announce(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    drawing.announce(user_id, job_id)
    return {}


def sweep(**_: Any) -> dict[str, Any]:
    """An alarm goes off when five minutes pass without one that ended well."""
    jobs = sweeping.sweep()
    metrics.count("Sweeps")
    return {"jobs": jobs}


def try_drawing() -> dict[str, Any]:
    return drawing.try_drawing()


def forget_files(bucket: str, base: str, unless: list[str] | None = None) -> dict[str, Any]:
    return {"files": pictures.forget_files(bucket, base, unless)}


def forget_unkept(user_id: str, job_id: str) -> dict[str, Any]:
    return {"files": settling.forget_unkept(user_id, job_id)}
