"""Coming in through the pages, with Cognito behind them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from django.conf import settings
from django.test import Client

from accounts import cookies, tasks
from accounts.billing import ledger
from accounts.errors import HandleTaken
from accounts.identity import (
    challenges,
    session_cookies,
    sessions,
    sign_up,
)
from accounts.identity.cognito.protocol import identity_provider
from accounts.identity.models import Session
from accounts.profiles import confirmation, profiles, unconfirmed
from accounts.profiles.models import Profile
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.aws.scheduled_tasks import ScheduledTask
from tests.unit import failures
from tests.unit.failures import NOWHERE, failing

pytestmark = pytest.mark.usefixtures("cloud")

CODE, WRONG, RESET_CODE = "123456", "654321", "654321"
PASSWORD, OTHER = "a fox in the snow", "two owls by the lake"


@dataclass(frozen=True)
class Newcomer:
    handle: str
    email: str
    password: str = PASSWORD

    def form(self, **changes: str) -> dict[str, str]:
        return {
            "handle": self.handle,
            "email": self.email,
            "password": self.password,
            **changes,
        }

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def newcomer(name: str = "ada") -> Newcomer:
    handle = f"{name}_{new_id()[-10:].lower()}"
    return Newcomer(handle, f"{handle}@example.org")


@pytest.fixture
def ada() -> Newcomer:
    return newcomer("ada")


@pytest.fixture
def member(ada: Newcomer) -> Iterator[Newcomer]:
    """Ada, whose address is confirmed."""
    opened = sign_up.start(ada.handle, ada.email, ada.password)
    sign_up.confirm(ada.email, CODE, user_id=opened.user_id)
    yield ada


def test_a_newcomer_with_a_prompt_ends_on_create_signed_in_and_with_it(
    client: Client, ada: Newcomer
) -> None:
    wish = {"prompt": "a lighthouse at night", "model": "fast", "aspect_ratio": "1:1", "count": 1}
    asked = client.post("/create/", {**wish, "key": new_id()})
    assert asked["Location"] == "/sign-up/?next=%2Fcreate%2F"
    signed_up = client.post("/sign-up/", ada.form(next="/create/"))
    assert (signed_up.status_code, signed_up["Location"]) == (303, "/sign-up/confirm/")
    assert ada.email in said(client.get("/sign-up/confirm/"))

    confirmed = confirm(client, ada)
    assert (confirmed.status_code, confirmed["Location"]) == (303, "/create/")
    assert signed_in(client).handle == ada.handle
    page = said(client.get("/create/"))
    assert f"Welcome, @{ada.handle}! Your e-mail is confirmed and you have 25 credits." in page
    assert wish["prompt"] in page
    assert ledger.get_balance(user_id(ada)) == ledger.CreditBalance(available=25, reserved=0)
    assert client.get("/sign-in/").status_code == 303


def test_who_is_signed_in_by_the_code_stays_and_has_no_cookie_of_the_way_in(
    client: Client, ada: Newcomer
) -> None:
    client.post("/sign-up/", ada.form())
    confirm(client, ada)
    for cookie in (cookies.CHALLENGE, cookies.PENDING_SIGN_UP):
        assert client.cookies[cookie].value == ""
    wait_fifteen_minutes(client)
    assert client.get("/sign-in/").status_code == 303


def test_a_code_that_comes_late_leads_to_the_password(
    client: Client, ada: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session of a sign-up lasts for 15 minutes, and its code for a day."""
    client.post("/sign-up/", ada.form(next="/library/"))
    later = now() + timedelta(minutes=16)
    monkeypatch.setattr(challenges, "now", lambda: later)
    leads_to_the_password(client, ada)
    response = client.post("/sign-in/", {**ada.credentials, "next": "/library/"})
    assert (response.status_code, response["Location"]) == (303, "/library/")


