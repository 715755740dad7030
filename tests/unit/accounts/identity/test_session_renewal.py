"""A session goes on for as long as its person uses it, and ends for whoever copies it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.current_user import CurrentUser
from accounts.identity import session_cookies, session_renewal, sessions
from accounts.identity.models import Session
from accounts.profiles import profiles
from accounts.views import sign_in_flow
from aptmagic.aws.dynamodb import now
from tests.unit.conftest import Visitor, another_browser, grow_stale
from tests.unit.fake_identity_provider import FakeIdentityProvider


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Time goes on, for us and for the signatures of cookies."""
    start = now()
    gone = timedelta()

    def go_on(by: timedelta) -> None:
        nonlocal gone
        gone += by
        for module in (
            "accounts.identity.session_cookies",
            "accounts.identity.session_renewal",
            "accounts.identity.sessions",
            "accounts.identity.models",
            "accounts.users_table",
        ):
            monkeypatch.setattr(f"{module}.now", lambda: start + gone)
        monkeypatch.setattr("django.core.signing.time.time", lambda: (start + gone).timestamp())

    return go_on


def is_signed_in(client: Client) -> bool:
    """Whoever is signed in has no business on the sign-in page."""
    return client.get("/sign-in/").status_code == 303


def cookie_of(client: Client) -> str:
    return str(client.cookies[site.SESSION_COOKIE].value)


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[site.SESSION_COOKIE] = value
    return client


def person_of(client: Client) -> CurrentUser:
    claims = session_cookies.read(cookie_of(client))
    assert claims is not None
    return claims.person


def stored(who: Visitor) -> Session:
    found = Session.find(*Session.key(who.user_id, who.person.session_id), consistent=True)
    assert found is not None
    return found


def test_a_renewal_gives_a_new_ticket_and_a_new_refresh_token(ada: Visitor) -> None:
    before = stored(ada).refresh_token
    grow_stale(ada.client)
    assert is_signed_in(ada.client)
    assert person_of(ada.client).cookie_id != ada.person.cookie_id
    assert stored(ada).refresh_token != before
    asked = list(FakeIdentityProvider.calls)
    assert is_signed_in(ada.client)
    assert FakeIdentityProvider.calls == asked, "a page asks nobody"


def test_a_copy_of_an_old_cookie_ends_the_session_for_both(
    ada: Visitor, later: Callable[[timedelta], None]
) -> None:
    thief = with_cookie(cookie_of(ada.client))
    for _ in range(2):
        later(timedelta(minutes=16))
        assert is_signed_in(ada.client)
    refused = thief.get("/sign-in/")
    assert refused.status_code == 200
    assert "An old copy of your session was used" in refused.content.decode()
    assert thief.cookies[site.SESSION_COOKIE].value == ""
    later(timedelta(minutes=16))
    assert not is_signed_in(ada.client)
    assert FakeIdentityProvider.users[0].token_families == [], (
        "its tokens are worth nothing at Cognito"
    )


def test_a_thief_who_renews_first_is_found_out_too(
    ada: Visitor, later: Callable[[timedelta], None]
) -> None:
    thief = with_cookie(cookie_of(ada.client))
    later(timedelta(minutes=16))
    assert is_signed_in(thief)
    later(timedelta(minutes=5))
    assert is_signed_in(ada.client), "the answer might have been lost"
    later(timedelta(minutes=16))
    assert not is_signed_in(thief)
    assert not is_signed_in(ada.client)


def test_an_answer_that_never_arrived_signs_nobody_out(
    ada: Visitor, later: Callable[[timedelta], None]
) -> None:
    lost = cookie_of(ada.client)
    for _ in range(3):
        later(timedelta(minutes=16))
        assert is_signed_in(with_cookie(lost))
    later(timedelta(hours=5))
    back = with_cookie(lost)
    assert is_signed_in(back)
    later(timedelta(minutes=16))
    assert is_signed_in(back)


def test_a_request_that_was_under_way_asks_cognito_nothing(ada: Visitor) -> None:
    """Many at once are tried in tests/site, where conditions hold under threads."""
    grow_stale(ada.client)
    late = with_cookie(cookie_of(ada.client))
    stale = cookie_of(late)
    assert is_signed_in(ada.client)
    assert is_signed_in(late)
    assert cookie_of(late) == stale, "the newest cookie is on its way in the other answer"
    assert FakeIdentityProvider.calls.count("refresh") == 1
    grow_stale(ada.client)
    assert is_signed_in(ada.client)


def test_an_old_refresh_token_ends_the_session(ada: Visitor) -> None:
    stolen = stored(ada).refresh_token
    FakeIdentityProvider().refresh(ada.user_id, stolen)
    grow_stale(ada.client)
    assert not is_signed_in(ada.client)
    assert sessions.list_active(ada.user_id) == []
    assert FakeIdentityProvider.users[0].token_families == [], (
        "the thief's newer token went with it"
    )


