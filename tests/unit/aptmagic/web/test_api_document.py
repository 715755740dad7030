"""The API answers what its document says, whatever it is sent: no 5xx, no answer unheard of."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.conf import settings as site
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given
from hypothesis import settings as patience
from hypothesis import strategies as st
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks

from accounts.api_tokens import tokens
from aptmagic.wsgi import application
from gallery.posts import posts
from generation.jobs import submission
from generation.library import pictures
from tests.unit.conftest import Visitor
from tests.unit.fake_services import prompt_request, run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

# Together they are the whole API, as a test below makes sure.
PARTS = [
    ("generations", "me", "models"),
    ("pictures", "uploads", "users"),
    ("posts", "feeds", "notifications"),
]
EXAMPLES = 20
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    checks.ignored_auth,
    checks.allow_header_conformance,
    checks.negative_data_rejection,
]


def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    return application({"REMOTE_ADDR": "127.0.0.1", **environ}, start_response)


@pytest.fixture
def api(aws: Any, settings: Any) -> Any:
    settings.RATE_LIMITS = {kind: {"limits": {}, "fail_open": True} for kind in site.RATE_LIMITS}
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", served)


@pytest.fixture
def known(ada: Visitor, bob: Visitor) -> dict[str, list[str]]:
    """What may stand in an address: things of ada, of others, gone ones, and what never was."""
    done = run_workflow(submission.submit(ada.user_id, prompt_request(count=4), key="done"))
    failed = run_workflow(submission.submit(ada.user_id, prompt_request("[decline]"), key="failed"))
    waiting = submission.submit(ada.user_id, prompt_request("a fox"), key="waiting")
    theirs = run_workflow(submission.submit(bob.user_id, prompt_request(count=2), key="theirs"))
    shared, taken, hidden = (
        posts.publish(who.person, picture.id, visibility=visibility)
        for who, picture, visibility in (
            (ada, pictures.list_pictures(ada.user_id).items[0], "public"),
            (ada, pictures.list_pictures(ada.user_id).items[1], "public"),
            (bob, pictures.list_pictures(bob.user_id).items[0], "private"),
        )
    )
    posts.delete(ada.person, taken.id)
    return {
        "job_id": [done.id, failed.id, waiting.id, theirs.id],
        "picture_id": [each.id for each in pictures.list_pictures(ada.user_id).items],
        "post_id": [shared.id, taken.id, hidden.id],
        "handle": ["ada", "bob", "nobody"],
        "model": ["fast", "best"],
        "prompt": ["a fox", "a forbidden fox"],
    }


def operations(api: Any) -> list[Any]:
    """What deletes comes last: it leaves others nothing to try."""
    found = [result.ok() for result in api.get_all_operations()]
    return sorted(found, key=lambda operation: operation.method == "delete")


def part(operation: Any) -> str:
    return str(operation.path).removeprefix("/api/v1/").partition("/")[0]


def test_the_parts_are_all_there_is(api: Any) -> None:
    assert {part(operation) for operation in operations(api)} == {
        name for names in PARTS for name in names
    }


@pytest.mark.parametrize("names", PARTS, ids=" ".join)
def test_every_answer_is_in_the_document(
    api: Any, ada: Visitor, known: dict[str, list[str]], names: tuple[str, ...]
) -> None:
    secret = tokens.create(ada.user_id, "ada", tokens.SCOPES)
    mine = {"Authorization": f"Bearer {secret}"}
    wrong = {"Authorization": "Bearer apt_nobody"}

    @patience(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def tried(operation: Any, data: Any) -> None:
        sensible = data.draw(st.integers(0, 3)) > 0
        sensible = sensible or not (operation.body or list(operation.iter_parameters()))
        mode = GenerationMode.POSITIVE if sensible else GenerationMode.NEGATIVE
        case = data.draw(operation.as_strategy(mode))
        for said in (case.path_parameters, case.body) if sensible else ():
            for field in known.keys() & said.keys() if isinstance(said, dict) else ():
                said[field] = data.draw(st.sampled_from(known[field]))
        headers = data.draw(st.sampled_from([mine] * 8 + [{}, wrong]))
        case.headers.pop("Authorization", None)
        # Its WSGI transport asks for gzip and does not unpack what comes.
        headers = {**headers, "Accept-Encoding": "identity"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    for operation in operations(api):
        if part(operation) in names:
            tried(operation)


def test_the_document_is_openapi_and_leaves_nothing_to_be_guessed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = SchemaGenerator(urlconf="aptmagic.urls").get_schema(public=True)
    validate_schema(document)
    assert capsys.readouterr().err == ""
    assert "problem+json" in document["info"]["description"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path} says what it does"
            assert {"401", "429", "503"} <= operation["responses"].keys()
