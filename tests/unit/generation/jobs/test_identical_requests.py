"""Whoever asks for exactly a picture they own is given it, before anything is charged."""

from typing import Any

import pytest
from django.conf import settings as site

from accounts.billing import ledger
from generation.jobs import jobs, settlement, steps, submission
from generation.jobs.models import Job, JobState
from generation.jobs.presenters import JobPresenter
from generation.library import pictures
from generation.representations import job_json
from tests.unit.fake_services import FakeImageProvider, prompt_request, run_workflow
from tests.unit.generation.test_generation_api import program

pytestmark = pytest.mark.usefixtures("fake_services")

TYPED = {"prompt": "a lighthouse", "model": "fast", "aspect_ratio": "1:1", "count": "1"}


def drawn(person: Any, key: str = "first", **more: Any) -> Job:
    return run_workflow(submission.submit(person.user_id, prompt_request(**more), key=key))


def test_the_settings_of_a_picture_do_not_buy_it_again(ada: Any) -> None:
    """Its job had no seed; the picture has one, and "Use these settings" fills it in."""
    job = drawn(ada, count=2)
    before = ledger.get_balance(ada.user_id)
    again = {"prompt": "a lighthouse", "seed": int(job.slots[1].seed)}

    found = submission.submit(ada.user_id, prompt_request(**again), key="second")

    assert found.id == job.id and found.reused and not job.reused
    assert ledger.get_balance(ada.user_id) == before and len(FakeImageProvider.calls) == 2
    assert [each.id for each in jobs.recent(ada.user_id).items] == [job.id]


@pytest.mark.parametrize(
    "another",
    [
        {"prompt": "a fox"},
        {"seed": 6},
        {"seed": None},
        {"model": "balanced"},
        {"aspect_ratio": "3:2"},
        {"style_preset": "anime"},
        {"negative_prompt": "people"},
        {"count": 2},
    ],
)
def test_anything_else_is_drawn(ada: Any, another: dict[str, Any]) -> None:
    drawn(ada, seed=5)
    made = submission.submit(ada.user_id, prompt_request(**{"seed": 5, **another}), key="second")
    assert made.state == JobState.QUEUED and not made.reused


def test_several_are_found_where_one_job_has_them_all(ada: Any) -> None:
    job = drawn(ada, seed=5, count=3)
    for asked in ({"seed": 5, "count": 3}, {"seed": 6, "count": 2}, {"seed": 7}):
        found = submission.submit(ada.user_id, prompt_request(**asked), key=f"again {asked}")
        assert found.id == job.id, asked
    assert not submission.submit(ada.user_id, prompt_request(seed=6, count=3), key="more").reused


def test_what_was_deleted_or_is_anothers_is_drawn(ada: Any, bob: Any) -> None:
    job = drawn(ada, seed=5)
    assert not submission.submit(bob.user_id, prompt_request(seed=5), key="k").reused
    pictures.delete(ada.user_id, job.slots[0].id)
    assert drawn(ada, "second", seed=5).charged == 3
    assert submission.submit(ada.user_id, prompt_request(seed=5), key="third").reused


def test_of_two_at_once_the_later_one_is_told_where_the_picture_is(ada: Any) -> None:
    first, second = (
        submission.submit(ada.user_id, prompt_request(seed=5), key=key) for key in "ab"
    )
    run_workflow(first)
    second = run_workflow(second)

    assert (second.outcome, second.charged) == ("owned", 0) and len(FakeImageProvider.calls) == 1
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(22, 0)
    said = job_json(JobPresenter(second))
    assert said["existing"] == f"{site.SITE_URL}/api/v1/generations/{first.id}/"
    assert job_json(JobPresenter(first))["existing"] is None
    page = ada.client.get(f"/jobs/{second.id}/").text
    assert f'href="/jobs/{first.id}/"' in page and "Try again ·" not in page


def test_a_job_that_was_cut_off_does_not_find_itself(ada: Any) -> None:
    job = submission.submit(ada.user_id, prompt_request(seed=5, count=2), key="k")
    assert steps.prepare(ada.user_id, job.id)
    steps.draw(ada.user_id, job.id, 0)
    steps.derive(ada.user_id, job.id, 0)
    assert steps.prepare(ada.user_id, job.id), "its workflow begins anew"
    assert run_workflow(job).state == JobState.READY


def test_what_is_ready_when_a_job_is_refused_is_kept_and_charged(ada: Any) -> None:
    """As when the model leaves the catalogue while its workflow begins anew."""
    job = submission.submit(ada.user_id, prompt_request(count=2), key="k")
    steps.prepare(ada.user_id, job.id)
    steps.draw(ada.user_id, job.id, 0)
    steps.derive(ada.user_id, job.id, 0)
    settlement.refuse(jobs.get(ada.user_id, job.id), "gone")
    job = jobs.get(ada.user_id, job.id)
    assert (job.state, job.charged) == (JobState.PARTIAL, 3)
    assert [picture.id for picture in pictures.list_pictures(ada.user_id).items] == [
        job.slots[0].id
    ]


def test_the_form_says_so(ada: Any) -> None:
    job = drawn(ada, seed=5)
    answer = ada.client.post("/create/", {**TYPED, "seed": "5", "key": "k"}, follow=True)
    assert answer.redirect_chain == [(f"/jobs/{job.id}/", 303)]
    assert "You weren’t charged. Leave the seed empty" in answer.text


def test_programs_are_told_by_the_status(ada: Any) -> None:
    api, body = program(ada), {"prompt": "a lighthouse", "seed": 5}
    made = api.post("generations/", body)
    assert made.status_code == 202
    run_workflow(jobs.get(ada.user_id, made.json()["id"]))
    again = api.post("generations/", body)
    assert again.status_code == 200 and again.json()["id"] == made.json()["id"]
    assert again.json()["state"] == "ready" and again.json()["pictures"][0]["urls"]
