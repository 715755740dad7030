"""Setting another password, for those who forgot theirs."""

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from accounts.identity import sessions, sign_up
from accounts.identity.cognito.protocol import identity_provider
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from tests.users import (
    CODE,
    OTHER,
    PASSWORD,
    RESET_CODE,
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
    return create_user()


def reset(client: Client, email: str, **changes: str) -> Any:
    said = {"email": email, "code": RESET_CODE, "password": OTHER, **changes}
    return client.post("/password/reset/", said)


def test_a_forgotten_password_is_set_anew(client: Client, ada: User) -> None:
    assert "/password/forgot/" in text_of(client.get("/sign-in/"))
    sent = client.post("/password/forgot/", {"email": ada.email.upper()})
    assert (sent.status_code, sent["Location"]) == (303, "/password/reset/")
    page = text_of(client.get("/password/reset/"))
    assert "has an account, we’ve sent it a six-digit code" in page
    assert f'value="{ada.email}"' in page
    client.post("/password/forgot/", {"email": ada.email, "again": ""})
    page = text_of(client.get("/password/reset/"))
    assert "If this address has an account, we’ve sent a new code." in page
    done = reset(client, ada.email)
    assert (done.status_code, done["Location"]) == (303, "/sign-in/")
    page = text_of(client.get("/sign-in/"))
    assert "Password changed" in page and f'value="{ada.email}"' in page
    assert sign_in(client, ada).status_code == 422
    assert sign_in(client, ada, password=OTHER).status_code == 303


def test_a_new_password_signs_every_browser_out(client: Client, ada: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere, ada)
    assert len(sessions.list_active(ada.user_id)) == 1
    client.post("/password/forgot/", {"email": ada.email})
    reset(client, ada.email)
    assert sessions.list_active(ada.user_id) == []


def test_the_second_step_is_asked_for_after_a_reset_too(client: Client) -> None:
    ada = with_authenticator(create_user())
    client.post("/password/forgot/", {"email": ada.email})
    reset(client, ada.email)
    assert sign_in(client, ada, password=OTHER)["Location"] == "/sign-in/code/"


def test_wrong_used_and_unasked_codes_say_the_same(client: Client, ada: User) -> None:
    unasked = reset(client, ada.email)
    client.post("/password/forgot/", {"email": ada.email})
    wrong = reset(client, ada.email, code="000000")
    assert reset(client, ada.email).status_code == 303
    used = reset(client, ada.email)
    for refused in (unasked, wrong, used):
        assert refused.status_code == 422
        assert "Wrong or expired code" in text_of(refused)
        assert f'value="{OTHER}"' in text_of(refused)  # a wrong code empties no other field


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaa", " leading space", "passwordpassword"])
def test_a_weak_password_is_refused_before_the_code_is_used(
    client: Client, ada: User, weak: str
) -> None:
    client.post("/password/forgot/", {"email": ada.email})
    assert reset(client, ada.email, password=weak).status_code == 422
    assert reset(client, ada.email).status_code == 303


def test_no_answer_tells_whether_an_address_has_an_account(ada: User) -> None:
    unconfirmed = f"{new_id().lower()}@example.org"
    sign_up.start(f"cy_{new_id()[-10:].lower()}", unconfirmed, PASSWORD)
    invited = f"{new_id().lower()}@example.org"
    clients.client("cognito-idp").admin_create_user(
        UserPoolId=settings.COGNITO_POOL_ID, Username=invited
    )
    heard = set()
    for email in (ada.email, unconfirmed, invited, f"{new_id().lower()}@example.org"):
        browser = Client()
        heard.add(everything(browser.post("/password/forgot/", {"email": email}), email))
        heard.add(everything(browser.get("/password/reset/"), email))
        heard.add(everything(reset(browser, email, code="000000"), email))
    assert len(heard) == 3


def test_who_is_signed_in_may_have_forgotten_as_well(client: Client, ada: User) -> None:
    sign_in(client, ada)
    client.post("/password/forgot/", {"email": ada.email})
    assert reset(client, ada.email).status_code == 303
    assert signed_in(client) is None


def test_a_password_that_staff_reset_leads_to_a_new_one(client: Client, ada: User) -> None:
    clients.client("cognito-idp").admin_reset_user_password(
        UserPoolId=settings.COGNITO_POOL_ID, Username=ada.email
    )
    assert sign_in(client, ada, password=OTHER).status_code == 422
    led = sign_in(client, ada)
    assert (led.status_code, led["Location"]) == (303, "/password/reset/")
    page = text_of(client.get("/password/reset/"))
    assert "Reset your password before signing in" in page and ada.email in page
    assert reset(client, ada.email).status_code == 303
    assert sign_in(client, ada, password=OTHER).status_code == 303


def test_another_code_is_sent_from_the_page_itself(client: Client, ada: User) -> None:
    client.post("/password/forgot/", {"email": ada.email})
    assert 'action="/password/forgot/"' in text_of(client.get("/password/reset/"))
    assert client.post("/password/forgot/", {"email": ada.email}).status_code == 303
    assert reset(client, ada.email).status_code == 303


def test_a_sign_ups_code_sets_no_password(client: Client, ada: User) -> None:
    client.post("/password/forgot/", {"email": ada.email})
    assert reset(client, ada.email, code=CODE).status_code == 422
    assert identity_provider().find(ada.email)


def everything(response: Any, email: str) -> tuple[Any, ...]:
    """All that a browser hears, but for the address itself and what is random in every answer."""
    changing = ("Content-Length", "Expires")
    headers = {name: value for name, value in response.items() if name not in changing}
    body = "\n".join(line for line in text_of(response).splitlines() if "csrf" not in line)
    for address in (email, quote(email)):
        body = body.replace(address, "<address>")
    return (response.status_code, str(headers), body, str(sorted(response.cookies)))
