from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from accounts.current_user import CurrentUser
from accounts.identity import session_cookies, session_renewal, sessions
from accounts.identity.models import Session
from aptmagic.aws.dynamodb import now
from tests.unit.conftest import Visitor, browser_of

ADA = CurrentUser("ada-sub", "ada", "Ada", ("moderators",), "01SESSION")
BOB = CurrentUser("bob-sub", "bob", "Bob", (), "01SESSION")


def is_signed_in(client: Client) -> bool:
    """Whoever is signed in has no business on the sign-in page."""
    return client.get("/sign-in/").status_code == 303


def test_a_page_needs_no_read_to_know_who_is_there() -> None:
    # No cloud is running here: any read would fail.
    assert is_signed_in(browser_of(ADA))


def test_a_cookie_says_who_it_is_and_no_more() -> None:
    claims = session_cookies.read(session_cookies.make(ADA))
    assert claims is not None and claims.person == ADA
    assert not claims.stale


@pytest.mark.parametrize(
    "forge",
    [
        lambda good: "",
        lambda good: "nonsense",
        lambda good: good[:-1] + ("A" if good[-1] != "A" else "B"),
        lambda good: "e30" + good[good.index(":") :],
        lambda good: session_cookies.make(BOB).split(":")[0] + good[good.index(":") :],
        lambda good: signing.dumps({"u": "bob-sub"}, key="another key", salt=session_cookies.SALT),
        lambda good: signing.dumps({"u": "bob-sub"}, salt="another purpose"),
    ],
)
def test_a_forged_cookie_signs_nobody_in(client: Client, settings: Any, forge: Any) -> None:
    client.cookies[settings.SESSION_COOKIE] = forge(session_cookies.make(ADA))
    response = client.get("/sign-in/")
    assert response.status_code == 200
    assert client.cookies[settings.SESSION_COOKIE].value == ""


def test_a_cookie_is_good_for_two_weeks_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = session_cookies.make(ADA)
    later = now() + sessions.IDLE_LASTS + timedelta(seconds=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert session_cookies.read(cookie) is None


def test_a_stale_cookie_without_a_session_signs_out(ada: Visitor, settings: Any) -> None:
    Session(*Session.key(ada.user_id, ada.person.session_id)).delete()
    stale = session_cookies.make(ada.person, lasts=timedelta(seconds=-1))
    ada.client.cookies[settings.SESSION_COOKIE] = stale
    assert not is_signed_in(ada.client)


def test_a_session_whose_time_is_over_has_ended_even_if_it_is_still_stored(
    ada: Visitor, settings: Any
) -> None:
    Session(
        *Session.key(ada.user_id, ada.person.session_id),
        user_id=ada.user_id,
        username=ada.user_id,
        refresh_token="long ago",
        expires_at=now() - timedelta(seconds=1),
    ).save()
    with pytest.raises(sessions.SessionEnded):
        session_renewal.renew(ada.person)


def test_on_https_the_cookies_belong_to_this_host_alone(
    ada: Visitor, fake_provider: Any, settings: Any
) -> None:
    settings.SESSION_COOKIE, settings.SESSION_COOKIE_SECURE = "__Host-apt", True
    response = browser_of(ada.person).post("/sign-out/")
    cookie = response.cookies["__Host-apt"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_only_a_post_signs_out(ada: Visitor) -> None:
    assert ada.client.get("/sign-out/").status_code == 405
    assert is_signed_in(ada.client)


def test_a_post_from_elsewhere_does_nothing(ada: Visitor) -> None:
    browser = browser_of(ada.person, enforce_csrf_checks=True)
    response = browser.post("/sign-out/")
    assert response.status_code == 403
    assert is_signed_in(browser)
