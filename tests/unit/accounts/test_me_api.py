"""The JSON API about oneself, and who may call it."""

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from tests.unit.conftest import Visitor, browser_of


def with_token(visitor: Visitor, *scopes: str) -> Client:
    secret = tokens.create(visitor.user_id, visitor.person.handle, scopes)
    return Client(headers={"Authorization": f"Token {secret}"})


def test_ada_sees_who_she_is(ada: Visitor) -> None:
    said = with_token(ada, "read").get("/api/v1/me/").json()
    assert said["created_at"].endswith("Z")
    assert {key: said[key] for key in ("id", "handle", "name", "email", "avatar")} == {
        "id": ada.user_id,
        "handle": "ada",
        "name": "ada",
        "email": "ada@example.org",
        "avatar": None,
    }


def test_she_sees_her_credits_and_every_line_that_led_there(ada: Visitor) -> None:
    for number in range(60):
        ledger.grant(ada.user_id, 1, reference=f"gift-{number:02}", kind=PROMOTION)
    client = with_token(ada, "read")
    first = client.get("/api/v1/me/credits/").json()
    assert (first["available"], first["reserved"], len(first["items"])) == (85, 0, 50)
    assert first["items"][0]["ref"] == "gift-59"
    rest = client.get(first["next"]).json()
    assert [line["ref"] for line in rest["items"]][-1] == ledger.WELCOME_REFERENCE
    assert sum(line["amount"] for line in first["items"] + rest["items"]) == 85
    assert rest["next"] is None


def test_a_borrowed_cursor_is_refused(ada: Visitor, bob: Visitor) -> None:
    for number in range(60):
        ledger.grant(ada.user_id, 1, reference=f"gift-{number:02}", kind=PROMOTION)
    hers = with_token(ada, "read").get("/api/v1/me/credits/").json()["next"]
    answer = with_token(bob, "read").get(hers)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Token apt_nobodys",
        "Bearer apt_nobodys",
        "Token",
        "Bearer",
        "Bearer abc",
        "Basic YTpi",
        "Token apt_é",
    ],
)
def test_nobody_in_particular_is_asked_to_sign_in(aws: object, authorization: str) -> None:
    response = Client().get("/api/v1/me/", headers={"Authorization": authorization})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (said["type"], said["status"]) == ("urn:aptmagic:problem:sign-in-first", 401)
    assert said["detail"].startswith(("Authenticate with ", "This ", "Authorization must be "))


def test_an_api_token_may_be_called_bearer(ada: Visitor) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    for kind in ("Bearer", "bearer", "Token"):
        headers = {"Authorization": f"{kind} {secret}"}
        assert Client().get("/api/v1/me/", headers=headers).json()["handle"] == "ada"


def test_a_missing_scope_is_named(ada: Visitor) -> None:
    response = with_token(ada, "generate").get("/api/v1/me/")
    assert response.status_code == 403
    assert "'read'" in response.json()["detail"]


def test_the_sites_own_pages_call_it_with_their_cookie(ada: Visitor) -> None:
    assert ada.client.get("/api/v1/me/").json()["handle"] == "ada"


def test_a_wrong_token_beside_a_good_cookie_is_refused(ada: Visitor) -> None:
    response = ada.client.get("/api/v1/me/", headers={"Authorization": "Token apt_nobodys"})
    assert response.status_code == 401


def test_a_cookie_alone_changes_nothing(ada: Visitor) -> None:
    browser = browser_of(ada.person, enforce_csrf_checks=True)
    forged = browser.post("/api/v1/me/")
    assert forged.status_code == 403
    assert "CSRF" in forged.json()["detail"]
    assert with_token(ada, "read").post("/api/v1/me/").status_code == 405
