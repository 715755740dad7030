"""Steps of the workflow and messages of the queues, as the commands that settings name."""

from typing import Any

from aptmagic.observability import metrics
from generation.jobs import jobs, settlement, smoke, steps
from generation.jobs import sweep as sweeping
from generation.library import picture_files


def prepare(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    go = steps.prepare(user_id, job_id)
    count = len(jobs.get(user_id, job_id).slots)
    return {"go": go, "pictures": [{"number": number} for number in range(count)]}


def draw(user_id: str, job_id: str, number: int) -> dict[str, Any]:
    """A picture that is pending is asked for again by the workflow, after a while."""
    result = steps.draw(user_id, job_id, number)
    return {
        "number": number,
        "drawn": result == steps.DrawResult.STORED,
        "pending": result == steps.DrawResult.PENDING,
    }


def derive(user_id: str, job_id: str, number: int) -> dict[str, Any]:
    return {"number": number, "drawn": steps.derive(user_id, job_id, number)}


def settle(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    return {"state": settlement.settle(user_id, job_id).state}


def announce(user_id: str, job_id: str, **_: Any) -> dict[str, Any]:
    steps.announce(user_id, job_id)
    return {}


def sweep(**_: Any) -> dict[str, Any]:
    """An alarm goes off when five minutes pass without one that ended well."""
    looked_after = sweeping.run()
    metrics.count("Sweeps")
    return {"jobs": looked_after}


def draw_test_picture() -> dict[str, Any]:
    return smoke.draw_test_picture()


def delete_files(bucket: str, base: str, unless: list[str] | None = None) -> dict[str, Any]:
    return {"files": picture_files.delete_folder(bucket, base, unless)}


def delete_unkept_pictures(user_id: str, job_id: str) -> dict[str, Any]:
    return {"files": settlement.delete_unkept(user_id, job_id)}