def test_a_code_sent_a_second_time_signs_nobody_in(client: Client, ada: Newcomer) -> None:
    """Whoever has a copy of the cookies, but not of the code, comes too late."""
    client.post("/sign-up/", ada.form())
    copy = copy_of(client)
    confirm(client, ada)
    confirm(copy, ada, code=WRONG)
    assert copy.get("/sign-in/").status_code == 200, "nobody is signed in"


def test_the_session_of_another_sign_up_signs_nobody_in(client: Client, ada: Newcomer) -> None:
    eve, stranger = newcomer("eve"), Client()
    stranger.post("/sign-up/", eve.form())
    client.post("/sign-up/", ada.form())
    client.cookies[cookies.CHALLENGE] = stranger.cookies[cookies.CHALLENGE].value
    leads_to_the_password(client, ada)


@pytest.mark.parametrize(
    "answer", [{}, {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "of-cognito"}]
)
def test_who_is_asked_for_more_than_the_code_is_led_to_the_password(
    client: Client, ada: Newcomer, answer: dict[str, str]
) -> None:
    client.post("/sign-up/", ada.form())
    with first_sign_in(says(answer)):
        leads_to_the_password(client, ada)


def test_a_cognito_that_fails_after_the_code_says_so_and_loses_nothing(
    client: Client, ada: Newcomer
) -> None:
    client.post("/sign-up/", ada.form())
    with first_sign_in(failures.says("TooManyRequestsException", 400)):
        failed = confirm(client, ada)
    assert (failed.status_code, failed["Retry-After"]) == (503, "60")
    assert "Your e-mail is confirmed, but we couldn’t sign you in" in said(failed)
    leads_to_the_password(client, ada)
    assert ledger.get_balance(user_id(ada)).available == 25
    assert sign_in(client, ada).status_code == 303


def test_signing_out_ends_the_session_here_and_at_cognito(client: Client, member: Newcomer) -> None:
    sign_in(client, member)
    person = signed_in(client)
    session: Any = Session.find(*Session.key(person.id, person.session_id))
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert client.cookies[settings.SESSION_COOKIE].value == ""
    assert Session.find(*Session.key(person.id, person.session_id)) is None
    with pytest.raises(sessions.SessionEnded):
        identity_provider().refresh(session.username, session.refresh_token)


def test_a_wrong_code_says_so_and_the_right_one_still_works(client: Client, ada: Newcomer) -> None:
    client.post("/sign-up/", ada.form())
    wrong = client.post("/sign-up/confirm/", {"email": ada.email, "code": WRONG})
    assert wrong.status_code == 422
    assert "Wrong or expired code" in said(wrong)
    right = confirm(client, ada)
    assert right.status_code == 303


def test_a_code_confirms_once_however_often_it_is_sent(client: Client, ada: Newcomer) -> None:
    client.post("/sign-up/", ada.form())
    browsers = [copy_of(client), copy_of(client)]
    assert [confirm(each, ada)["Location"] for each in browsers] == ["/", "/sign-in/"]
    stranger = Client().post("/sign-up/confirm/", {"email": ada.email, "code": CODE})
    assert stranger.status_code == 422
    assert ledger.get_balance(user_id(ada)).available == 25


def test_a_code_may_be_typed_in_another_browser(client: Client, ada: Newcomer) -> None:
    """Whoever reads the mail sets the password there: the one before may be a stranger's."""
    client.post("/sign-up/", ada.form())
    phone, code = Client(), {"email": ada.email, "code": CODE}
    asked = phone.post("/sign-up/confirm/", code)
    assert asked.status_code == 422
    assert "You signed up in another browser" in said(asked)
    wrong = phone.post("/sign-up/confirm/", {**code, "code": WRONG, "password": OTHER})
    assert wrong.status_code == 422
    assert phone.post("/sign-up/confirm/", {**code, "password": OTHER}).status_code == 303
    assert sign_in(Client(), ada).status_code == 422
    assert sign_in(Client(), ada, password=OTHER).status_code == 303
    assert ledger.get_balance(user_id(ada)).available == 25


