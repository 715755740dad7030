"""A new request begins from a picture, a job or a post; no address carries anybody's words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gallery.posts import posts
from generation.jobs import submission
from generation.operations import catalogue
from tests.unit.fake_services import prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

LONG = "雪" * 10_000
LONGEST_LINK = 200


def fields(response: Any) -> dict[str, Any]:
    return dict(response.context["form"].initial)


@pytest.fixture
def job(ada: Any) -> Any:
    asked = prompt_request(
        prompt=LONG, negative_prompt="fog", seed=77, style_preset="anime", count=2
    )
    return run_workflow(submission.submit(ada.user_id, asked, key="k"))


@pytest.fixture
def post(ada: Any, job: Any) -> Any:
    return posts.publish(ada.person, job.slots[0].id, prompt_visibility="public")


def test_each_page_links_to_create_without_its_words(ada: Any, job: Any, post: Any) -> None:
    pages = [
        f"/jobs/{job.id}/",
        f"/pictures/{job.slots[1].id}/",
        f"/p/{post.id}/",
        "/",
        "/library/",
    ]
    for address in pages:
        links = re.findall(r'(?:href|action)="([^"]*)"', ada.client.get(address).text)
        to_create = [link for link in links if link.startswith("/create/?")]
        assert to_create or address in ("/", "/library/"), address
        ours = [link for link in links if "X-Amz" not in link]
        assert max(map(len, ours)) < LONGEST_LINK, address
        for link in to_create:
            assert fields(ada.client.get(link))["prompt"] == LONG


@pytest.mark.parametrize("kind", ["job", "picture", "post"])
def test_the_settings_come_along_and_the_seed_does_not(
    ada: Any, job: Any, post: Any, kind: str
) -> None:
    its_id = {"job": job.id, "picture": job.slots[0].id, "post": post.id}[kind]
    page = ada.client.get("/create/", {"from": f"{kind}:{its_id}"})
    found = fields(page)
    assert found["prompt"] == LONG and found["style_preset"] == "anime"
    assert found["negative_prompt"] == "fog" and found["model"] == "fast"
    assert "seed" not in found
    assert found["count"] == ("2" if kind == "job" else "1"), "one picture asks for one picture"
    assert "We left out seed 77 so" in page.text
    kept = re.search(r'href="([^"]+)">Use the same seed', page.text)
    assert kept
    assert fields(ada.client.get(kept[1].replace("&amp;", "&")))["seed"] == "77"


@pytest.mark.parametrize("kind", ["job", "picture"])
def test_what_is_somebody_elses_is_not_there(
    ada: Any, bob: Any, job: Any, kind: str, client: Client
) -> None:
    its_id = {"job": job.id, "picture": job.slots[0].id}[kind]
    answer = bob.client.get("/create/", {"from": f"{kind}:{its_id}"})
    assert answer.status_code == 404 and LONG not in answer.text
    assert "prompt" not in fields(answer), "the form is there all the same"
    stranger = client.get("/create/", {"from": f"{kind}:{its_id}"})
    assert stranger.status_code == 303 and stranger["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("reads", ["public", "me"])
@pytest.mark.parametrize("sees", ["public", "unlisted", "private"])
def test_a_posts_prompt_is_for_whom_its_author_says(
    ada: Any, bob: Any, job: Any, client: Client, sees: str, reads: str
) -> None:
    shared = posts.publish(ada.person, job.slots[0].id, visibility=sees, prompt_visibility=reads)
    for browser in (bob.client, client):
        answer = browser.get("/create/", {"from": f"post:{shared.id}"})
        if (sees, reads) in (("public", "public"), ("unlisted", "public")):
            assert fields(answer)["prompt"] == LONG
        else:
            assert answer.status_code == 404 and LONG not in answer.text
    assert fields(ada.client.get("/create/", {"from": f"post:{shared.id}"}))["prompt"] == LONG


def test_a_post_taken_down_says_so(ada: Any, bob: Any, post: Any) -> None:
    posts.delete(ada.person, post.id)
    answer = bob.client.get("/create/", {"from": f"post:{post.id}"})
    assert answer.status_code == 410 and "unpublished" in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "nonsense",
        "post:",
        ":",
        "user:x",
        "picture:" + "x" * 3000,
        "job:\ud800".encode("utf-8", "replace").decode(),
    ],
)
def test_what_names_nothing_leads_to_an_empty_form(ada: Any, name: str) -> None:
    answer = ada.client.get("/create/", {"from": name})
    assert answer.status_code == 404 and "prompt" not in fields(answer)


def test_a_model_that_is_gone_is_replaced_by_one_that_is_there(
    ada: Any, draw: Callable[..., str]
) -> None:
    from generation.library.models import Picture

    picture = draw(ada)
    old = {"prompt": "a fox", "model": "gone", "aspect_ratio": "7:5", "seed": 7}
    Picture(*Picture.key(picture)).update([Picture.recipe.set(old)])
    found = fields(ada.client.get("/create/", {"from": f"picture:{picture}"}))
    assert (found["model"], found["aspect_ratio"]) == ("fast", "1:1")


def test_the_words_of_the_first_page_are_sent_and_not_written_into_an_address(
    client: Client,
) -> None:
    page = client.get("/").text
    assert 'action="/create/begin/" method="post"' in page
    answer = client.post("/create/begin/", {"prompt": LONG})
    assert answer.status_code == 200 and fields(answer)["prompt"] == LONG
    assert client.get("/create/begin/")["Location"] == "/create/"


def test_create_begins_with_the_settings_of_the_last_job(ada: Any, job: Any) -> None:
    found = fields(ada.client.get("/create/"))
    assert found["style_preset"] == "anime" and found["count"] == "2"
    assert "prompt" not in found and "seed" not in found
    assert found["model"] == catalogue.get_model("fast").slug
