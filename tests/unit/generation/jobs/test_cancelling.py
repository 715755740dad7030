"""Cancelling ends a job with what is ready: seen is kept and paid for, all the rest is released."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from accounts.api_tokens import tokens
from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from aptmagic.aws import clients
from aptmagic.deploy import zappa_stages
from aptmagic.errors import Conflict
from aptmagic.lambda_handler import handler
from generation.jobs import jobs, outcome_messages, settlement, steps, submission
from generation.jobs.models import Job, JobState, PictureState, WaitingJob
from generation.jobs.presenters import JobPresenter
from generation.library import personal_data, pictures
from generation.library.models import Picture
from generation.representations import job_json
from tests.unit.failures import everything
from tests.unit.fake_services import prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")


def begun(ada: Any, key: str = "k", **more: Any) -> Job:
    job = submission.submit(ada.user_id, prompt_request(**more), key=key)
    assert steps.prepare(ada.user_id, job.id)
    return job


def draw(job: Job, number: int) -> None:
    if steps.draw(job.user_id, job.id, number) == steps.DrawResult.STORED:
        steps.derive(job.user_id, job.id, number)


def owned(user_id: str) -> set[str]:
    return {picture.id for picture in pictures.list_pictures(user_id).items}


def files(user_id: str) -> set[str]:
    """The pictures of which there is a file."""
    found = clients.client("s3").list_objects_v2(Bucket=site.PRIVATE_BUCKET, Prefix="pictures")
    return {item["Key"].split("/")[2] for item in found.get("Contents", [])}


def chore(job: Job) -> dict[str, Any]:
    about = {"user_id": job.user_id, "job_id": job.id}
    return {"command": "delete_unkept_pictures", "input": about}


def test_what_is_ready_is_kept_and_charged(ada: Any) -> None:
    job = begun(ada, count=4)
    for number in range(3):
        draw(job, number)
    seen = [picture.id for picture in JobPresenter(jobs.get(ada.user_id, job.id)).kept]
    assert len(seen) == 3, "a page has shown them"

    job = settlement.cancel(ada.user_id, job.id)

    assert (job.state, job.outcome, job.charged) == (JobState.CANCELLED, "cancelled", 9)
    assert owned(ada.user_id) == set(seen)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(16, 0)
    assert ledger.check(ada.user_id).balanced


def test_what_was_drawn_and_is_not_ready_is_neither_kept_nor_charged(
    ada: Any, settings: Any
) -> None:
    settings.RUNNING_JOBS = 1
    running = begun(ada, count=2)
    waiting = submission.submit(ada.user_id, prompt_request("a fox"), key="k2")
    steps.draw(ada.user_id, running.id, 0)

    settlement.cancel(ada.user_id, waiting.id)
    settlement.cancel(ada.user_id, running.id)

    assert (
        ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)
        and owned(ada.user_id) == set()
    )
    assert list(WaitingJob.query(f"U#{ada.user_id}", WaitingJob.sk.startswith("W#"))) == []
    assert steps.derive(ada.user_id, running.id, 0) is False
    assert JobPresenter(jobs.get(ada.user_id, running.id)).kept == []


def test_when_all_is_ready_there_is_nothing_to_cancel(ada: Any) -> None:
    job = begun(ada)
    draw(job, 0)
    job = settlement.cancel(ada.user_id, job.id)
    assert (job.state, job.outcome, job.charged) == (JobState.READY, "ready", 3)
    with pytest.raises(Conflict):
        settlement.cancel(ada.user_id, job.id)


def test_cancelling_twice_answers_the_same(ada: Any) -> None:
    """The first answer may have been lost."""
    job = begun(ada, count=2)
    draw(job, 0)
    first, second = (settlement.cancel(ada.user_id, job.id) for _ in range(2))
    assert (first.state, first.charged) == (second.state, second.charged) == (JobState.CANCELLED, 3)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(22, 0)


def test_a_token_gets_back_what_was_released(ada: Any) -> None:
    secret = tokens.create(ada.user_id, "ada", ["generate"], cap=12)
    limit = tokens.spending_limit(tokens.verify(secret))  # type: ignore[arg-type]
    job = submission.submit(ada.user_id, prompt_request(count=4), key="k", spending_limit=limit)
    steps.prepare(ada.user_id, job.id)
    draw(job, 0)
    settlement.cancel(ada.user_id, job.id)
    assert [each.spent for each in tokens.list_tokens(ada.user_id)] == [3]


def test_page_and_programs_are_told_what_was_kept(ada: Any) -> None:
    job = begun(ada, count=2)
    draw(job, 0)
    job = settlement.cancel(ada.user_id, job.id)
    said = job_json(JobPresenter(job))
    assert [picture["state"] for picture in said["pictures"]] == ["ready", "failed"]
    assert said["state"] == "cancelled" and said["outcome"] == {
        "kind": "cancelled",
        "message": "Cancelled. 1 of 2 pictures was already finished and is in your library. "
        "3 credits charged.",
        "charged": 3,
    }
    page = ada.client.get(f"/jobs/{job.id}/").text
    assert page.count("<picture") == 1 and f"/pictures/{job.slots[0].id}/" in page
    assert "Try again · 3 credits" in page and "Cancelled. You weren’t charged for it." in page
    again = submission.retry(ada.user_id, job.id)
    assert len(again.slots) == 1 and again.held == 3


@pytest.fixture
def for_free(settings: Any, tmp_path: Path) -> None:
    data = json.loads(Path(settings.IMAGE_CATALOGUES[0]).read_text("utf-8"))
    for model in data["models"]:
        model["credits"] = 0
    (tmp_path / "catalogue.json").write_text(json.dumps(data))
    settings.IMAGE_CATALOGUES = [tmp_path / "catalogue.json"]


@pytest.mark.usefixtures("for_free")
def test_a_part_of_what_is_free_is_a_part(ada: Any) -> None:
    job = run_workflow(
        submission.submit(ada.user_id, prompt_request("[decline 8]", seed=7, count=2), key="k")
    )
    assert (job.state, job.charged) == (JobState.PARTIAL, 0)
    assert outcome_messages.outcome_message(job).startswith("Finished 1 of 2 pictures.")
    assert ada.client.get(f"/jobs/{job.id}/").status_code == 200


# Files ------------------------------------------------------------------------------------------
def test_files_of_pictures_that_were_not_kept_are_deleted(ada: Any) -> None:
    job = begun(ada, count=3)
    draw(job, 0)
    steps.draw(ada.user_id, job.id, 1)
    settlement.cancel(ada.user_id, job.id)
    assert len(files(ada.user_id)) == 2

    handler(chore(job))

    assert files(ada.user_id) == owned(ada.user_id) == {job.slots[0].id}
    assert handler(chore(job)) == {"files": 0}


def test_a_job_that_goes_on_keeps_its_files(ada: Any) -> None:
    """Whoever left the chore died before the job was ended."""
    job = begun(ada, count=2)
    steps.draw(ada.user_id, job.id, 0)
    assert handler(chore(job)) == {"files": 0}
    assert run_workflow(job).state == JobState.READY


def test_the_chore_comes_when_no_step_can_be_under_way(ada: Any, aws: Callable[[str], Any]) -> None:
    sent: list[dict[str, Any]] = []

    def hear(params: dict[str, Any], **_: Any) -> None:
        sent.append({**json.loads(params["MessageBody"]), "delay": params["DelaySeconds"]})

    job = begun(ada)
    aws("sqs").meta.events.register("provide-client-params.sqs.SendMessage", hear)
    try:
        settlement.cancel(ada.user_id, job.id)
    finally:
        aws("sqs").meta.events.unregister("provide-client-params.sqs.SendMessage", hear)
    assert [{**each, "delay": 0} for each in sent] == [{**chore(job), "delay": 0}]
    said = [zappa_stages.settings("production", name) for name in zappa_stages.functions()]
    longest = max(each["timeout_seconds"] for each in said)
    assert sent[0]["delay"] > 2 * longest


def test_an_export_leaves_out_a_picture_without_an_owner(ada: Any) -> None:
    job = begun(ada, count=2)
    draw(job, 0)
    steps.draw(ada.user_id, job.id, 1)
    settlement.cancel(ada.user_id, job.id)
    shelved = list(personal_data.PictureData().list_pictures(ada.user_id))
    assert [each.id for each in shelved] == [job.slots[0].id]
    [document] = personal_data.PictureData().documents(ada.user_id)
    [told] = json.loads("".join(document.text))
    assert told["pictures"] == [job.slots[0].id]


# At the same time -------------------------------------------------------------------------------
@contextmanager
def before_call(n: int, verb: Callable[[], Any]) -> Iterator[list[str]]:
    """Does it once, just before the nth call to AWS; gives the call's name when it has."""
    met: list[str] = []
    left = [n]

    def interfere(model: Any, **_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            met.append(model.name)
            verb()

    with ExitStack() as ending:
        for client in everything():
            client.meta.events.register("before-call", interfere)
            ending.callback(client.meta.events.unregister, "before-call", interfere)
        yield met


def come_true(job: Job, seen: set[str]) -> None:
    """Whatever came first: charged is what is owned, seen is owned, and no other file stays."""
    job = jobs.get(job.user_id, job.id)
    handler(chore(job))
    mine = {slot.id for slot in job.slots} & owned(job.user_id)
    ready = {slot.id for slot in job.slots if slot.state == PictureState.READY}
    assert job.ended and job.charged == 3 * len(mine)
    assert seen <= mine == ready == files(job.user_id) & {slot.id for slot in job.slots}
    assert ledger.get_balance(job.user_id).reserved == 0 and ledger.check(job.user_id).balanced
    assert all(Picture.find(*Picture.key(each)) for each in mine)


def looked_at(job: Job) -> set[str]:
    """What its page shows at this moment."""
    return {picture.id for picture in JobPresenter(jobs.get(job.user_id, job.id)).kept}


@pytest.fixture
def rich(ada: Any) -> Any:
    ledger.grant(ada.user_id, 10_000, reference="r", kind=PROMOTION)
    return ada


def test_whenever_a_job_is_cancelled_the_books_agree_with_the_library(rich: Any) -> None:
    """Before each single call that its steps make."""
    for cut in itertools.count(1):
        job = submission.submit(rich.user_id, prompt_request(count=2), key=f"k{cut}")
        seen: set[str] = set()

        def cancel(job: Job = job, seen: set[str] = seen) -> None:
            seen |= looked_at(job)
            with suppress(Conflict):  # it has just ended by itself
                settlement.cancel(job.user_id, job.id)

        with before_call(cut, cancel) as met:
            if steps.prepare(job.user_id, job.id):
                draw(job, 0)
            settlement.settle(job.user_id, job.id)
        if not met:
            break
        come_true(job, seen)
    assert cut > 15


@pytest.mark.parametrize("steps", [lambda job: draw(job, 1), run_workflow])
def test_whatever_a_job_does_while_it_is_cancelled_the_books_agree_with_the_library(
    rich: Any, steps: Callable[[Job], Any]
) -> None:
    """Its next steps, or all that is left of it, before each call that cancelling makes."""
    for cut in itertools.count(1):
        job = begun(rich, key=f"k{cut}", count=2)
        draw(job, 0)
        seen = looked_at(job)
        late = suppress(Conflict)  # it has just ended by itself
        with before_call(cut, lambda job=job: steps(job)) as met, late:  # type: ignore[misc]
            settlement.cancel(job.user_id, job.id)
        if not met:
            break
        come_true(job, seen)
    assert cut > 4