def test_a_taken_handle_is_refused_and_leaves_no_account_behind(
    client: Client, member: Newcomer
) -> None:
    bob = newcomer("bob")
    response = client.post("/sign-up/", bob.form(handle=member.handle.upper()))
    assert response.status_code == 409
    assert f"@{member.handle} is taken" in said(response)
    assert identity_provider().find(bob.email) is None


def test_of_twenty_who_want_one_handle_at_once_one_gets_it() -> None:
    wanted = newcomer("ada").handle

    def claim(number: int) -> bool:
        try:
            unconfirmed.claim(f"{wanted}-{number}", wanted, "someone@example.org")
        except HandleTaken:
            return False
        return True

    with ThreadPoolExecutor(20) as crowd:
        assert sum(crowd.map(claim, range(20))) == 1


def test_a_known_address_is_answered_like_a_new_one(client: Client, member: Newcomer) -> None:
    new, known = Client(), client
    fresh = newcomer("bob")
    for browser, email in ((new, fresh.email), (known, member.email)):
        handle = newcomer("cy").handle
        response = browser.post("/sign-up/", fresh.form(handle=handle, email=email.upper()))
        assert (response.status_code, response["Location"]) == (303, "/sign-up/confirm/")
        response = browser.post("/sign-up/confirm/", {"email": email, "code": WRONG})
        assert response.status_code == 422
    assert sorted(new.cookies) == sorted(known.cookies)
    assert sign_in(Client(), member).status_code == 303


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(
    client: Client, member: Newcomer
) -> None:
    wrong = sign_in(client, member, password="not this one, no")
    unknown = sign_in(client, newcomer("nobody"))
    unconfirmed = newcomer("bob")
    sign_up.start(unconfirmed.handle, unconfirmed.email, PASSWORD)
    waiting = sign_in(client, unconfirmed)
    assert [response.status_code for response in (wrong, unknown, waiting)] == [422] * 3
    for response in (wrong, unknown, waiting):
        assert "Wrong e-mail address or password" in said(response)
    assert PASSWORD not in said(waiting)


def test_who_has_not_confirmed_yet_is_led_to_the_code_page(client: Client, ada: Newcomer) -> None:
    client.post("/sign-up/", ada.form())
    response = sign_in(client, ada)
    assert (response.status_code, response["Location"]) == (303, "/sign-up/confirm/")


def test_another_code_is_sent_whoever_asks(client: Client, ada: Newcomer) -> None:
    client.post("/sign-up/", ada.form())
    for email in (ada.email, newcomer("nobody").email):
        response = client.post("/sign-up/resend/", {"email": email})
        assert (response.status_code, response["Location"]) == (303, "/sign-up/confirm/")
    assert "Confirm your e-mail address" in said(client.get("/sign-up/confirm/"))


def test_signing_up_again_in_the_same_browser_makes_the_new_password_count(
    client: Client, ada: Newcomer
) -> None:
    client.post("/sign-up/", ada.form(password="not quite awake"))
    assert client.post("/sign-up/", ada.form()).status_code == 303
    assert confirm(client, ada).status_code == 303
    assert signed_in(client).handle == ada.handle
    assert sign_in(Client(), ada).status_code == 303
    assert sign_in(Client(), ada, password="not quite awake").status_code == 422


GUESS = "what a stranger likes"


