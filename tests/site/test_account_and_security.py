"""What people do under Account and security, before the embedded cloud's own Cognito."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.current_user import CurrentUser
from accounts.errors import SessionEnded
from accounts.identity import session_cookies, sessions
from accounts.identity.cognito.protocol import identity_provider
from accounts.identity.models import Session
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import new_id
from tests import authenticator
from tests.users import CODE, OTHER, PASSWORD, User, create_user, sign_in, signed_in, text_of

pytestmark = pytest.mark.usefixtures("cloud")

HOME = "/settings/security/"


@pytest.fixture
def ada() -> User:
    return create_user()


@pytest.fixture
def hers(ada: User) -> Client:
    """The browser she is signed in with."""
    return sign_in_as(ada)


def sign_in_as(who: User) -> Client:
    client = Client()
    assert sign_in(client, who).status_code == 303
    return client


def person_of(client: Client) -> CurrentUser:
    claims = session_cookies.read(client.cookies[settings.SESSION_COOKIE].value)
    assert claims is not None
    return claims.person


def session_of(client: Client) -> Session:
    person = person_of(client)
    found = Session.find(*Session.key(person.id, person.session_id), consistent=True)
    assert found is not None
    return found


def wait_fifteen_minutes(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE] = session_cookies.make(
        person_of(client), lasts=-session_cookies.CLAIMS_LAST
    )


def test_a_session_goes_on_with_a_new_refresh_token_each_time(hers: Client) -> None:
    used = []
    for _ in range(3):
        used.append(session_of(hers))
        wait_fifteen_minutes(hers)
        assert hers.get("/sign-in/").status_code == 303
    assert len({session.refresh_token for session in used}) == 3
    assert len({session.cookie_id for session in used}) == 3


def test_requests_at_once_renew_once_though_a_refresh_token_is_good_once(hers: Client) -> None:
    wait_fifteen_minutes(hers)
    stale = hers.cookies[settings.SESSION_COOKIE].value

    def open_page(_: int) -> tuple[int, str]:
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE] = stale
        status = browser.get("/sign-in/").status_code
        return status, browser.cookies[settings.SESSION_COOKIE].value

    with ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(open_page, range(12)))
    assert {status for status, _ in answers} == {303}
    [fresh] = {cookie for _, cookie in answers} - {stale}
    hers.cookies[settings.SESSION_COOKIE] = fresh
    wait_fifteen_minutes(hers)
    assert hers.get("/sign-in/").status_code == 303


def test_a_refresh_token_used_by_a_thief_ends_the_session_for_both(hers: Client) -> None:
    session = session_of(hers)
    thiefs = identity_provider().refresh(session.username, session.refresh_token)
    wait_fifteen_minutes(hers)
    assert hers.get("/sign-in/").status_code == 200
    assert sessions.list_active(session.user_id) == []
    with pytest.raises(SessionEnded):
        identity_provider().refresh(session.username, thiefs.refresh_token)


def test_the_second_step_from_the_first_look_to_the_next_sign_in(ada: User, hers: Client) -> None:
    page = text_of(hers.get(HOME + "second-step/"))
    key = re.search(r'name="key" value="([A-Z2-7]+)"', page)[1]  # type: ignore[index]
    wrong = hers.post(HOME + "second-step/", {"key": key, "code": "000000"})
    assert (wrong.status_code, key in text_of(wrong)) == (422, True)
    code = authenticator.code(key)
    on = hers.post(HOME + "second-step/", {"key": key, "code": code}, follow=True)
    codes = re.findall(r"<code>([^<]+)</code>", text_of(on))
    assert len(codes) == 10

    new = Client()
    assert sign_in(new, ada)["Location"] == "/sign-in/code/"
    said = {"recovery_code": codes[0], "password": PASSWORD}
    assert new.post("/sign-in/recovery/", said).status_code == 303
    assert signed_in(new) == ada.handle
    assert "you have 9 left" in text_of(new.get(HOME))
    again = Client()
    sign_in(again, ada)
    assert again.post("/sign-in/recovery/", said).status_code == 422

    assert hers.post(HOME + "second-step/off/").status_code == 303
    assert sign_in(Client(), ada)["Location"] == "/"


def test_a_changed_password_is_the_one_that_counts(ada: User, hers: Client) -> None:
    phone = sign_in_as(ada)
    before = session_of(phone)
    change = {"old_password": PASSWORD, "password": OTHER}
    wrong = hers.post(HOME + "password/", {**change, "old_password": "not this one, no"})
    assert wrong.status_code == 422
    assert "Wrong current password." in text_of(wrong)
    assert hers.post(HOME + "password/", change).status_code == 303
    assert sign_in(Client(), ada).status_code == 422
    assert sign_in(Client(), ada, password=OTHER).status_code == 303
    with pytest.raises(SessionEnded):
        identity_provider().refresh(before.username, before.refresh_token)
    wait_fifteen_minutes(hers)
    assert hers.get("/sign-in/").status_code == 303


def test_a_new_address_signs_in_once_its_code_came_back(ada: User, hers: Client) -> None:
    new = f"{new_id().lower()}@example.org"
    assert hers.post(HOME + "email/", {"email": new})["Location"] == HOME + "email/code/"
    assert sign_in(Client(), ada, email=new).status_code == 422
    assert hers.post(HOME + "email/code/", {"code": "654321"}).status_code == 422
    assert hers.post(HOME + "email/code/", {"code": CODE})["Location"] == HOME
    assert sign_in(Client(), ada).status_code == 422
    assert sign_in(Client(), ada, email=new).status_code == 303
    profile = profiles.get(ada.user_id)
    assert profile and profile.email == new


def test_an_address_somebody_has_is_never_taken_over(ada: User, hers: Client) -> None:
    bob = create_user("bob")
    assert hers.post(HOME + "email/", {"email": bob.email})["Location"] == HOME + "email/code/"
    assert hers.post(HOME + "email/code/", {"code": CODE}).status_code == 422
    for who in (ada, bob):
        assert sign_in(Client(), who).status_code == 303


def test_signing_out_everywhere_ends_every_token_at_cognito(ada: User, hers: Client) -> None:
    known = [session_of(browser) for browser in (hers, sign_in_as(ada))]
    stray: Any = identity_provider().sign_in(
        ada.email, PASSWORD
    )  # a token that no session of ours holds
    assert hers.post(HOME + "sessions/end-all/")["Location"] == "/sign-in/"
    for token in (*(session.refresh_token for session in known), stray.refresh_token):
        with pytest.raises(SessionEnded):
            identity_provider().refresh(ada.user_id, token)
    assert sign_in(hers, ada).status_code == 303
