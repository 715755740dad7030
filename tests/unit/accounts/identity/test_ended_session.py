"""A cookie whose session has ended shows pages for some minutes more, and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from django.conf import settings as site
from django.test import Client

from accounts.api_tokens import tokens
from accounts.identity import sessions
from accounts.privacy import account_deletion
from aptmagic.aws.dynamodb import new_id
from tests.site_urls import every_url
from tests.unit.conftest import Visitor, browser_of
from tests.unit.posts_and_queues import dynamodb

UNSAFE = ("post", "put", "patch", "delete")
# Counters of strangers, and what waits for a code: of nobody in particular.
NOBODYS = "ephemeral"

pytestmark = [
    pytest.mark.usefixtures("fake_services"),
    pytest.mark.filterwarnings("ignore::UserWarning:drf_spectacular"),
]


@pytest.fixture
def ended(ada: Visitor) -> Visitor:
    """Somebody copied her cookie; she has signed out everywhere since."""
    thief = Visitor(ada.user_id, browser_of(ada.person), ada.person)
    for session in sessions.list_active(ada.user_id):
        session.delete()
    return thief


def everything() -> dict[str, list[Any]]:
    """All that is stored, but for counters."""
    client = dynamodb()
    names = [n for n in client.list_tables()["TableNames"] if not n.endswith(NOBODYS)]
    assert len(names) >= 4
    return {
        name: sorted(map(str, client.scan(TableName=name, ConsistentRead=True)["Items"]))
        for name in names
    }


def test_no_method_of_any_address_takes_it_for_somebody(ended: Visitor) -> None:
    before, believed = everything(), []
    for address in every_url():
        for method in UNSAFE:
            browser = browser_of(ended.person)
            answer = getattr(browser, method)(address, {"on": "1"}, "application/json")
            if answer.wsgi_request.user.is_authenticated:
                believed.append((method, address, answer.status_code))
    assert believed == []
    assert everything() == before


def test_it_still_shows_pages_without_a_read_of_the_session(
    ended: Visitor, hook: Callable[..., None]
) -> None:
    read: list[str] = []
    hook(
        dynamodb(),
        "provide-client-params.dynamodb.GetItem",
        lambda params, **_: read.append(params["Key"]["sk"]["S"]),
    )
    assert ended.client.get("/library/").status_code == 200
    assert [key for key in read if key.startswith("SESSION#")] == []


@pytest.fixture
def deeds(ada: Visitor, bob: Visitor, draw: Any, share: Any) -> list[tuple[str, str, Any]]:
    """What would cost ada something: each is done where her session stands."""
    picture, other, third = draw(ada), draw(ada), draw(ada)
    post, hers, his, liked = share(ada), share(ada), share(bob), share(bob)
    tokens.create(ada.user_id, "ada", ["read"], token_id=(token := new_id()))
    account_deletion.request(ada.user_id)
    wish = {"prompt": "a fox", "model": "fast", "aspect_ratio": "1:1", "count": "1", "key": "k"}
    shared = {"visibility": "public", "prompt_visibility": "public", "alt": "A fox"}
    words = {"name": "Eve", "bio": "Buy things", "links": ""}
    return [
        ("post", "/create/", wish),
        ("post", f"/p/{his.id}/like/", {"on": "1"}),
        ("post", f"/pictures/{picture}/publish/", shared),
        ("post", f"/p/{post.id}/delete/", {}),
        ("post", f"/pictures/{other}/delete/", {}),
        ("post", "/settings/profile/", words),
        ("post", "/settings/profile/handle/", {"handle": "eve_was_here"}),
        ("post", "/settings/privacy/", {"visibility": "public", "prompt_visibility": "public"}),
        ("post", f"/settings/tokens/{token}/revoke/", {}),
        ("post", "/settings/data/archive/", {}),
        ("post", "/settings/data/stay/", {}),
        ("post", "/api/v1/generations/", {"model": "fast", "prompt": "a fox"}),
        ("put", f"/api/v1/posts/{liked.id}/like/", {}),
        ("patch", "/api/v1/me/", {"bio": "Buy more"}),
        ("delete", f"/api/v1/pictures/{third}/", {}),
        ("patch", f"/api/v1/posts/{hers.id}/", {"caption": "Buy things"}),
    ]


def do(browser: Client, method: str, path: str, said: Any) -> Any:
    kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
    return getattr(browser, method)(path, said, **kind)


def test_what_would_cost_her_something_is_refused_and_changes_nothing(
    ada: Visitor, deeds: list[tuple[str, str, Any]]
) -> None:
    for session in sessions.list_active(ada.user_id):
        session.delete()
    before = everything()
    for method, path, said in deeds:
        thief = browser_of(ada.person)
        answer = do(thief, method, path, said)
        refused = 401 if path.startswith("/api/") else 303
        assert answer.status_code == refused, path
        if refused == 303:
            assert answer["Location"].startswith("/sign-in/"), path
        assert thief.cookies[site.SESSION_COOKIE].value == "", "and the browser keeps it no longer"
    assert everything() == before


def test_the_same_deeds_are_done_where_the_session_stands(
    ada: Visitor, deeds: list[tuple[str, str, Any]]
) -> None:
    """Or the test above would prove nothing."""
    for method, path, said in deeds:
        before = everything()
        answer = do(browser_of(ada.person), method, path, said)
        assert answer.status_code < 400, (path, answer.content[-2000:])
        assert not answer.get("Location", "").startswith("/sign-in/"), path
        assert everything() != before, path


def test_a_session_that_cannot_be_read_is_no_session_that_stands(
    ada: Visitor, share: Any, bob: Visitor, hook: Callable[..., None]
) -> None:
    post = share(bob)
    before = everything()

    def away(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    hook(dynamodb(), "before-call.dynamodb.GetItem", away)
    ada.client.raise_request_exception = False
    answer = ada.client.post(f"/p/{post.id}/like/", {"on": "1"})
    assert answer.status_code >= 500
    assert everything() == before


@pytest.mark.parametrize("address", ["/settings/profile/picture/{}/", "/settings/data/bring/{}/"])
def test_what_s3_sends_back_begins_nothing_either(ended: Visitor, address: str) -> None:
    before = everything()
    answer = ended.client.get(address.format("01JABCDEFGHJKMNPQRSTVWXYZ0"))
    assert answer["Location"].startswith("/sign-in/")
    assert everything() == before
