"""A service that answers later is asked for a picture once, and then what became of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.billing import ledger
from generation import tasks
from generation.jobs import jobs, settlement, steps, submission
from generation.jobs.models import Job, JobState
from generation.operations.operation import Inputs, Operation
from generation.operations.results import Declined, ImageResult, Pending
from tests.unit.fake_services import png, prompt_request


class Patient:
    """Pending until it was asked twice; then as the prompt says."""

    drawn: list[str] = []
    collected: list[str] = []

    def draw(self, operation: Operation, inputs: Inputs, *, seed: int) -> Pending:
        handle = f"{inputs.request.prompt} {seed}"
        self.drawn.append(handle)
        return Pending(handle)

    def collect(self, operation: Operation, handle: str) -> ImageResult | Declined | Pending:
        self.collected.append(handle)
        if self.collected.count(handle) < 2:
            return Pending(handle)
        if "[decline]" in handle:
            return Declined("output", "The model’s content filter blocked the result.")
        return ImageResult(png(3), "Drawn in time.")


@pytest.fixture(autouse=True)
def patient(fake_services: None, settings: Any) -> Iterator[None]:
    settings.IMAGE_PROVIDERS = {"bedrock": {"BACKEND": f"{__name__}.Patient", "OPTIONS": {}}}
    yield
    Patient.drawn.clear()
    Patient.collected.clear()


def started(person: Any, prompt: str = "a fox") -> Job:
    job = submission.submit(person.user_id, prompt_request(prompt, seed=7), key="k")
    assert steps.prepare(person.user_id, job.id)
    return job


def ask(job: Job) -> dict[str, Any]:
    return tasks.draw(job.user_id, job.id, 0)


def test_it_is_drawn_once_and_collected_until_it_is_there(ada: Any) -> None:
    job = started(ada)
    pending = {"number": 0, "drawn": False, "pending": True}
    assert [ask(job), ask(job)] == [pending, pending]
    assert ask(job) == {"number": 0, "drawn": True, "pending": False}
    assert Patient.drawn == ["a fox 7"] and Patient.collected == ["a fox 7"] * 2
    assert steps.derive(job.user_id, job.id, 0)
    ended = settlement.settle(job.user_id, job.id)
    assert (ended.state, ended.charged, ended.slots[0].note) == ("ready", 3, "Drawn in time.")


def test_a_later_no_is_final_and_free(ada: Any) -> None:
    job = started(ada, "a [decline] fox")
    answers = [ask(job)["pending"] for _ in range(3)]
    assert answers == [True, True, False]
    assert ask(job) == {"number": 0, "drawn": False, "pending": False}
    ended = settlement.settle(job.user_id, job.id)
    assert (ended.state, ended.charged) == (JobState.FAILED, 0)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)


def test_a_cancelled_job_waits_no_longer(ada: Any) -> None:
    job = started(ada)
    assert ask(job)["pending"]
    settlement.cancel(job.user_id, job.id)
    assert ask(job) == {"number": 0, "drawn": False, "pending": False}
    assert Patient.collected == [] and jobs.get(job.user_id, job.id).charged == 0
