"""Signing in on Cognito's own pages: there with a challenge, back with a code."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3
from django.conf import settings as site
from django.test import Client

from accounts import cookies
from accounts.errors import ChallengeExpired
from accounts.identity import challenges, sessions
from accounts.identity.cognito.hosted_ui import HostedUI, hosted_ui
from accounts.identity.cognito.protocol import identity_provider
from accounts.identity.models import Session
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import now
from aptmagic.deploy import stacks
from aptmagic.service_backends import load_backend
from tests.users import OTHER, PASSWORD, User, create_user, signed_in, text_of

BACK = "/sign-in/back/"


@pytest.fixture(scope="module", autouse=True)
def pages(cloud: Any) -> Iterator[None]:
    """A stage that has asked for them."""
    login = {"LoginDomain": "local-aptmagic"}
    found = stacks.deploy("local", only=["identity"], given=login, echo=lambda _: None)
    assert found["LoginUrl"] == "https://local-aptmagic.auth.us-east-1.amazoncognito.com"
    yield
    stacks.deploy("local", only=["identity"], given={"LoginDomain": ""}, echo=lambda _: None)


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> Iterator[None]:
    options = {"url": "https://local-aptmagic.auth.us-east-1.amazoncognito.com"}
    backend_name = "accounts.identity.cognito.hosted_ui.CognitoHostedUI"
    settings.HOSTED_UI = {"BACKEND": backend_name, "OPTIONS": options}
    load_backend.cache_clear()
    yield
    load_backend.cache_clear()


@pytest.fixture
def ada() -> User:
    return create_user()


def there(client: Client, **said: str) -> str:
    """The address of the pages, asked for by this browser."""
    response = client.get("/sign-in/with/", said)
    assert response.status_code == 303
    return str(response["Location"])


def on_the_page(address: str, who: User, password: str = PASSWORD) -> str:
    """What the person does there; the address they are sent back to.

    A page each for the address and for the password, since the client allows USER_AUTH.
    """
    page = urllib3.request("GET", address)
    for said in ({"username": who.email}, {"password": password}):
        assert page.status == 200
        page = send(page.data.decode(), said)
    return str(page.headers.get("Location", ""))


def send(page: str, said: dict[str, str]) -> Any:
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    body = urlencode({name: html.unescape(value) for name, value in hidden} | said)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    login = f"{site.AWS_ENDPOINT_URL}/login"
    return urllib3.request("POST", login, body=body, headers=form, redirect=False)


def come_back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == site.SITE_URL + BACK
    return client.get(f"{BACK}?{parts.query}")


def test_there_and_back_is_signed_in(client: Client, ada: User) -> None:
    assert "/sign-in/with/" in text_of(client.get("/sign-in/"))
    back = on_the_page(there(client, next="/library/"), ada)
    entered = come_back(client, back)
    assert (entered.status_code, entered["Location"]) == (303, "/library/")
    assert signed_in(client) == ada.handle
    assert client.cookies[cookies.CHALLENGE].value == ""


def test_what_is_asked_there_is_a_code_with_pkce_state_and_nonce(client: Client) -> None:
    address = there(client)
    said = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert said["response_type"] == "code"
    assert said["code_challenge_method"] == "S256"
    assert said["redirect_uri"] == site.SITE_URL + BACK
    assert len({said["state"], said["nonce"], said["code_challenge"]}) == 3
    again = {name: value[0] for name, value in parse_qs(urlsplit(there(client)).query).items()}
    for each in ("state", "nonce", "code_challenge"):
        assert len(said[each]) >= 43 and said[each] != again[each]
    cookie = client.cookies[cookies.CHALLENGE].value
    assert cookie not in address and said["state"] != cookie


def test_a_session_from_there_is_renewed_and_ended_like_any_other(
    client: Client, ada: User
) -> None:
    come_back(client, on_the_page(there(client), ada))
    [session] = Session.query(f"U#{ada.user_id}", Session.sk.startswith("SESSION#"))
    renewed = identity_provider().refresh(session.username, session.refresh_token)
    assert renewed.user_id == ada.user_id
    identity_provider().create_totp_secret(
        renewed.access_token
    )  # their account is theirs to change here, too


def test_somebody_new_gets_a_handle_and_their_credits(client: Client) -> None:
    email = "newcomer-elsewhere@example.org"
    user_id = identity_provider().sign_up(email, PASSWORD).user_id
    identity_provider().confirm_sign_up(email, "123456")
    come_back(client, on_the_page(there(client), User("", email, user_id)))
    profile = profiles.get(user_id)
    assert profile and profile.handle == signed_in(client)
    assert "Your e-mail is confirmed and you have" in text_of(client.get("/"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda query: query.replace("state=", "state=x"),
        lambda query: re.sub("state=[^&]*", "", query),
        lambda query: query.replace("code=", "code=x"),
        lambda query: re.sub("code=[^&]*", "", query),
        lambda query: "error=access_denied&" + re.sub("code=[^&]*", "", query),
    ],
)
def test_a_spoilt_way_back_signs_nobody_in(client: Client, ada: User, spoil: Any) -> None:
    back = urlsplit(on_the_page(there(client), ada))
    refused = client.get(f"{BACK}?{spoil(back.query)}")
    assert (refused.status_code, refused["Location"]) == (303, "/sign-in/")
    assert signed_in(client) is None


def test_the_way_back_is_for_the_browser_that_went(client: Client, ada: User) -> None:
    """Nobody can have somebody else signed in to their own account."""
    bait = on_the_page(there(Client()), ada)
    assert come_back(client, bait)["Location"] == "/sign-in/"
    there(client)
    assert come_back(client, bait)["Location"] == "/sign-in/"
    assert signed_in(client) is None


def test_the_way_back_is_good_once(client: Client, ada: User) -> None:
    back = on_the_page(there(client), ada)
    cookie = client.cookies[cookies.CHALLENGE].value
    come_back(client, back)
    again = Client()
    again.cookies[cookies.CHALLENGE] = cookie
    assert come_back(again, back)["Location"] == "/sign-in/"
    assert signed_in(again) is None


def test_a_code_is_worth_nothing_without_the_word_it_was_asked_with(
    client: Client, ada: User
) -> None:
    code = parse_qs(urlsplit(on_the_page(there(client), ada)).query)["code"][0]
    pages = hosted_ui()
    assert pages
    with pytest.raises(ChallengeExpired):
        redeem(pages, code, verifier="another word " * 4)


def test_a_token_that_answers_another_request_is_not_believed(client: Client, ada: User) -> None:
    code = parse_qs(urlsplit(on_the_page(there(client), ada)).query)["code"][0]
    step = challenges.get_pending(client.cookies[cookies.CHALLENGE].value, "federated")
    pages = hosted_ui()
    assert pages and step
    with pytest.raises(ChallengeExpired):
        redeem(pages, code, verifier=step.verifier)


def test_next_leads_to_this_site_only(client: Client, ada: User) -> None:
    back = on_the_page(there(client, next="https://evil.example/"), ada)
    assert come_back(client, back)["Location"] == "/"


def test_who_may_vouch_is_said_by_the_stage(client: Client, settings: Any) -> None:
    settings.LOGIN_PROVIDERS = ["Google", "SignInWithApple"]
    page = text_of(client.get("/sign-in/"))
    assert "Continue with Google" in page and "Continue with Apple" in page
    assert "identity_provider=Google" in there(client, provider="Google")
    assert client.get("/sign-in/with/", {"provider": "Evil"}).status_code == 404


def test_who_is_signed_in_shows_there_once_more_that_it_is_them(client: Client, ada: User) -> None:
    come_back(client, on_the_page(there(client), ada))
    [session] = sessions.list_active(ada.user_id)
    session.update([Session.authenticated_at.set(now() - timedelta(hours=1))])
    asked = client.get("/settings/security/email/")
    assert "/settings/security/proof/" in asked["Location"]
    assert "/sign-in/with/" in text_of(client.get(asked["Location"]))
    address = there(client, next="/settings/security/email/")
    shown = come_back(client, on_the_page(address, ada))
    assert (shown.status_code, shown["Location"]) == (303, "/settings/security/email/")
    assert client.get("/settings/security/email/").status_code == 200
    assert [each.id for each in sessions.list_active(ada.user_id)] == [session.id]


def test_somebody_else_shows_nothing_for_who_is_signed_in(client: Client, ada: User) -> None:
    come_back(client, on_the_page(there(client), ada))
    bob = create_user("bob")
    refused = come_back(client, on_the_page(there(client), bob))
    assert refused["Location"] == "/sign-in/"
    assert signed_in(client) == ada.handle
    assert sessions.list_active(bob.user_id) == []


def test_without_such_pages_there_is_no_way_there(client: Client, settings: Any) -> None:
    settings.HOSTED_UI = None
    assert client.get("/sign-in/with/").status_code == 404
    assert client.get(BACK).status_code == 404
    assert "/sign-in/with/" not in text_of(client.get("/sign-in/"))


def test_a_wrong_password_there_comes_to_nothing(client: Client, ada: User) -> None:
    assert on_the_page(there(client), ada, OTHER) == ""


def redeem(pages: HostedUI, code: str, *, verifier: str) -> None:
    pages.redeem(code, back=site.SITE_URL + BACK, nonce="another", verifier=verifier)
