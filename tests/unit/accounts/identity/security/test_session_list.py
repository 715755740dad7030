"""A user's sessions: listed, and ended."""

from io import StringIO

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command

from accounts.api_tokens import tokens
from accounts.identity import devices
from tests.unit.accounts.identity.security.pages import (
    HOME,
    active_sessions,
    stored_user,
    text_of,
)
from tests.unit.conftest import Visitor, another_browser
from tests.unit.fake_identity_provider import FakeIdentityProvider

FOX = devices.ClientInfo("Firefox/Linux", "203.0.113.0/24")


PHONE = devices.ClientInfo("Safari/iPhone", "2001:db8:7::/48")


def test_the_page_lists_the_users_sessions(ada: Visitor) -> None:
    another_browser(ada.user_id, FOX)
    another_browser(ada.user_id, PHONE)
    page = text_of(ada.client.get(HOME))
    assert "Firefox on Linux" in page
    assert "203.0.113…" in page
    assert "Safari on iPhone" in page
    assert "2001:db8:7…" in page
    assert page.count("This browser") == 1
    assert "refresh-" not in page


def test_a_session_in_another_browser_is_ended(ada: Visitor) -> None:
    phone = another_browser(ada.user_id, PHONE)
    ended = ada.client.post(f"{HOME}sessions/{phone.person.session_id}/end/")
    assert (ended.status_code, ended["Location"]) == (303, HOME)
    assert active_sessions(ada) == {ada.person.session_id}
    assert len(stored_user(ada).token_families) == 1
    again = ada.client.post(f"{HOME}sessions/{phone.person.session_id}/end/", follow=True)
    assert "This session has already ended." in text_of(again)


def test_another_users_session_cannot_be_ended(ada: Visitor, bob: Visitor) -> None:
    for session_id in (bob.person.session_id, "x", "%2e%2e", "PROFILE", "é" * 600):
        assert ada.client.post(f"{HOME}sessions/{session_id}/end/").status_code == 303
    assert active_sessions(bob) == {bob.person.session_id}
    assert len(stored_user(bob).token_families) == 1


def test_all_other_sessions_are_ended_at_once(ada: Visitor, bob: Visitor) -> None:
    for _ in range(3):
        another_browser(ada.user_id)
    page = ada.client.post(HOME + "sessions/end/", follow=True)
    assert "3 other browsers signed out" in text_of(page)
    assert active_sessions(ada) == {ada.person.session_id}
    assert active_sessions(bob) == {bob.person.session_id}


def test_signing_out_everywhere_includes_this_browser(ada: Visitor, bob: Visitor) -> None:
    another_browser(ada.user_id)
    response = ada.client.post(HOME + "sessions/end-all/")
    assert (response.status_code, response["Location"]) == (303, "/sign-in/")
    assert response.cookies[site.SESSION_COOKIE].value == ""
    assert active_sessions(ada) == set()
    assert stored_user(ada).token_families == []
    assert "sign_out_everywhere" in FakeIdentityProvider.calls
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert active_sessions(bob) == {bob.person.session_id}


def test_signing_out_everywhere_revokes_every_token(ada: Visitor, bob: Visitor) -> None:
    secrets = [tokens.create(ada.user_id, "ada", ["read"]) for _ in range(3)]
    his = tokens.create(bob.user_id, "bob", ["read"])
    assert ada.client.post(HOME + "sessions/end-all/").status_code == 303
    assert [tokens.verify(secret) for secret in secrets] == [None] * 3
    assert tokens.verify(his)


def test_staff_sign_a_user_out(ada: Visitor, bob: Visitor) -> None:
    another_browser(ada.user_id)
    words = StringIO()
    call_command("sign_out", "@ada", stdout=words)
    assert "2 sessions have ended" in words.getvalue()
    assert active_sessions(ada) == set()
    assert stored_user(ada).token_families == []
    assert active_sessions(bob) == {bob.person.session_id}
    with pytest.raises(CommandError):
        call_command("sign_out", "nobody_at_all")


def test_signing_out_is_confirmed(ada: Visitor) -> None:
    assert "You’re signed out." in text_of(ada.client.post("/sign-out/", follow=True))
