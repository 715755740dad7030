"""Signing in with an authenticator app, and on the day the phone is gone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import cookies
from accounts.errors import ChallengeExpired, SessionEnded, WrongCode
from accounts.identity import (
    challenges,
    reauthentication,
    recovery_codes,
    session_cookies,
    sessions,
)
from accounts.identity import sign_in as identity_sign_in
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.devices import UNKNOWN_CLIENT
from accounts.identity.models import PendingChallenge, RecoveryCodes
from accounts.identity.sign_in import SignInResult
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id, now
from tests.users import (
    CODE,
    OTHER,
    PASSWORD,
    User,
    create_user,
    sign_in,
    signed_in,
    text_of,
    with_authenticator,
)

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def ada() -> User:
    return with_authenticator(create_user())


def test_after_the_password_comes_the_code(client: Client, ada: User) -> None:
    asked = sign_in(client, ada, next="/library/")
    assert (asked.status_code, asked["Location"]) == (303, "/sign-in/code/")
    assert signed_in(client) is None
    assert "authenticator app" in text_of(client.get("/sign-in/code/"))
    entered = client.post("/sign-in/code/", {"code": f" {ada.code[:3]} {ada.code[3:]} "})
    assert (entered.status_code, entered["Location"]) == (303, "/library/")
    assert signed_in(client) == ada.handle
    assert client.cookies[cookies.CHALLENGE].value == ""


def test_nothing_of_cognitos_is_in_the_browser(client: Client, ada: User) -> None:
    sign_in(client, ada)
    cookie = client.cookies[cookies.CHALLENGE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    [step] = [each for each in PendingChallenge.scan(PendingChallenge.username == ada.email)]
    assert step.session and cookie.value not in (step.pk, step.session)
    assert step.session not in cookie.value


def test_a_wrong_code_is_said_and_the_right_one_still_works(client: Client, ada: User) -> None:
    sign_in(client, ada)
    wrong = client.post("/sign-in/code/", {"code": "000000"})
    assert wrong.status_code == 422
    assert "Wrong or expired code" in text_of(wrong)
    assert client.post("/sign-in/code/", {"code": ada.code}).status_code == 303
    assert signed_in(client) == ada.handle


def test_a_code_that_was_used_lets_nobody_in_again(client: Client, ada: User) -> None:
    code, other = ada.code, Client()
    for browser, status in ((client, 303), (other, 422)):
        sign_in(browser, ada)
        assert browser.post("/sign-in/code/", {"code": code}).status_code == status
    assert signed_in(other) is None


def test_after_five_wrong_codes_the_password_is_asked_for_again(client: Client, ada: User) -> None:
    sign_in(client, ada)
    for _ in range(challenges.MAX_ATTEMPTS):
        assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 422
    over = client.post("/sign-in/code/", {"code": ada.code})
    assert (over.status_code, over["Location"]) == (303, "/sign-in/")
    assert "Please sign in again" in text_of(client.get("/sign-in/"))
    assert signed_in(client) is None


def test_guesses_at_once_are_counted_all_the_same(client: Client, ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "totp": {"limits": {}, "fail_open": True},
    }
    sign_in(client, ada)
    word = client.cookies[cookies.CHALLENGE].value

    def guess(number: int) -> int:
        browser = Client()
        browser.cookies[cookies.CHALLENGE] = word
        return browser.post("/sign-in/code/", {"code": f"{number:06d}"}).status_code

    with ThreadPoolExecutor(8) as crowd:
        said = list(crowd.map(guess, range(20)))
    assert said.count(422) <= challenges.MAX_ATTEMPTS
    assert set(said) == {422, 303}


def test_a_stranger_who_guesses_codes_of_mails_keeps_no_owner_out(
    client: Client, ada: User
) -> None:
    guess = {"email": ada.email, "code": "000000", "password": OTHER}
    said = [Client().post("/password/reset/", guess).status_code for _ in range(7)]
    assert said[-1] == 429
    sign_in(client, ada)
    assert client.post("/sign-in/code/", {"code": ada.code}).status_code == 303
    assert signed_in(client) == ada.handle


def test_who_waits_too_long_signs_in_again(client: Client, ada: User) -> None:
    sign_in(client, ada)
    [step] = [each for each in PendingChallenge.scan(PendingChallenge.username == ada.email)]
    step.update([PendingChallenge.expires_at.set(now())])
    over = client.post("/sign-in/code/", {"code": ada.code})
    assert (over.status_code, over["Location"]) == (303, "/sign-in/")


@pytest.mark.parametrize("word", ["", "nonsense", "x" * 5000])
def test_without_a_password_there_is_no_second_step(client: Client, word: str) -> None:
    client.cookies[cookies.CHALLENGE] = word
    for page in ("/sign-in/code/", "/sign-in/recovery/", "/sign-in/new-password/"):
        assert client.get(page)["Location"] == "/sign-in/"
        assert client.post(page, {"code": "123456"})["Location"] == "/sign-in/"


def test_a_recovery_code_stands_in_for_the_phone_once(client: Client, ada: User) -> None:
    codes = recovery_codes.create(ada.user_id)
    sign_in(client, ada, next="/library/")
    assert "Recovery code" in text_of(client.get("/sign-in/recovery/"))
    said = {"recovery_code": codes[0].upper(), "password": PASSWORD}
    entered = client.post("/sign-in/recovery/", said)
    assert (entered.status_code, entered["Location"]) == (303, "/library/")
    assert signed_in(client) == ada.handle
    assert "you have 9 left" in text_of(client.get("/library/"))
    again = Client()
    sign_in(again, ada)
    refused = again.post("/sign-in/recovery/", said)
    assert refused.status_code == 422
    assert "This recovery code is wrong or was already used" in text_of(refused)


def test_of_twenty_who_type_one_code_at_once_one_comes_in(ada: User) -> None:
    code = recovery_codes.create(ada.user_id)[0]
    with ThreadPoolExecutor(20) as crowd:
        assert sum(crowd.map(lambda _: recovery_codes.use(ada.user_id, code), range(20))) == 1


def test_the_second_step_is_still_on_after_a_recovery_code(client: Client, ada: User) -> None:
    codes = recovery_codes.create(ada.user_id)
    sign_in(client, ada)
    client.post("/sign-in/recovery/", {"recovery_code": codes[0], "password": PASSWORD})
    account = identity_provider().find(ada.email)
    assert account and account.totp
    assert sign_in(Client(), ada)["Location"] == "/sign-in/code/"


def test_a_recovery_that_was_cut_short_lets_nobody_in_without_a_code(
    client: Client, ada: User
) -> None:
    """Cognito asks for no code at that moment; it may last, where something breaks."""
    recovery_codes.create(ada.user_id)
    recovery_codes.suspend_totp(ada.user_id)
    identity_provider().disable_totp(ada.user_id)
    assert sign_in(client, ada).status_code == 401, "it may be under way"
    assert recovery_codes.is_totp_suspended(ada.user_id)
    long_ago = now() - recovery_codes.RECOVERING_LASTS
    RecoveryCodes(*RecoveryCodes.key(ada.user_id)).update(
        [RecoveryCodes.suspended_at.set(long_ago)]
    )
    refused = sign_in(client, ada)
    assert refused.status_code == 401
    assert "Please sign in again" in text_of(refused)
    assert signed_in(client) is None and sessions.list_active(ada.user_id) == []
    assert sign_in(client, ada)["Location"] == "/sign-in/code/"
    assert not recovery_codes.is_totp_suspended(ada.user_id)


def slipped_in(ada: User) -> SignedIn:
    """A stranger with the password, at the moment at which Cognito asks for no code."""
    recovery_codes.create(ada.user_id)
    recovery_codes.suspend_totp(ada.user_id)
    identity_provider().disable_totp(ada.user_id)
    stranger = identity_provider().sign_in(ada.email, PASSWORD)
    assert isinstance(stranger, SignedIn)
    return stranger


def test_who_came_in_without_a_code_during_a_recovery_is_turned_away_after_it(ada: User) -> None:
    stranger = slipped_in(ada)
    recovery_codes.resume_totp(ada.user_id)
    with pytest.raises(ChallengeExpired):
        identity_sign_in.complete(stranger, UNKNOWN_CLIENT)
    assert sessions.list_active(ada.user_id) == []
    with pytest.raises(SessionEnded):
        identity_provider().refresh(stranger.username, stranger.refresh_token)


def test_by_cognitos_own_pages_nobody_slips_in_either(ada: User) -> None:
    """They ask for codes themselves; what tells is when somebody came in there."""
    stranger = slipped_in(ada)
    recovery_codes.resume_totp(ada.user_id)
    with pytest.raises(ChallengeExpired):
        identity_sign_in.complete_federated(stranger, UNKNOWN_CLIENT)
    later = replace(stranger, auth_time=now() + timedelta(minutes=5))
    assert isinstance(identity_sign_in.complete_federated(later, UNKNOWN_CLIENT), SignInResult)


def test_a_password_alone_proves_nothing_during_a_recovery(client: Client, ada: User) -> None:
    sign_in(client, ada)
    client.post("/sign-in/code/", {"code": ada.code})
    claims = session_cookies.read(client.cookies[settings.SESSION_COOKIE].value)
    assert claims
    slipped_in(ada)
    with pytest.raises(WrongCode):
        reauthentication.reauthenticate(claims.person, PASSWORD)


def test_while_somebody_recovers_nobody_else_comes_in_by_the_password(ada: User) -> None:
    codes, over = recovery_codes.create(ada.user_id), Event()

    def stranger(_: int) -> list[Any]:
        came_in = []
        while not over.is_set():
            try:
                came_in.append(identity_sign_in.with_password(ada.email, PASSWORD))
            except ChallengeExpired:
                continue
        return [each for each in came_in if isinstance(each, SignInResult)]

    with ThreadPoolExecutor(4) as crowd:
        strangers = crowd.map(stranger, range(4))
        recovered = [
            identity_sign_in.with_recovery_code(ada.email, PASSWORD, code) for code in codes[:5]
        ]
        over.set()
    assert all(isinstance(each, SignInResult) for each in recovered), "strangers spoil no recovery"
    assert [arrival for each in strangers for arrival in each] == []


def test_a_recovery_code_without_the_password_is_not_used_up(client: Client, ada: User) -> None:
    codes = recovery_codes.create(ada.user_id)
    sign_in(client, ada)
    refused = client.post("/sign-in/recovery/", {"recovery_code": codes[0], "password": OTHER})
    assert refused.status_code == 422
    assert recovery_codes.count_left(ada.user_id) == len(codes)
    assert OTHER not in text_of(refused) and codes[0] in text_of(refused)


def test_somebody_elses_recovery_code_is_worth_nothing(client: Client, ada: User) -> None:
    bob = with_authenticator(create_user("bob"))
    codes = recovery_codes.create(bob.user_id)
    sign_in(client, ada)
    said = {"recovery_code": codes[0], "password": PASSWORD}
    assert client.post("/sign-in/recovery/", said).status_code == 422
    assert recovery_codes.count_left(bob.user_id) == len(codes)


def test_an_invited_person_chooses_a_password_and_is_in(client: Client) -> None:
    email = f"{new_id().lower()}@example.org"
    clients.client("cognito-idp").admin_create_user(
        UserPoolId=settings.COGNITO_POOL_ID,
        Username=email,
        TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    asked = client.post("/sign-in/", {"email": email, "password": PASSWORD})
    assert asked["Location"] == "/sign-in/new-password/"
    own_name = email.partition("@")[0]
    for weak in ("short", "a" * 20, f"I am {own_name}"):
        assert client.post("/sign-in/new-password/", {"password": weak}).status_code == 422
    entered = client.post("/sign-in/new-password/", {"password": OTHER})
    assert (entered.status_code, entered["Location"]) == (303, "/")
    assert "Your e-mail is confirmed and you have" in text_of(client.get("/"))
    assert client.get("/sign-in/").status_code == 303


def test_next_cannot_lead_elsewhere_by_way_of_the_code(client: Client, ada: User) -> None:
    sign_in(client, ada, next="https://evil.example/")
    entered = client.post("/sign-in/code/", {"code": ada.code})
    assert entered["Location"] == "/"


def test_the_second_step_is_nothing_for_forged_posts(ada: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    for page in ("/sign-in/", "/sign-in/code/", "/sign-in/recovery/", "/sign-in/new-password/"):
        assert browser.post(page, {"code": CODE}).status_code == 403
        assert browser.post(page, {"code": CODE}, headers={"HX-Request": "true"}).status_code == 403