@pytest.mark.parametrize("first", ["the owner", "a stranger"])
def test_a_stranger_who_signs_up_with_an_address_never_gets_in(
    client: Client, ada: Newcomer, first: str
) -> None:
    """Whoever was first: the code is in the owner's mail, and they type it on their phone."""
    eve, stranger = newcomer("eve"), Client()
    sign_ups = [
        lambda: client.post("/sign-up/", ada.form()),
        lambda: stranger.post("/sign-up/", eve.form(email=ada.email, password=GUESS)),
    ]
    for submit in sign_ups if first == "the owner" else reversed(sign_ups):
        assert submit().status_code == 303
    code = {"email": ada.email, "code": CODE}
    assert Client().post("/sign-up/confirm/", {**code, "password": OTHER}).status_code == 303
    for browser in (stranger, Client()):
        sign_in(browser, ada, password=GUESS)
        assert browser.get("/sign-in/").status_code == 200, "nobody is signed in"
    assert sign_in(Client(), ada, password=OTHER)["Location"] == "/"


def test_a_sign_up_by_somebody_else_leaves_a_pending_one_as_it_is(
    client: Client, ada: Newcomer
) -> None:
    client.post("/sign-up/", ada.form())
    eve = newcomer("eve")
    Client().post("/sign-up/", eve.form(email=ada.email, password=GUESS))
    assert confirm(client, ada).status_code == 303
    assert signed_in(client).handle == ada.handle


def test_a_sign_up_whose_time_is_over_gives_way(client: Client, ada: Newcomer) -> None:
    Client().post("/sign-up/", newcomer("eve").form(email=ada.email, password=GUESS))
    Profile(*Profile.key(user_id(ada))).update([Profile.expires_at.set(now() - timedelta(hours=1))])
    assert client.post("/sign-up/", ada.form()).status_code == 303
    assert confirm(client, ada).status_code == 303
    assert signed_in(client).handle == ada.handle


def test_who_dies_between_a_code_and_its_new_password_lets_no_stranger_in(ada: Newcomer) -> None:
    """Cognito believes the address by then, and the password is still the stranger's."""
    stranger = Client()
    stranger.post("/sign-up/", newcomer("eve").form(email=ada.email, password=GUESS))
    unconfirmed.require_new_password(user_id(ada))
    identity_provider().confirm_sign_up(ada.email, CODE)
    refused = sign_in(stranger, ada, password=GUESS)
    assert refused["Location"] == "/password/reset/"
    assert ledger.get_balance(user_id(ada)).available == 0
    reset = {"email": ada.email, "code": RESET_CODE, "password": OTHER}
    identity_provider().request_password_reset(ada.email)
    assert Client().post("/password/reset/", reset).status_code == 303
    assert sign_in(Client(), ada, password=GUESS).status_code == 422
    assert sign_in(Client(), ada, password=OTHER).status_code == 303


def test_a_crash_between_cognito_and_the_claim_is_healed_by_signing_in(
    client: Client, ada: Newcomer
) -> None:
    identity_provider().sign_up(ada.email, ada.password)
    identity_provider().confirm_sign_up(ada.email, CODE)
    assert sign_in(client, ada).status_code == 303
    handle = signed_in(client).handle
    assert handle.startswith("maker_")
    assert f"Welcome, @{handle}" in said(client.get("/"))
    assert ledger.get_balance(user_id(ada)).available == 25


def test_a_crash_between_cognitos_confirm_and_ours_is_healed_by_signing_in(
    client: Client, ada: Newcomer
) -> None:
    sign_up.start(ada.handle, ada.email, ada.password)
    identity_provider().confirm_sign_up(ada.email, CODE)
    for _ in range(2):
        assert sign_in(Client(), ada).status_code == 303
    assert sign_in(client, ada).status_code == 303
    assert signed_in(client).handle == ada.handle
    assert ledger.get_balance(user_id(ada)).available == 25


def test_a_sign_up_that_nobody_confirmed_is_forgotten(client: Client, ada: Newcomer) -> None:
    client.post("/sign-up/", ada.form())
    [errand] = [each for each in due() if each.input["user_id"] == user_id(ada)]
    tasks.delete_unconfirmed_account(**errand.input)
    assert identity_provider().find(ada.email) is None
    assert profiles.by_handle(ada.handle) is None
    assert Client().post("/sign-up/", ada.form()).status_code == 303
    assert errand.sk not in [each.sk for each in due()]


