"""What a program sees that asks for pictures."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from generation.jobs import jobs
from tests.unit.fake_services import run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

WISH = {"model": "fast", "prompt": "a lighthouse"}


class Program(NamedTuple):
    user_id: str
    get: Callable[..., Any]
    post: Callable[..., Any]
    delete: Callable[..., Any]


def program(person: Any, *scopes: str) -> Program:
    token = tokens.create(person.user_id, person.person.handle, scopes or tokens.SCOPES)
    client = Client(headers={"Authorization": f"Token {token}"})

    def post(path: str, data: Any = None, **options: Any) -> Any:
        return client.post(f"/api/v1/{path}", data, content_type="application/json", **options)

    return Program(
        person.user_id,
        lambda path: client.get(f"/api/v1/{path}"),
        post,
        lambda path: client.delete(f"/api/v1/{path}"),
    )


def test_anyone_may_read_the_catalogue(fake_services: Any, client: Client) -> None:
    answer = client.get("/api/v1/models/").json()
    assert [(model["slug"], model["credits"]) for model in answer["items"]] == [
        ("fast", 3),
        ("balanced", 6),
        ("best", 11),
    ]
    assert answer["items"][0]["fields"]["prompt"] == {
        "type": "string",
        "required": True,
        "max": 10_000,
    }


def test_a_job_from_asking_to_its_pictures(ada: Any) -> None:
    api = program(ada)
    asked = api.post("generations/", {**WISH, "count": 2})
    assert asked.status_code == 202
    job = asked.json()
    assert (job["state"], job["credits_held"], job["outcome"]) == ("queued", 6, None)
    assert 500 <= job["poll_after_ms"] <= 8000

    run_workflow(jobs.get(ada.user_id, job["id"]))

    job = api.get(f"generations/{job['id']}/").json()
    assert job["state"] == "ready" and job["outcome"]["charged"] == 6
    assert all("X-Amz-Signature" in picture["urls"]["avif"] for picture in job["pictures"])
    listed = api.get("pictures/").json()
    assert {item["id"] for item in listed["items"]} == {item["id"] for item in job["pictures"]}
    own = api.get(f"pictures/{job['pictures'][0]['id']}/").json()
    assert own["recipe"]["prompt"] == "a lighthouse" and own["credits"] == 3
    assert api.delete(f"pictures/{own['id']}/").status_code == 204
    assert api.get(f"pictures/{own['id']}/").status_code == 404


def test_a_key_that_comes_again_makes_nothing_new(ada: Any) -> None:
    api = program(ada)
    headers = {"Idempotency-Key": "mine"}
    first = api.post("generations/", WISH, headers=headers)
    again = api.post("generations/", WISH, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    other = api.post("generations/", {**WISH, "count": 2}, headers=headers)
    assert other.status_code == 409
    assert other.headers["Content-Type"] == "application/problem+json"
    assert len(api.get("generations/").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "fast"}, "prompt"),
        ({**WISH, "prompt": ""}, "prompt"),
        ({**WISH, "prompt": "x" * 10_001}, "prompt"),
        ({**WISH, "prompt": "a\x00b"}, "prompt"),
        ({**WISH, "prompt": "🦊"}, "prompt"),
        ({**WISH, "prompt": "half a fox \ud83d"}, "prompt"),
        ({**WISH, "model": "\ud83d"}, "model"),
        ({**WISH, "aspect_ratio": "\ud83d"}, "aspect_ratio"),
        ({**WISH, "prompt": ["a"]}, "prompt"),
        ({**WISH, "model": "nope"}, "model"),
        ({**WISH, "aspect_ratio": "1:7"}, "aspect_ratio"),
        ({**WISH, "style_preset": "nope"}, "style_preset"),
        ({**WISH, "seed": -1}, "seed"),
        ({**WISH, "seed": 4294967296}, "seed"),
        ({**WISH, "count": 0}, "count"),
        ({**WISH, "count": 5}, "count"),
        ({**WISH, "operation": "dance"}, "operation"),
        ({**WISH, "cuont": 3}, "cuont"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_costs_nothing(
    ada: Any, body: dict[str, Any], field: str
) -> None:
    api = program(ada)
    answer = api.post("generations/", body)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["status"] == 422 and list(problem["errors"]) == [field]
    assert api.get("me/credits/").json()["available"] == 25


def test_everything_that_is_wrong_is_said_at_once_in_our_own_words(ada: Any) -> None:
    wrong = {"prompt": ["a"], "aspect_ratio": "7:7", "style_preset": "", "seed": "x", "count": 9}
    errors = program(ada).post("generations/", {**wrong, "cuont": 3, "steps": 1}).json()["errors"]
    assert set(errors) == {"prompt", "aspect_ratio", "seed", "count", "cuont", "steps"}
    assert errors["cuont"] == ["Unknown field. Did you mean “count”?"]
    assert errors["steps"][0].startswith("Unknown field. Available fields: operation, model, ")
    assert errors["aspect_ratio"][0].startswith(
        "“7:7” isn’t an available option. Choose one of: 1:1, "
    )
    assert errors["count"] == ["Enter a whole number from 1 to 4."]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{", "The request body isn’t valid JSON (line 1, column 2)."),
        (
            '{"prompt": "a fox",\n "count": two}',
            "The request body isn’t valid JSON (line 2, column 11).",
        ),
        ('{"count": NaN}', "The request body isn’t valid JSON."),
        (b'"\xff"', "The request body isn’t valid JSON."),
        ("[" * 100_000, "The JSON is nested too deeply."),
    ],
)
def test_what_is_no_json_is_refused_without_the_words_of_pythons_parser(
    ada: Any, body: Any, detail: str
) -> None:
    answer = program(ada).post("generations/", body)
    assert answer.status_code == 400 and answer.json()["detail"] == detail


@pytest.mark.parametrize("body", ["[]", "null", '"a fox"', "1"])
def test_what_is_no_json_object_is_said_kindly(ada: Any, body: str) -> None:
    answer = program(ada).post("generations/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]["body"][0].startswith("The request body must be a JSON object")


def test_the_document_lists_the_choices(client: Client) -> None:
    schemas = client.get("/api/schema/?format=json").json()["components"]["schemas"]
    wish = schemas["CreateRequest"]["properties"]
    assert wish["count"] == {"type": "integer", "minimum": 1, "maximum": 4, "default": 1}
    shapes = wish["aspect_ratio"]["allOf"][0]["$ref"].rpartition("/")[2]
    assert "16:9" in schemas[shapes]["enum"]


def test_too_few_credits_are_402(ada: Any) -> None:
    answer = program(ada).post("generations/", {**WISH, "model": "best", "count": 4})
    assert answer.status_code == 402
    assert "You weren’t charged." in answer.json()["detail"]


def test_refused_words_are_422(ada: Any) -> None:
    answer = program(ada).post("generations/", {**WISH, "prompt": "forbidden fruit"})
    assert answer.status_code == 422 and "breaks our content rules" in answer.json()["detail"]


def test_cancel_and_try_again(ada: Any) -> None:
    api = program(ada)
    job = api.post("generations/", WISH).json()
    cancelled = api.post(f"generations/{job['id']}/cancel/").json()
    assert cancelled["state"] == "cancelled" and cancelled["outcome"]["charged"] == 0
    assert api.post(f"generations/{job['id']}/cancel/").json() == cancelled, "asked twice"
    again = api.post(f"generations/{job['id']}/retry/")
    assert again.status_code == 202 and again.json()["id"] != job["id"]
    run_workflow(jobs.get(ada.user_id, again.json()["id"]))
    assert api.post(f"generations/{again.json()['id']}/cancel/").status_code == 409


def test_anothers_things_are_not_there(ada: Any, bob: Any) -> None:
    job = program(ada).post("generations/", WISH).json()
    run_workflow(jobs.get(ada.user_id, job["id"]))
    api = program(bob)
    for path in (f"generations/{job['id']}/", f"pictures/{job['pictures'][0]['id']}/"):
        assert api.get(path).status_code == 404
    assert api.post(f"generations/{job['id']}/cancel/").status_code == 404
    assert api.delete(f"pictures/{job['pictures'][0]['id']}/").status_code == 404


def test_a_token_does_what_its_scopes_say(ada: Any, client: Client) -> None:
    reader = program(ada, "read")
    assert reader.get("generations/").status_code == 200
    refused = reader.post("generations/", WISH)
    assert refused.status_code == 403 and "generate" in refused.json()["detail"]
    stranger = client.get("/api/v1/generations/")
    assert stranger.status_code == 401 and stranger.headers["WWW-Authenticate"]


def test_lists_go_on_where_they_stopped(ada: Any) -> None:
    from accounts.billing import ledger
    from accounts.billing.entry_kinds import PROMOTION

    ledger.grant(ada.user_id, 200, reference="more", kind=PROMOTION)
    api = program(ada)
    made = {api.post("generations/", WISH).json()["id"] for _ in range(26)}
    first = api.get("generations/").json()
    second = api.get("generations/" + first["next"].partition("generations/")[2]).json()
    assert len(first["items"]) == 24 and len(second["items"]) == 2 and second["next"] is None
    assert {job["id"] for job in first["items"] + second["items"]} == made
    assert api.get("generations/?cursor=forged").status_code == 400


def test_an_address_that_is_none_is_a_problem_in_json(client: Client) -> None:
    answer = client.get("/api/v1/nowhere/")
    assert answer.status_code == 404 and answer.json()["status"] == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
