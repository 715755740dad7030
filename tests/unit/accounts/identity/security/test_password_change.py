"""Changing the password."""

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from tests.unit.accounts.identity.security.pages import (
    HOME,
    NEW_PASSWORD,
    active_sessions,
    change_password,
    expire_reauthentication,
    reauthenticate,
    sent_kinds,
    stored_user,
    text_of,
)
from tests.unit.conftest import Visitor, another_browser
from tests.unit.fake_identity_provider import PASSWORD, TOTP_CODE, WRONG


def test_a_new_password_ends_all_other_sessions(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    response = change_password(ada)
    assert (response.status_code, response["Location"]) == (303, HOME)
    assert stored_user(ada).password == NEW_PASSWORD
    assert sent_kinds() == ["password-changed"]
    assert active_sessions(ada) == {ada.person.session_id}
    assert len(stored_user(ada).token_families) == 1, "Cognito refuses the phone's tokens"
    assert "Password changed" in text_of(ada.client.get(HOME))
    assert phone.client.get(HOME).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"old_password": "not this one, no"}, "Wrong current password."),
        ({"old_password": ""}, "Enter your password."),
        ({"password": ""}, "Choose a password."),
        ({"password": "short"}, "too short"),
        ({"password": PASSWORD}, "This is already your password. Choose a new one."),
        ({"password": "password1234"}, "This password is too common"),
    ],
)
def test_a_refused_password_changes_nothing(
    ada: Visitor, changes: dict[str, str], sentence: str
) -> None:
    phone = another_browser(ada.user_id)
    response = change_password(ada, **changes)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert stored_user(ada).password == PASSWORD
    assert phone.person.session_id in active_sessions(ada)


def test_with_totp_a_new_password_takes_a_code(cy: Visitor) -> None:
    assert "one-time-code" in text_of(cy.client.get(HOME + "password/"))
    for code in ({}, {"code": WRONG}):
        assert change_password(cy, **code).status_code == 422
    assert stored_user(cy).password == PASSWORD
    assert change_password(cy, code=TOTP_CODE).status_code == 303
    assert stored_user(cy).password == NEW_PASSWORD


def test_api_tokens_are_revoked_with_the_password_on_request(ada: Visitor) -> None:
    assert "Revoke my API tokens" not in text_of(ada.client.get(HOME + "password/"))
    secret = tokens.create(ada.user_id, "ada", ["read"])
    assert "Revoke my API tokens" in text_of(ada.client.get(HOME + "password/"))
    change_password(ada)
    assert tokens.verify(secret)
    change_password(ada, old_password=NEW_PASSWORD, password=PASSWORD, revoke_tokens="on")
    assert tokens.verify(secret) is None


def test_a_wrong_code_clears_no_other_field(cy: Visitor) -> None:
    expire_reauthentication(cy)
    for code in (WRONG, "12"):
        assert f'value="{PASSWORD}"' in text_of(reauthenticate(cy, code=code))
        assert f'value="{NEW_PASSWORD}"' in text_of(change_password(cy, code=code))
    reset = {"email": "cy@example.org", "code": "000000", "password": NEW_PASSWORD}
    assert f'value="{NEW_PASSWORD}"' in text_of(Client().post("/password/reset/", reset))


def test_a_wrong_password_is_not_shown_again(cy: Visitor) -> None:
    wrong = reauthenticate(cy, old_password="not this one, no", code=WRONG)
    assert wrong.status_code == 422 and "not this one, no" not in text_of(wrong)
    short = change_password(cy, password="short", code="12")
    assert 'value="short"' not in text_of(short)


def test_the_password_reset_page_keeps_the_address_typed_at_sign_in(
    client: Client, ada: Visitor
) -> None:
    page = text_of(client.get("/sign-in/"))
    assert 'formaction="/password/forgot/" formnovalidate name="ask"' in page
    typed = {"email": "Ada@Example.org", "password": "not this one, no", "ask": "1"}
    asked = client.post("/password/forgot/", typed)
    assert asked.status_code == 200
    assert 'value="Ada@Example.org"' in text_of(asked)
    assert "not this one" not in text_of(asked) and sent_kinds() == [], (
        "nothing is sent before one asks"
    )
