"""The API does exactly what was sent, or says why not: on every address, for every field."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from rest_framework import serializers

from accounts.api_tokens import tokens
from accounts.serializers import MeChange
from aptmagic.web import cursors
from aptmagic.web.api.serializers import StrictSerializer
from aptmagic.web.api.views import APIView, query_parameters
from gallery.serializers import NewPost, PostChange
from generation.jobs import jobs
from generation.operations import registry
from generation.serializers import request_class
from tests.site_urls import every_url
from tests.unit.conftest import Visitor

pytestmark = pytest.mark.usefixtures("fake_services")

ADDRESSES = [address for address in every_url() if address.startswith("/api/v1/")]
UNSAFE = ("post", "put", "patch", "delete")
CREATE = registry.get("create")
GenerationRequest = request_class(CREATE)
INPUTS = (GenerationRequest, MeChange, NewPost, PostChange)


@pytest.fixture
def token(ada: Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(ada.user_id, 'ada', tokens.SCOPES)}"}


def problem(response: Any) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    found: dict[str, Any] = json.loads(response.content)
    assert found["status"] == response.status_code
    return found


def views() -> Iterator[Any]:
    def below(resolver: Any) -> Iterator[Any]:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from below(pattern)
            elif view := getattr(pattern.callback, "view_class", None):
                yield view

    api = next(each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/")
    return below(api)


@pytest.mark.parametrize("method", UNSAFE)
def test_what_writes_is_never_sent_to_the_address_with_its_slash(
    aws: Any, token: dict[str, str], method: str
) -> None:
    for address in every_url():
        if not address.endswith("/") or address == "/":
            continue
        response = getattr(Client(), method)(
            address.rstrip("/"), "{}", content_type="application/json", headers=token
        )
        assert response.status_code in (404, 405), address
        if address in ADDRESSES:
            assert f"{address.rstrip('/')}/" in problem(response)["detail"]


def test_a_reader_is_sent_to_the_address_with_its_slash(client: Client, aws: Any) -> None:
    for method in ("get", "head"):
        response = getattr(client, method)("/api/v1/models")
        assert (response.status_code, response["Location"]) == (301, "/api/v1/models/")


def test_a_generation_asked_for_without_the_slash_draws_nothing(
    client: Client, ada: Visitor, token: dict[str, str]
) -> None:
    said = {"prompt": "a fox"}
    response = client.post(
        "/api/v1/generations", said, content_type="application/json", headers=token, follow=True
    )
    assert response.status_code == 404
    assert "/api/v1/generations/" in problem(response)["detail"]
    assert list(jobs.recent(ada.user_id).items) == []


@pytest.mark.parametrize("body", ["[" * 100_000, '{"prompt":' * 50_000, "[" * 900 + "]" * 900])
def test_json_nested_too_deeply_is_a_bad_request(
    client: Client, token: dict[str, str], body: str
) -> None:
    for address in ("/api/v1/generations/", "/api/v1/posts/"):
        response = client.post(address, body, content_type="application/json", headers=token)
        assert response.status_code in (400, 422)
        problem(response)


@pytest.mark.parametrize("method", UNSAFE)
def test_a_body_that_is_too_large_is_a_problem_and_on_pages_a_page(
    token: dict[str, str], ada: Visitor, method: str
) -> None:
    large = json.dumps({"prompt": "x" * 3_000_000})
    form = "prompt=" + "x" * 3_000_000
    for address in ADDRESSES:
        send = getattr(Client(), method)
        response = send(address, large, content_type="application/json", headers=token)
        if response.status_code not in (404, 405, 204) and takes_a_body(address, method):
            assert response.status_code == 413, address
            problem(response)
    for headers in (token, {}):
        response = getattr(ada.client, method)(
            "/api/v1/generations/",
            form,
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        assert response.status_code in (405, 413, 415)
        problem(response)
    if method == "post":
        page = ada.client.post("/create/", form, content_type="application/x-www-form-urlencoded")
        assert page.status_code == 413
        assert "too large" in page.content.decode() and "<h1>" in page.content.decode()
        assert "Content-Security-Policy" in page.headers


def takes_a_body(address: str, method: str) -> bool:
    """Whether the view reads what it is sent."""
    return (address, method) in {
        ("/api/v1/generations/", "post"),
        ("/api/v1/posts/", "post"),
        ("/api/v1/posts/x/", "patch"),
        ("/api/v1/me/", "patch"),
    }


def test_a_host_that_is_not_ours_is_told_so_as_a_problem_or_a_page(client: Client) -> None:
    for address in ("/api/v1/models/", "/", "/create/"):
        response = client.get(address, headers={"host": "evil.example"})
        assert response.status_code == 400
        assert "Content-Security-Policy" in response.headers
        if address.startswith("/api/"):
            problem(response)
        else:
            assert "<h1>Something went wrong</h1>" in response.content.decode()


def test_a_parameter_that_the_document_does_not_name_is_refused_everywhere(
    token: dict[str, str],
) -> None:
    for address in ADDRESSES:
        for method in ("get", "head", *UNSAFE):
            response = getattr(Client(), method)(f"{address}?format=json&cursr=x", headers=token)
            if response.status_code == 405:
                continue
            assert response.status_code == 422, (method, address)
            if method != "head":
                assert {"cursr", "format"} == problem(response)["errors"].keys()


def test_a_misspelt_parameter_is_guessed(client: Client, token: dict[str, str]) -> None:
    response = client.get("/api/v1/pictures/?cursr=x", headers=token)
    assert "“cursor”" in problem(response)["errors"]["cursr"][0]


def test_every_view_of_the_api_refuses_unknown_parameters() -> None:
    assert all(issubclass(view, APIView) for view in views())


@pytest.mark.parametrize("cursor", ["x", "x:y", "1:2:3", "a" * 3000, "%00", "é"])
def test_a_cursor_that_is_not_this_lists_is_refused_by_every_list(
    token: dict[str, str], cursor: str
) -> None:
    lists = 0
    for view in views():
        if "cursor" not in query_parameters(getattr(view, "get", None)):
            continue
        lists += 1
    tried = 0
    for address in ADDRESSES:
        # "ada" is somebody whose posts may be listed.
        address = address.replace("/users/x/", "/users/ada/")
        response = Client().get(f"{address}?cursor={cursor}", headers=token)
        if response.status_code != 400:
            assert response.status_code in (404, 405, 422), address
            continue
        tried += 1
        assert problem(response)["type"] == "urn:aptmagic:problem:bad-cursor"
    assert tried == lists >= 6


def test_a_cursor_of_somebody_else_or_of_another_list_is_refused(
    client: Client, ada: Visitor, bob: Visitor, token: dict[str, str]
) -> None:
    for foreign in (
        cursors.sign("jobs", bob.user_id, "01"),
        cursors.sign("library", ada.user_id, "01"),
    ):
        response = client.get(f"/api/v1/generations/?cursor={foreign}", headers=token)
        assert response.status_code == 400


OTHERS: dict[type, list[Any]] = {
    serializers.CharField: [7, 0, 1.5, True, False, ["x"], {"x": 1}],
    serializers.ChoiceField: [7, True, False, ["public"], {}],
    serializers.IntegerField: ["7", "", " 7 ", True, False, 1.5, [1], {}],
    serializers.BooleanField: ["true", "false", "on", "", 0, 1, [], {}],
    serializers.ListField: ["x", 7, True, {}, [7], [True], [None], [["x"]], [{}]],
}


@pytest.mark.parametrize("kind", INPUTS)
def test_every_field_refuses_every_other_json_type(aws: Any, kind: type[StrictSerializer]) -> None:
    for name, field in kind().fields.items():
        others = next(tried for base, tried in OTHERS.items() if isinstance(field, base))
        for value in others:
            form = kind(data={"prompt": "a fox", "picture_id": "x", name: value})
            assert not form.is_valid(), (name, value)
            assert name in form.errors, (name, value)


def test_every_input_of_the_api_is_tried_above() -> None:
    def children(kind: type) -> Iterator[type]:
        for each in kind.__subclasses__():
            yield each
            yield from children(each)

    def is_offered(kind: Any) -> bool:
        """Other tests have their own catalogues."""
        return getattr(kind, "asked", CREATE) in registry.operations().values()

    assert {kind for kind in children(StrictSerializer) if is_offered(kind)} == {*INPUTS}


def test_a_number_for_a_prompt_draws_nothing(
    client: Client, ada: Visitor, token: dict[str, str]
) -> None:
    said = {"prompt": 7}
    response = client.post(
        "/api/v1/generations/", said, content_type="application/json", headers=token
    )
    assert response.status_code == 422
    assert problem(response)["errors"] == {"prompt": ["Must be a string."]}
    assert list(jobs.recent(ada.user_id).items) == []


def test_a_whole_number_may_be_written_with_a_point(aws: Any) -> None:
    """JSON Schema calls 7.0 an integer."""
    form = GenerationRequest(data={"prompt": "a fox", "seed": 7.0, "count": 1.0})
    assert form.is_valid(), form.errors


def test_head_is_answered_wherever_get_is(
    ada: Visitor, fake_provider: Any, token: dict[str, str]
) -> None:
    for address in every_url():
        for client, headers in ((Client(), {}), (ada.client, {}), (Client(), token)):
            got = client.get(address, headers=headers)
            asked = client.head(address, headers=headers)
            assert (asked.status_code == 405) == (got.status_code == 405), address
            assert asked.content == b"" or asked.status_code == 405