def test_whoever_confirmed_is_not_forgotten(client: Client, member: Newcomer) -> None:
    [errand] = [each for each in due() if each.input["user_id"] == user_id(member)]
    for _ in range(2):
        tasks.delete_unconfirmed_account(**errand.input)
    assert sign_in(client, member).status_code == 303
    assert signed_in(client).handle == member.handle


def test_ten_confirmations_at_once_grant_the_credits_once(ada: Newcomer) -> None:
    user_id = sign_up.start(ada.handle, ada.email, ada.password).user_id
    with ThreadPoolExecutor(10) as crowd:
        welcomed = list(crowd.map(lambda _: confirmation.confirm(user_id, ada.email), range(10)))
    assert {profile.handle for profile in welcomed} == {ada.handle}
    assert ledger.get_balance(user_id).available == 25


def test_after_fifteen_minutes_the_claims_are_fetched_anew(
    client: Client, member: Newcomer
) -> None:
    sign_in(client, member)
    clients.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=settings.COGNITO_POOL_ID, Username=member.email, GroupName="moderators"
    )
    assert signed_in(client).groups == ()
    wait_fifteen_minutes(client)
    assert client.get("/sign-in/").status_code == 303
    assert signed_in(client).groups == ("moderators",)


@pytest.mark.parametrize("where", ["here", "at Cognito"])
def test_a_session_that_has_ended_is_signed_out_within_fifteen_minutes(
    client: Client, member: Newcomer, where: str
) -> None:
    sign_in(client, member)
    person = signed_in(client)
    session: Any = Session.find(*Session.key(person.id, person.session_id))
    if where == "here":
        session.delete()
    else:
        identity_provider().sign_out(session.refresh_token)
    wait_fifteen_minutes(client)
    assert client.get("/sign-in/").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE].value == ""


def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(
    client: Client, member: Newcomer
) -> None:
    cookie = sign_in(client, member).cookies[settings.SESSION_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == 14 * 24 * 3600


def due() -> list[ScheduledTask]:
    """What is to be done on a later day."""
    return list(ScheduledTask.query("DUE"))


def said(response: Any) -> str:
    return unescape(response.content.decode())


def sign_in(client: Client, who: Newcomer, **changes: str) -> Any:
    return client.post("/sign-in/", {**who.credentials, **changes})


def confirm(client: Client, who: Newcomer, code: str = CODE) -> Any:
    return client.post("/sign-up/confirm/", {"email": who.email, "code": code})


def copy_of(client: Client) -> Client:
    """A browser with the same cookies."""
    other = Client()
    other.cookies.load({name: each.value for name, each in client.cookies.items()})
    return other


def leads_to_the_password(client: Client, who: Newcomer) -> None:
    confirmed = confirm(client, who)
    assert (confirmed.status_code, confirmed["Location"]) == (303, "/sign-in/")
    page = said(client.get("/sign-in/"))
    assert f"Welcome, @{who.handle}" in page
    assert "Sign in to create your first picture." in page
    assert f'value="{who.email}"' in page


def says(answer: dict[str, str]) -> Any:
    return lambda **_: (AWSResponse(NOWHERE, 200, {}, None), {"ResponseMetadata": {}, **answer})


def first_sign_in(kind: Any) -> Any:
    """Cognito while it answers the sign-in that follows a code like this, and all else as ever."""
    return failing(clients.client("cognito-idp"), kind=kind, operation="AdminInitiateAuth")


def signed_in(client: Client) -> Any:
    claims = session_cookies.read(client.cookies[settings.SESSION_COOKIE].value)
    assert claims is not None
    return claims.person


def wait_fifteen_minutes(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE] = session_cookies.make(
        signed_in(client), lasts=-session_cookies.CLAIMS_LAST
    )


def user_id(who: Newcomer) -> str:
    account = identity_provider().find(who.email)
    assert account is not None
    return account.user_id
