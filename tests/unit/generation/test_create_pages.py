"""What a person sees on the way from words to a picture of their own."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.billing import ledger
from generation.jobs import jobs, steps, submission
from generation.library import pictures, presenters
from tests.unit.fake_services import prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

TYPED = {"prompt": "a lighthouse", "model": "fast", "aspect_ratio": "1:1", "count": "1"}


def job_of(person: Any, **more: Any) -> Any:
    return submission.submit(person.user_id, prompt_request(**more), key="k")


def test_a_stranger_sees_the_form_and_is_asked_to_sign_up_on_submitting(client: Client) -> None:
    assert ">Prompt</label>" in client.get("/create/").text
    answer = client.post("/create/", TYPED)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/sign-up/?next=")


def test_submitting_leads_to_the_jobs_page(ada: Any) -> None:
    answer = ada.client.post("/create/", TYPED | {"key": "once"})
    assert answer.status_code == 303
    again = ada.client.post("/create/", TYPED | {"key": "once"})
    assert again.headers["Location"] == answer.headers["Location"], "a double click"
    assert ledger.get_balance(ada.user_id).reserved == 3

    page = ada.client.get(answer.headers["Location"])
    assert page.status_code == 200 and "a lighthouse" in page.text
    assert '<meta http-equiv="refresh"' in page.text, "it looks again without JavaScript too"


def test_going_back_and_changing_the_words_asks_for_something_else(ada: Any) -> None:
    first = ada.client.post("/create/", TYPED | {"key": "once"})
    second = ada.client.post("/create/", TYPED | {"key": "once", "prompt": "a fox"})
    assert second.status_code == 303
    assert second.headers["Location"] != first.headers["Location"]
    assert len(jobs.recent(ada.user_id).items) == 2


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"prompt": ""}, 422, "Describe the picture you want"),
        ({"prompt": "x" * 10_001}, 422, "The limit is 10,000 characters"),
        ({"prompt": "a\x07fox"}, 422, "control characters"),
        ({"prompt": "a\x00fox"}, 422, "control characters"),
        ({"prompt": "🦊"}, 422, "Emoji and symbols alone"),
        ({"model": "nope"}, 422, "Unknown model"),
        ({"aspect_ratio": "7:5"}, 422, "“7:5” isn’t an available option"),
        ({"style_preset": "nope"}, 422, "“nope” isn’t an available option"),
        ({"seed": "-1"}, 422, "Enter a whole number from 0 to 4294967295"),
        ({"seed": "abc"}, 422, "Enter a whole number from 0 to 4294967295"),
        ({"count": "0"}, 422, "Enter a whole number from 1 to 4"),
        ({"count": "5"}, 422, "Enter a whole number from 1 to 4"),
        ({"prompt": "forbidden fruit"}, 422, "breaks our content rules"),
        ({"model": "best", "count": "4"}, 402, "costs 44 credits and you have 25"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    ada: Any, typed: dict[str, str], status: int, sentence: str
) -> None:
    sent = TYPED | {"negative_prompt": "fog and rain"} | typed
    answer = ada.client.post("/create/", sent)
    assert answer.status_code == status and sentence in answer.text
    assert "fog and rain" in answer.text, "what was typed is kept"
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)
    assert jobs.recent(ada.user_id).items == []


def test_a_job_asks_again_until_it_has_ended(ada: Any) -> None:
    job = job_of(ada, count=2)
    piece = {"HX-Request": "true"}
    running = ada.client.get(f"/jobs/{job.id}/", headers=piece)
    assert "<html" not in running.text and 'hx-trigger="load delay:' in running.text
    assert "HX-Request" in running.headers["Vary"]

    run_workflow(job)

    ended = ada.client.get(f"/jobs/{job.id}/", headers=piece).text
    assert "hx-trigger" not in ended and ended.count("X-Amz-Signature") >= 2
    assert "6 credits charged" in ended


def test_pictures_appear_one_by_one(ada: Any) -> None:
    job = job_of(ada, count=2)
    steps.prepare(ada.user_id, job.id)
    steps.draw(ada.user_id, job.id, 0)
    steps.derive(ada.user_id, job.id, 0)
    page = ada.client.get(f"/jobs/{job.id}/").text
    assert page.count("<picture") == 1 and "shimmer" in page


def test_a_failure_says_that_nothing_was_charged_once(ada: Any) -> None:
    job = run_workflow(job_of(ada, prompt="a [decline] fox"))
    page = ada.client.get(f"/jobs/{job.id}/").text
    said = re.sub(r"<[^>]+>", " ", page)
    assert len(re.findall(r"You weren’t charged", said)) == 1 and "Try again" in said


def test_cancelling_and_trying_again(ada: Any) -> None:
    job = job_of(ada)
    assert ada.client.post(f"/jobs/{job.id}/cancel/").status_code == 303
    assert "Cancelled" in ada.client.get(f"/jobs/{job.id}/").text
    assert ada.client.post(f"/jobs/{job.id}/cancel/").status_code == 303, "a second click"
    again = ada.client.post(f"/jobs/{job.id}/retry/")
    assert again.status_code == 303 and job.id not in again.headers["Location"]
    ended = run_workflow(submission.submit(ada.user_id, prompt_request("a fox"), key="another"))
    late = ada.client.post(f"/jobs/{ended.id}/cancel/")
    assert late.status_code == 409 and "already ended" in late.text


def test_the_library_and_the_picture_with_its_recipe(ada: Any) -> None:
    job = run_workflow(job_of(ada, seed=77, style_preset="anime", count=2))
    library = ada.client.get("/library/").text
    assert library.count('class="card') >= 2 and "a lighthouse" in library
    page = ada.client.get(f"/pictures/{job.slots[0].id}/").text
    for shown in ("a lighthouse", "77", "anime", "Stable Image Core", "Sketched for a test."):
        assert shown in page
    assert f"/create/?from=picture:{job.slots[0].id}" in page, "its settings are one click away"


PREVIEW = "Local preview of Stable Image Core, not made by an AI model. Shows: a fox."


@pytest.mark.parametrize(
    ("note", "model"),
    [
        (PREVIEW, "Local preview of Stable Image Core"),
        (
            f"Imported from an archive: {PREVIEW}",
            "Local preview of Stable Image Core",
        ),
        (
            "Preview of Stable Image Core, drawn by the built-in engine, no AI model: fox.",
            "Local preview of Stable Image Core",
        ),
        ("Made with Stable Image Core on Amazon Bedrock.", "Stable Image Core"),
        ("Imported from an archive.", "Stable Image Core"),
        ("", "Stable Image Core"),
    ],
)
def test_the_settings_say_who_drew_it_in_the_place_of_the_model(note: str, model: str) -> None:
    made_by = {"prompt": "a fox", "model": "stability.stable-image-core-v1:1"}
    assert dict(presenters.recipe_rows(made_by, note))["Model"] == model
    with translation.override("vi"):
        said = dict(presenters.recipe_rows(made_by, note))["Mô hình"]
    assert ("Bản xem trước trên máy của" in said) == model.startswith("Local preview")


def test_an_empty_library_offers_to_create(ada: Any) -> None:
    assert 'href="/create/"' in ada.client.get("/library/").text


def test_deleting_asks_first(ada: Any) -> None:
    picture = run_workflow(job_of(ada)).slots[0].id
    assert ada.client.get(f"/pictures/{picture}/delete/").status_code == 200
    assert len(pictures.list_pictures(ada.user_id).items) == 1
    assert ada.client.post(f"/pictures/{picture}/delete/").status_code in (302, 303)
    assert pictures.list_pictures(ada.user_id).items == []
    assert ada.client.get(f"/pictures/{picture}/").status_code == 404


def test_a_deleted_picture_is_gone_from_its_job_too(ada: Any) -> None:
    job = run_workflow(job_of(ada, count=2))
    pictures.delete(ada.user_id, job.slots[0].id)
    page = ada.client.get(f"/jobs/{job.id}/").text
    assert page.count("<picture") == 1
    assert job.slots[0].id not in page


def test_a_job_that_runs_is_found_again_in_the_library(ada: Any) -> None:
    job = job_of(ada)
    assert f"/jobs/{job.id}/" in ada.client.get("/library/").text


def test_an_address_fills_in_nothing_by_itself(ada: Any) -> None:
    """Words in an address are seen by proxies and logs, and refused when they are long."""
    page = ada.client.get("/create/?model=best&aspect_ratio=16:9&count=3&prompt=a+purple+fox").text
    assert "a purple fox" not in page
    for value in ("fast", "1:1", "1"):
        assert re.search(rf'value="{value}"[^>]* checked', page), value


def test_anothers_pages_are_not_there(ada: Any, bob: Any) -> None:
    job = run_workflow(job_of(ada))
    for path in (f"/jobs/{job.id}/", f"/pictures/{job.slots[0].id}/", "/jobs/nonsense/"):
        answer = bob.client.get(path)
        assert answer.status_code == 404 and "don’t have access" in answer.text
    for path in (f"/jobs/{job.id}/cancel/", f"/pictures/{job.slots[0].id}/delete/"):
        assert bob.client.post(path).status_code == 404
    assert len(pictures.list_pictures(ada.user_id).items) == 1


def test_a_forged_cursor_is_the_first_page(ada: Any) -> None:
    run_workflow(job_of(ada))
    assert "a lighthouse" in ada.client.get("/library/?before=forged").text


def test_a_form_of_another_site_is_refused(ada: Any) -> None:
    from tests.unit.conftest import browser_of

    strict = browser_of(ada.person, enforce_csrf_checks=True)
    for headers in ({}, {"HX-Request": "true"}):
        answer = strict.post("/create/", TYPED, headers=headers)
        assert answer.status_code == 403 and "was sent from another site" in answer.text
    assert jobs.recent(ada.user_id).items == []
