"""Sensitive changes ask for the password (and code) again."""

from datetime import timedelta

import pytest
from django.conf import settings as site

from accounts.identity import sessions
from accounts.identity.models import Session
from aptmagic.aws.dynamodb import now
from tests.unit.accounts.identity.security.pages import (
    HOME,
    NEW_PASSWORD,
    REAUTHENTICATE,
    SENSITIVE_PAGES,
    active_sessions,
    expire_reauthentication,
    reauthenticate,
    stored_user,
    text_of,
)
from tests.unit.conftest import Visitor, another_browser, browser_of
from tests.unit.fake_identity_provider import PASSWORD, TOTP_CODE, WRONG


@pytest.mark.parametrize("page", SENSITIVE_PAGES)
def test_a_sensitive_page_asks_for_the_password_first(ada: Visitor, page: str) -> None:
    expire_reauthentication(ada)
    there = f"http://testserver{HOME}{page}"
    for request_email_change in (ada.client.get, ada.client.post):
        response = request_email_change(HOME + page, headers={"Referer": there})
        assert (response.status_code, response["Location"]) == (
            303,
            f"{REAUTHENTICATE}?next=%2Fsettings%2Fsecurity%2F{page.replace('/', '%2F')}",
        )
    page_there = ada.client.get(response["Location"])
    assert f'value="{HOME}{page}"' in text_of(page_there)
    proved = reauthenticate(ada, next=HOME + page)
    assert (proved.status_code, proved["Location"]) == (303, HOME + page)
    assert ada.client.get(HOME + page).status_code in (200, 303)
    assert not ada.client.get(HOME + page).get("Location", "").startswith(REAUTHENTICATE)


def test_a_reauthentication_lasts_ten_minutes(ada: Visitor) -> None:
    session = Session(*Session.key(ada.user_id, ada.person.session_id))
    for age, asked in ((9, False), (11, True)):
        session.update([Session.authenticated_at.set(now() - timedelta(minutes=age))])
        location = ada.client.get(HOME + "email/").get("Location", "")
        assert location.startswith(REAUTHENTICATE) is asked


def test_a_wrong_password_is_refused(ada: Visitor) -> None:
    expire_reauthentication(ada)
    response = reauthenticate(ada, old_password="not this one, no")
    assert response.status_code == 422
    assert "Wrong current password." in text_of(response)
    assert ada.client.get(HOME + "email/")["Location"].startswith(REAUTHENTICATE)


def test_another_users_password_is_refused(ada: Visitor, bob: Visitor) -> None:
    stored_user(bob).password = NEW_PASSWORD
    expire_reauthentication(ada)
    assert reauthenticate(ada, old_password=NEW_PASSWORD).status_code == 422


def test_with_totp_the_password_alone_is_refused(cy: Visitor) -> None:
    expire_reauthentication(cy)
    for code in ({}, {"code": WRONG}, {"code": "12"}):
        assert reauthenticate(cy, **code).status_code == 422
    assert cy.client.get(HOME + "email/")["Location"].startswith(REAUTHENTICATE)
    assert reauthenticate(cy, code=TOTP_CODE).status_code == 303
    assert cy.client.get(HOME + "email/").status_code == 200


def test_reauthenticating_replaces_the_tokens_of_the_session(
    ada: Visitor,
) -> None:
    [old] = sessions.list_active(ada.user_id)
    assert reauthenticate(ada).status_code == 303
    [new] = sessions.list_active(ada.user_id)
    assert new.id == old.id
    assert new.refresh_token != old.refresh_token
    assert new.cookie_id != old.cookie_id
    assert [family[-1] for family in stored_user(ada).token_families] == [new.refresh_token]


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"]
)
def test_reauthenticating_redirects_to_no_other_site(ada: Visitor, elsewhere: str) -> None:
    assert reauthenticate(ada, next=elsewhere)["Location"] == HOME


def test_a_copied_cookie_is_not_reauthenticated(ada: Visitor) -> None:
    thief = browser_of(ada.person)
    assert reauthenticate(ada).status_code == 303
    assert thief.get(HOME + "email/")["Location"].startswith(REAUTHENTICATE)
    assert thief.post(HOME + "second-step/off/")["Location"].startswith(REAUTHENTICATE)
    assert ada.client.get(HOME + "email/").status_code == 200
    assert reauthenticate(ada).status_code == 303
    found_out = thief.get(HOME + "email/")
    assert found_out["Location"].startswith("/sign-in/")
    assert active_sessions(ada) == set()


def test_guessing_a_password_from_a_stolen_session_is_limited(ada: Visitor) -> None:
    statuses = [
        reauthenticate(ada, old_password=f"guess number {n}").status_code for n in range(12)
    ]
    assert statuses[-1] == 429
    assert reauthenticate(ada).status_code == 429


@pytest.mark.parametrize("page", ["", "password/", *SENSITIVE_PAGES])
def test_a_session_ended_elsewhere_changes_nothing(ada: Visitor, page: str) -> None:
    """Its cookie would still be believed for some minutes by pages that only show something."""
    sessions.end(ada.person)
    answers = [ada.client.get(HOME + page)] if page != "password/" else []
    form = {"old_password": PASSWORD, "password": NEW_PASSWORD, "email": "new@example.org"}
    if page:
        answers.append(browser_of(ada.person).post(HOME + page, form))
    for response in answers:
        assert response.status_code == 303
        assert response["Location"].startswith("/sign-in/")
        assert response.cookies[site.SESSION_COOKIE].value == ""
    assert stored_user(ada).password == PASSWORD


@pytest.mark.parametrize("deed", ["sessions/end/", "sessions/end-all/", "sessions/x/end/"])
def test_ending_sessions_asks_for_the_password_first(ada: Visitor, deed: str) -> None:
    phone = another_browser(ada.user_id)
    expire_reauthentication(ada)
    there = f"http://testserver{HOME}"
    address = HOME + deed.replace("x", phone.person.session_id)
    asked = ada.client.post(address, headers={"Referer": there})
    assert asked["Location"] == f"{REAUTHENTICATE}?next=%2Fsettings%2Fsecurity%2F"
    assert len(active_sessions(ada)) == 2
