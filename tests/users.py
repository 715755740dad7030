"""People with an account at the embedded cloud's Cognito, and what they do at the doors."""

from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.current_user import CurrentUser
from accounts.identity import session_cookies, sessions, sign_up
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.models import Session
from aptmagic.aws.dynamodb import new_id, now
from tests import authenticator

CODE, RESET_CODE = "123456", "654321"
PASSWORD, OTHER = "a fox in the snow", "two owls by the lake"


@dataclass(frozen=True)
class User:
    handle: str
    email: str
    user_id: str
    secret: str = ""  # of their authenticator, for those who have one

    @property
    def code(self) -> str:
        return authenticator.code(self.secret)


def with_session(person: CurrentUser) -> CurrentUser:
    """With a session behind their cookie, without which it changes nothing."""
    Session(
        *Session.key(person.id, person.session_id),
        user_id=person.id,
        username=person.id,
        refresh_token="of nobody",
        cookie_id=person.cookie_id,
        expires_at=now() + sessions.SESSION_LASTS,
    ).save()
    return person


def create_user(name: str = "ada") -> User:
    """Somebody whose address is confirmed."""
    handle = f"{name}_{new_id()[-10:].lower()}"
    email = f"{handle}@example.org"
    user_id = sign_up.start(handle, email, PASSWORD).user_id
    sign_up.confirm(email, CODE, user_id=user_id)
    return User(handle, email, user_id)


def with_authenticator(who: User) -> User:
    entered = identity_provider().sign_in(who.email, PASSWORD)
    assert isinstance(entered, SignedIn)
    secret = identity_provider().create_totp_secret(entered.access_token)
    identity_provider().enroll_totp(entered.access_token, authenticator.code(secret))
    return User(who.handle, who.email, who.user_id, secret)


def sign_in(client: Client, who: User, **changes: str) -> Any:
    said = {"email": who.email, "password": PASSWORD, **changes}
    return client.post("/sign-in/", said)


def signed_in(client: Client) -> str | None:
    """The handle of whoever this browser is signed in as."""
    cookie = client.cookies.get(settings.SESSION_COOKIE)
    claims = session_cookies.read(cookie.value if cookie else None)
    return claims.person.handle if claims else None


def text_of(response: Any) -> str:
    return unescape(response.content.decode())
