"""What another release stored is shown by every page and API; what it cannot draw costs nothing."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings as site

from accounts.billing import ledger
from accounts.privacy import export_zip, exports
from accounts.privacy.personal_data import ImportedPicture, ImportResult
from aptmagic.errors import Conflict
from gallery.posts import posts
from gallery.posts.models import Post
from generation.jobs import jobs, settlement, steps, submission, sweep
from generation.jobs.models import Job
from generation.library import importing, pictures
from generation.library.models import Picture
from generation.operations import stored_requests
from tests.unit.fake_services import png, prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

NEWER: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a field it does not know": lambda stored: {**stored, "frames": 24, "preset": {"id": "x"}},
    "a field that is missing": lambda stored: {
        name: value
        for name, value in stored.items()
        if name not in ("version", "negative_prompt", "style_preset", "count")
    },
    "a newer version": lambda stored: {**stored, "version": 2, "camera": "pan"},
    "an operation it does not know": lambda stored: {
        **{name: stored[name] for name in ("prompt", "model", "seed", "count")},
        "version": 1,
        "operation": "make-film",
        "frames": 24,
    },
    "an operation without a prompt": lambda stored: {
        "version": 1,
        "operation": "cut-out",
        "model": "test.cut-out-v9:0",
        "image": "picture:x",
    },
}
DRAWABLE = ("a field it does not know", "a field that is missing")


@pytest.fixture(params=NEWER)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rewrite(job: Job, kind: str) -> Job:
    job.request = NEWER[kind](job.request)
    job.save()
    return job


def test_every_page_and_call_shows_what_is_finished(ada: Any, bob: Any, kind: str) -> None:
    job = run_workflow(submission.submit(ada.user_id, prompt_request("a fox", seed=5), key="k"))
    post = posts.publish(ada.person, job.slots[0].id, prompt_visibility="public")
    rewrite(job, kind)
    for item in (Picture.get(*Picture.key(job.slots[0].id)), Post.get(*Post.key(post.id))):
        item.recipe = NEWER[kind](item.recipe)
        item.save()
    paths = [
        f"/jobs/{job.id}/",
        "/library/",
        f"/pictures/{job.slots[0].id}/",
        f"/pictures/{job.slots[0].id}/delete/",
        f"/pictures/{job.slots[0].id}/download/?copy=working",
        f"/p/{post.id}/",
        "/create/",
        f"/create/?from=job:{job.id}",
        f"/create/?from=picture:{job.slots[0].id}&seed=keep",
        f"/create/?from=post:{post.id}",
        "/api/v1/generations/",
        f"/api/v1/generations/{job.id}/",
        "/api/v1/pictures/",
        f"/api/v1/pictures/{job.slots[0].id}/",
        f"/api/v1/posts/{post.id}/",
    ]
    statuses = {path: ada.client.get(path).status_code for path in paths}
    assert set(statuses.values()) <= {200, 303}, statuses
    for path in (f"/p/{post.id}/", f"/create/?from=post:{post.id}", f"/api/v1/posts/{post.id}/"):
        assert bob.client.get(path).status_code == 200, path
    if job.request.get("prompt"):
        assert "a fox" in ada.client.get(f"/jobs/{job.id}/").text
        assert "a fox" in ada.client.get(f"/create/?from=job:{job.id}").text
    if job.request.get("operation") == "make-film":
        assert "make-film" in ada.client.get(f"/pictures/{job.slots[0].id}/").text


def test_it_is_drawn_only_if_all_of_it_is_understood(ada: Any, kind: str, events: Any) -> None:
    job = rewrite(submission.submit(ada.user_id, prompt_request("a fox"), key="k"), kind)
    ended = run_workflow(job)
    steps.announce(job.user_id, job.id)
    events.deliver()
    assert ada.client.get("/notifications/").status_code == 200
    if kind in DRAWABLE:
        assert (ended.state, ended.charged) == ("ready", 3)
        return
    assert (ended.state, ended.outcome, ended.charged) == ("failed", "unsupported", 0)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(25, 0)
    page = ada.client.get(f"/jobs/{job.id}/").text
    assert "This can’t be generated right now. You weren’t charged." in page
    assert "Try again ·" not in page
    with pytest.raises(Conflict):
        submission.retry(ada.user_id, job.id)


def test_a_release_that_comes_between_two_steps_charges_nothing(ada: Any, kind: str) -> None:
    job = submission.submit(ada.user_id, prompt_request("a fox"), key="k")
    assert steps.prepare(job.user_id, job.id)
    rewrite(jobs.get(ada.user_id, job.id), kind)
    drawn = steps.draw(job.user_id, job.id, 0) == steps.DrawResult.STORED
    assert drawn == (kind in DRAWABLE)
    if drawn:
        assert steps.derive(job.user_id, job.id, 0)
    assert settlement.settle(job.user_id, job.id).charged == (3 if drawn else 0)


def test_what_was_drawn_before_the_rollback_is_kept_and_paid_for(ada: Any, kind: str) -> None:
    job = submission.submit(ada.user_id, prompt_request("a fox"), key="k")
    assert steps.prepare(job.user_id, job.id)
    assert steps.draw(job.user_id, job.id, 0) == steps.DrawResult.STORED
    rewrite(jobs.get(ada.user_id, job.id), kind)
    assert steps.derive(job.user_id, job.id, 0)
    ended = settlement.settle(job.user_id, job.id)
    assert (ended.state, ended.charged) == ("ready", 3)
    assert ada.client.get(f"/pictures/{ended.slots[0].id}/").status_code == 200


def test_the_sweep_and_cancelling_end_it(ada: Any, kind: str) -> None:
    late = rewrite(submission.submit(ada.user_id, prompt_request("a fox"), key="1"), kind)
    late.update([Job.lease_until.set(1)])
    assert sweep.run() == 1
    assert settlement.cancel(ada.user_id, late.id).charged == 0
    if kind in DRAWABLE:
        again = submission.retry(ada.user_id, late.id)
        assert (again.held, again.request["prompt"]) == (3, "a fox")


def test_an_export_holds_all_of_it_and_comes_back(
    ada: Any, bob: Any, kind: str, task_queue: Any, events: Any, aws: Any
) -> None:
    job = run_workflow(submission.submit(ada.user_id, prompt_request("a fox", seed=5), key="k"))
    picture = Picture.get(*Picture.key(job.slots[0].id))
    picture.recipe = NEWER[kind](picture.recipe)
    picture.save()
    rewrite(job, kind)
    exports.start(ada.user_id)
    while task_queue.messages or events.messages:
        task_queue.deliver()
        events.deliver()
    [archive] = exports.list_exports(ada.user_id)
    stored = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=export_zip.part_key(archive, 0))
    with zipfile.ZipFile(BytesIO(stored["Body"].read())) as file:
        records = [json.loads(file.read(name)) for name in file.namelist() if "json" in name]
    [record] = [each for each in records if isinstance(each, dict) and "recipe" in each]
    assert record["recipe"] == picture.recipe, "nothing is lost that only a newer release knows"

    found = ImportedPicture(record, png(5))
    imported = importing.import_picture(bob.user_id, found)
    assert imported == ImportResult.NEW
    [came] = pictures.list_pictures(bob.user_id).items
    own = pictures.get_own(bob.user_id, came.id)
    request = stored_requests.load(own.recipe)
    assert request.operation == picture.recipe.get("operation", "create")
    assert request.prompt == picture.recipe.get("prompt", "")
    assert bob.client.get(f"/pictures/{came.id}/").status_code == 200


def test_a_new_field_changes_no_digest_until_it_is_used() -> None:
    request = prompt_request("a fox", seed=5)
    stored = {"prompt": "a fox", "model": request.model, "seed": 5, "operation": "create"}
    assert stored_requests.load(stored).digest == request.digest
    assert stored_requests.load({**stored, "count": 2}).digest != request.digest
