"""The whole way of a prompt, through the real state machine: every stumble ends well."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Busy, Conflict, NotEnoughCredits
from aptmagic.local.processes import wait_until
from gallery.management.commands import seed
from generation.jobs import jobs, outcome_messages, settlement, submission
from generation.jobs.models import Job, JobState, PictureState, RunningJobs
from generation.library import picture_files, pictures
from generation.library.models import Picture
from generation.operations.operation import Request
from generation.operations.validation import validate
from tests.embedded_cloud import EmbeddedCloud

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def ada() -> Iterator[str]:
    """Somebody new with 25 credits; her books are proved when the story has ended."""
    user_id = new_id().lower()
    unconfirmed.claim(user_id, f"ada{user_id[-12:]}", f"{user_id}@example.org")
    confirmation.confirm(user_id, f"{user_id}@example.org")
    yield user_id
    assert books(user_id).balanced


def books(user_id: str) -> ledger.AccountCheck:
    [found] = [each for each in ledger.check_all() if each.user_id == user_id]
    return found


def wish(prompt: str = "a fox", **more: Any) -> Request:
    return validate(**{"model": "fast", "prompt": prompt, **more})


def ended(job: Job, seconds: float = 90) -> Job:
    assert wait_until(lambda: jobs.get(job.user_id, job.id).ended, seconds=seconds), job.id
    return jobs.get(job.user_id, job.id)


def drawn(user_id: str, prompt: str, **more: Any) -> Job:
    return ended(submission.submit(user_id, wish(prompt, **more), key=new_id()))


def test_a_prompt_becomes_a_picture_that_a_browser_can_fetch(ada: str) -> None:
    job = drawn(ada, "a lighthouse at night", count=2)
    assert job.state == JobState.READY and job.charged == 6
    for picture in pictures.list_pictures(ada).items:
        own = pictures.get_own(ada, picture.id)
        for source in picture_files.sources_of(own).avif.split(", "):
            with urlopen(source.split()[0]) as answer:
                assert answer.headers["Content-Type"] == "image/avif"
        assert "not made by an AI model" in own.note


@pytest.mark.parametrize(
    ("words", "state", "said"),
    [
        ("a fox [[filter-prompt]]", JobState.FAILED, "declined this prompt"),
        ("a fox [[filter-output]]", JobState.FAILED, "content filter blocked the result"),
        ("a fox [[flag-picture]]", JobState.FAILED, "didn’t keep it"),
        ("a fox [[model-gone]]", JobState.FAILED, "You weren’t charged."),
        ("a fox [[quota]]", JobState.FAILED, "You weren’t charged."),
        ("a fox [[throttle]]", JobState.FAILED, "You weren’t charged."),
    ],
)
def test_what_cannot_be_drawn_costs_nothing_and_says_why(
    ada: str, words: str, state: JobState, said: str
) -> None:
    job = drawn(ada, words)
    assert job.state == state and said in outcome_messages.outcome_message(job)
    assert ledger.get_balance(ada) == ledger.CreditBalance(25, 0)
    assert pictures.list_pictures(ada).items == []


@pytest.mark.parametrize("stumble", ["throttle:2", "inference-error:1", "unavailable:1", "crash:1"])
def test_what_passes_by_itself_is_tried_again(ada: str, stumble: str) -> None:
    job = drawn(ada, f"a fox [[{stumble}]] {ada}")
    assert job.state == JobState.READY and books(ada).entries == 22


def test_moderation_that_is_away_closes_the_door(ada: str) -> None:
    job = drawn(ada, "a fox [[moderation-down]]")
    assert job.state == JobState.FAILED
    assert ledger.get_balance(ada) == ledger.CreditBalance(25, 0)


def test_sixty_submits_at_once_with_replays_are_exact(ada: str, settings: Any) -> None:
    """Enough credits for eight; every key comes three times; the right number is made and paid."""
    often = {"limits": {}, "fail_open": True}  # how often somebody may ask is another test's
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "generate": often}
    keys = [f"key-{number % 20}" for number in range(60)]

    def submit(key: str) -> str | None:
        try:
            return submission.submit(ada, wish(f"a fox {key}"), key=key).id
        except NotEnoughCredits:
            return None

    with ThreadPoolExecutor(20) as together:
        made = list(together.map(submit, keys))

    by_key = {
        key: {one for k, one in zip(keys, made, strict=True) if k == key and one} for key in keys
    }
    assert all(len(ids) <= 1 for ids in by_key.values())
    ids = {job_id for found in by_key.values() for job_id in found}
    assert len(ids) == 8, "25 credits are 8 pictures of 3"
    assert ledger.get_balance(ada) == ledger.CreditBalance(1, 24)

    for job_id in ids:
        assert ended(jobs.get(ada, job_id), seconds=240).state == JobState.READY
    assert ledger.get_balance(ada) == ledger.CreditBalance(1, 0)
    assert len(pictures.list_pictures(ada, limit=50).items) == 8
    assert not RunningJobs.get(*RunningJobs.key(ada)).jobs, "every turn was given back"


def test_a_step_that_is_delivered_again_changes_nothing(ada: str) -> None:
    job = drawn(ada, "a fox")
    for command in ("prepare", "draw", "derive", "settle"):
        ids: dict[str, Any] = {"user_id": ada, "job_id": job.id}
        if command in ("draw", "derive"):
            ids["number"] = 0
        assert "FunctionError" not in invoke({"command": command, "input": ids})
    assert books(ada).entries == 22 and len(pictures.list_pictures(ada).items) == 1


def test_a_worker_killed_while_it_draws_is_followed_by_another(
    ada: str, cloud: EmbeddedCloud
) -> None:
    job = submission.submit(ada, wish("a fox [[slow:3]]", count=2), key="k")

    def drawing() -> bool:
        return any(slot.state == "drawing" for slot in jobs.get(ada, job.id).slots)

    assert wait_until(drawing, seconds=60)
    killed = workers(cloud.pid)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    job = ended(job)
    assert job.state == JobState.READY and books(ada).entries == 19
    assert len(pictures.list_pictures(ada).items) == 2


def test_words_that_cannot_be_checked_are_not_drawn(ada: str) -> None:
    with pytest.raises(Busy, match="You weren’t charged"):
        submission.submit(ada, wish("a fox [[guardrail-down]]"), key="k")
    assert ledger.get_balance(ada) == ledger.CreditBalance(25, 0)


def test_demo_pictures_wait_for_everybody_elses_jobs(ada: str) -> None:
    mine = submission.submit(ada, wish("a fox [[slow:2]]"), key="k")
    seed.wait_for_other_jobs("somebody-else")
    assert jobs.get(ada, mine.id).ended


def test_cancelling_before_anything_is_ready_gives_everything_back(ada: str) -> None:
    job = submission.submit(ada, wish("a fox [[slow:3]]"), key="k")
    assert wait_until(lambda: jobs.get(ada, job.id).state == JobState.RUNNING, seconds=60)
    assert settlement.cancel(ada, job.id).state == JobState.CANCELLED
    assert ledger.get_balance(ada) == ledger.CreditBalance(25, 0)
    following = drawn(ada, "a lighthouse")
    assert following.state == JobState.READY and books(ada).entries == 22
    assert jobs.get(ada, job.id).state == JobState.CANCELLED


def test_cancelling_while_its_steps_write_keeps_and_charges_what_was_ready(ada: str) -> None:
    """At the moment in which the first of four pictures is seen, the others are at all stages."""
    ledger.grant(ada, 100, reference="more", kind=PROMOTION)
    before, charged = ledger.get_balance(ada).available, 0
    for n in range(3):
        job = submission.submit(ada, wish(f"a fox {n}", count=4), key=f"k{n}")
        seen: set[str] = set()
        assert wait_until(lambda job=job, seen=seen: seen_in(job, seen), seconds=90)  # type: ignore[misc]
        with suppress(Conflict):  # all were ready, and settled, before we could say so
            settlement.cancel(ada, job.id)
        job = jobs.get(ada, job.id)
        mine = {item.id for item in pictures.list_pictures(ada).items if item.job_id == job.id}
        assert seen <= mine and job.charged == 3 * len(mine)
        charged += int(job.charged)
    assert ledger.get_balance(ada) == ledger.CreditBalance(before - charged, 0)


def seen_in(job: Job, seen: set[str]) -> bool:
    slots = jobs.get(job.user_id, job.id).slots
    seen |= {slot.id for slot in slots if slot.state == PictureState.READY}
    return bool(seen)


def test_a_deleted_pictures_files_go_too(ada: str, settings: Any) -> None:
    drawn(ada, "a fox")
    [picture] = pictures.list_pictures(ada).items
    base = picture_files.folder(ada, picture.id)
    pictures.delete(ada, picture.id)

    def gone() -> bool:
        found = clients.client("s3").list_objects_v2(Bucket=settings.PRIVATE_BUCKET, Prefix=base)
        return found["KeyCount"] == 0

    assert Picture.find(*Picture.key(picture.id)) is None
    assert wait_until(gone, seconds=60)


def test_an_event_that_names_no_command_of_ours_is_refused(ada: str) -> None:
    for event in ({"command": "os.system", "input": {}}, {"raw_command": "1"}, {}):
        assert "FunctionError" in invoke(event)


def invoke(event: dict[str, Any]) -> dict[str, Any]:
    import json

    answer = clients.client("lambda").invoke(FunctionName="local-worker", Payload=json.dumps(event))
    found: dict[str, Any] = answer
    return found


def workers(cloud_pid: int) -> list[int]:
    """The processes in which the embedded Lambda runs our code."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _is_worker(process, cloud_pid):
            found.append(int(process.name))
    return found


def _is_worker(process: Path, cloud_pid: int) -> bool:
    try:
        status = (process / "status").read_text()
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    mine = f"PPid:\t{cloud_pid}\n" in status
    return mine and b"AWS_LAMBDA_FUNCTION_NAME=local-worker" in environment