def test_a_page_opened_while_signing_out_does_not_bring_the_session_back(ada: Visitor) -> None:
    FakeIdentityProvider.after_refresh = lambda: sessions.end(ada.person)
    grow_stale(ada.client)
    assert not is_signed_in(ada.client)
    assert sessions.list_active(ada.user_id) == []
    assert FakeIdentityProvider.users[0].token_families == []


@pytest.mark.parametrize("first", [True, False])
def test_a_proof_while_another_page_renews_keeps_the_session(ada: Visitor, first: bool) -> None:
    """Both change the tokens; whichever Cognito hears first, the ones of the proof count."""
    known = FakeIdentityProvider.users[0]

    def prove() -> None:
        FakeIdentityProvider.after_refresh = FakeIdentityProvider.before_refresh = None
        session_renewal.mark_authenticated(ada.person, FakeIdentityProvider().issue_tokens(known))

    if first:
        FakeIdentityProvider.before_refresh = prove
    else:
        FakeIdentityProvider.after_refresh = prove
    grow_stale(ada.client)
    assert is_signed_in(ada.client)
    [session] = sessions.list_active(ada.user_id)
    assert [family[-1] for family in known.token_families] == [session.refresh_token]
    assert sessions.recently_authenticated(person_of(ada.client))
    grow_stale(ada.client)
    assert is_signed_in(ada.client)


def test_nobody_is_signed_out_while_cognito_is_away_but_staff_doors_close(
    signed_in_user: Callable[..., Visitor], later: Callable[[timedelta], None]
) -> None:
    mod = signed_in_user("mod", groups=("moderators",))
    FakeIdentityProvider.unavailable = True
    for minutes in (5, 0.1, 5, 20):
        later(timedelta(minutes=minutes))
        response = mod.client.get("/sign-in/")
        assert response.status_code == 303
        assert response.wsgi_request.user.groups == ()
    FakeIdentityProvider.unavailable = False
    later(timedelta(minutes=2))
    assert mod.client.get("/sign-in/").wsgi_request.user.groups == ("moderators",)


def test_who_left_the_staff_has_no_staff_door_after_five_minutes(
    signed_in_user: Callable[..., Visitor], later: Callable[[timedelta], None]
) -> None:
    mod = signed_in_user("mod", groups=("moderators",))
    assert mod.person.groups == ("moderators",)
    FakeIdentityProvider.users[0].groups = ()
    later(timedelta(minutes=5))
    assert mod.client.get("/sign-in/").wsgi_request.user.groups == ()


def test_groups_are_read_again_at_most_every_four_minutes(
    signed_in_user: Callable[..., Visitor], later: Callable[[timedelta], None]
) -> None:
    mod = signed_in_user("mod", groups=("moderators",))
    for _ in range(10):
        later(timedelta(minutes=1))
        assert mod.client.get("/sign-in/").wsgi_request.user.groups == ("moderators",)
    assert FakeIdentityProvider.calls.count("refresh") == 2


def test_signing_out_everywhere_works_within_fifteen_minutes(
    ada: Visitor, later: Callable[[timedelta], None]
) -> None:
    phone = another_browser(ada.user_id)
    sessions.end_all(ada.user_id)
    later(timedelta(minutes=15))
    assert not is_signed_in(phone.client)
    assert not is_signed_in(ada.client)
    assert "sign_out_everywhere" in FakeIdentityProvider.calls


@pytest.mark.parametrize("unused", [True, False])
def test_a_session_ends_after_thirty_days_or_two_weeks_unused(
    ada: Visitor, later: Callable[[timedelta], None], unused: bool
) -> None:
    if unused:
        later(timedelta(days=14, seconds=1))
        assert sessions.list_active(ada.user_id) == []
    else:
        for _ in range(3):
            later(timedelta(days=9))
            assert is_signed_in(ada.client)
        later(timedelta(days=3, seconds=1))
    assert not is_signed_in(ada.client)


def test_of_many_browsers_the_one_used_longest_ago_makes_room(ada: Visitor) -> None:
    for _ in range(sessions.MAX_SESSIONS):
        another_browser(ada.user_id)
    standing = sessions.list_active(ada.user_id)
    assert len(standing) == sessions.MAX_SESSIONS
    assert ada.person.session_id not in {session.id for session in standing}


def test_what_is_kept_of_a_browser_says_little(ada: Visitor) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    request: Any = Client(headers={"user-agent": agent}, REMOTE_ADDR="203.0.113.7").get("/")
    phone = another_browser(ada.user_id, sign_in_flow.client_info(request.wsgi_request))
    session = stored(phone)
    assert (session.agent, session.address) == ("Firefox/Linux", "203.0.113.0/24")


def test_signing_in_heals_an_address_that_only_cognito_knows(ada: Visitor) -> None:
    FakeIdentityProvider.users[0].email = "Lovelace@example.org"
    another_browser(ada.user_id)
    profile = profiles.get(ada.user_id)
    assert profile and profile.email == "lovelace@example.org"
