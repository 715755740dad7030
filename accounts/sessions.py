"""A browser's session: a signed cookie with 15 minutes of claims, a stored item behind it.

A page needs no read. After 15 minutes the item is read once and Cognito is asked for new claims;
a session that has ended there or here is signed out. Nothing secret is in the cookie.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpResponse

from accounts import profiles
from accounts.errors import SessionEnded
from accounts.models import Profile, Session
from accounts.people import Person
from accounts.providers import SignedIn, identity
from aptmagic.dynamo import new_id, now
from aptmagic.errors import Refused

logger = logging.getLogger(__name__)

SALT = "accounts.session"
CLAIMS_LAST = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Ticket:
    """What a cookie says, and until when it is believed without asking."""

    person: Person
    until: int

    @property
    def stale(self) -> bool:
        return self.until <= now().timestamp()


def start(signed_in: SignedIn, profile: Profile) -> Person:
    session_id = new_id()
    Session(
        *Session.key(signed_in.user_id, session_id),
        user_id=signed_in.user_id,
        username=signed_in.username,
        refresh_token=signed_in.refresh_token,
        expires_at=now() + SESSION_LASTS,
    ).save()
    return _person(profile, signed_in.groups, session_id)


def renew(person: Person) -> Person:
    """The same person with new claims. Raises SessionEnded; Busy when Cognito is away."""
    session = Session.find(*Session.key(person.id, person.session_id), consistent=True)
    if session is None or session.expires_at < now():
        raise SessionEnded
    signed_in = identity().refresh(session.username, session.refresh_token)
    profile = profiles.get(person.id)
    if profile is None:
        raise SessionEnded
    if signed_in.refresh_token != session.refresh_token:
        session.update(
            actions=[Session.refresh_token.set(signed_in.refresh_token)],
            condition=Session.pk.exists(),
        )
    return _person(profile, signed_in.groups, person.session_id)


def end(person: Person) -> None:
    """Sign out here; that Cognito forgets the token too is asked for, not waited upon."""
    session = Session.find(*Session.key(person.id, person.session_id), consistent=True)
    if session is None:
        return
    session.delete()
    try:
        identity().sign_out(session.refresh_token)
    except Refused:
        logger.exception("a refresh token outlives its session")


def read(cookie: str | None) -> Ticket | None:
    """What the cookie says; None when there is none, or it is forged, foreign or too old."""
    try:
        said = signing.loads(cookie or "", salt=SALT, max_age=SESSION_LASTS)
        person = Person(said["u"], said["h"], said["n"], tuple(said["g"]), said["s"])
        return Ticket(person, said["t"])
    except (signing.BadSignature, KeyError):
        return None  # a KeyError: an earlier release of ours said it in other words


def cookie(person: Person, *, lasts: timedelta = CLAIMS_LAST) -> str:
    claims = {
        "u": person.id,
        "h": person.handle,
        "n": person.name,
        "g": list(person.groups),
        "s": person.session_id,
        "t": int((now() + lasts).timestamp()),
    }
    return signing.dumps(claims, salt=SALT)


def remember(response: HttpResponse, person: Person) -> None:
    response.set_cookie(
        settings.SESSION_COOKIE,
        cookie(person),
        max_age=SESSION_LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: HttpResponse) -> None:
    # delete_cookie() knows "__Host-" and keeps Secure, without which the browser ignores it.
    response.delete_cookie(settings.SESSION_COOKIE, path="/", samesite="Lax")


def _person(profile: Profile, groups: tuple[str, ...], session_id: str) -> Person:
    return Person(profile.user_id, profile.handle, profile.shown_name, groups, session_id)
