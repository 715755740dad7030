"""A browser's session: a signed cookie with minutes of claims, a stored item behind it.

A page needs no read. When its claims have grown old the item is read once and Cognito is asked
for new ones; a session that has ended there or here is signed out. Nothing secret is in the
cookie, and each renewal gives it a new ticket: a cookie that comes back after a newer one took
over is a copy, and ends the session for whoever has it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.current_user import CurrentUser
from accounts.errors import SessionCopied, SessionEnded
from accounts.identity import devices
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.models import Session
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.errors import Busy, NotFound, Refused
from aptmagic.observability import security_log
from aptmagic.web import cookies

logger = logging.getLogger(__name__)

SALT = "accounts.session"
CLAIMS_LAST = timedelta(minutes=15)
# With what a race may add, the groups of staff are never older than five minutes.
STAFF_CLAIMS_LAST = timedelta(minutes=4)
SESSION_LASTS = timedelta(days=30)
IDLE_LASTS = timedelta(days=14)
# Requests that were under way with the cookie before are no copies of it. So long, too, nobody
# asks Cognito again when it is away.
RACE_WINDOW = timedelta(minutes=1)
REAUTHENTICATION_LASTS = timedelta(minutes=10)
# More browsers than anybody uses: the oldest session makes room.
MAX_SESSIONS = 30


@dataclass(frozen=True)
class SessionClaims:
    """What a cookie says, and until when it is believed without asking."""

    person: CurrentUser
    until: int

    @property
    def stale(self) -> bool:
        return self.until <= now().timestamp()


@dataclass(frozen=True)
class ClientInfo:
    """What is remembered of a browser: enough to know one's own, too little to find a house."""

    agent: str = ""
    address: str = ""


UNKNOWN_CLIENT = ClientInfo()


def client_info(request: HttpRequest) -> ClientInfo:
    return ClientInfo(
        devices.browser_name(request.headers.get("User-Agent", "")),
        devices.network_prefix(request.META.get("REMOTE_ADDR", "")),
    )


def start(signed_in: SignedIn, profile: Profile, where: ClientInfo = UNKNOWN_CLIENT) -> CurrentUser:
    """Somebody has just shown who they are."""
    known = list_active(signed_in.user_id)
    session = Session(
        *Session.key(signed_in.user_id, new_id()),
        user_id=signed_in.user_id,
        username=signed_in.username,
        refresh_token=signed_in.refresh_token,
        access_token=signed_in.access_token or None,
        cookie_id=new_id(),
        groups=set(signed_in.groups) or None,
        groups_at=now(),
        authenticated_at=now(),
        agent=where.agent or None,
        address=where.address or None,
        expires_at=now() + SESSION_LASTS,
    )
    session.save()
    security_log.info("signed-in", person=session.user_id, session=session.id)
    _end(known[MAX_SESSIONS - 1 :])
    _agree_on_address(profile, signed_in.email.lower())
    return _person(profile, session)


def list_active(user_id: str) -> list[Session]:
    """The sessions that stand, the last used first."""
    pk, prefix = Session.key(user_id, "")
    found = Session.query(pk, Session.sk.startswith(prefix), consistent_read=True)
    return sorted(
        (session for session in found if _stands(session)),
        key=lambda session: session.renewed_at,
        reverse=True,
    )


def renew(person: CurrentUser) -> tuple[CurrentUser, bool]:
    """The person with claims as they are now, and whether their cookie has a new ticket.

    Raises SessionEnded; Busy when Cognito is away.
    """
    session = get_active(person)
    if person.cookie_id != session.cookie_id and session.renewed_at > now() - RACE_WINDOW:
        return replace(person, groups=_groups(session)), False
    # With the ticket before after that: the answer with the newest one never arrived, and whoever
    # does have it holds a copy.
    if not _take(session, person.cookie_id):
        return renew(person)
    _refresh(session)
    profile = profiles.get(person.id)
    if profile is None:
        raise SessionEnded
    return _person(profile, session), True


def _refresh(session: Session) -> None:
    """New tokens from Cognito, and what they say kept."""
    used = session.refresh_token
    try:
        signed_in = identity_provider().refresh(session.username, used)
    except SessionEnded as ended:
        _read_again(session)
        if session.refresh_token == used:
            security_log.warning(ended.kind, person=session.user_id, session=session.id)
            _end([session])
            raise
        return  # they proved this very moment that it is them, which gave other tokens
    if not _keep(session, signed_in):
        _forget_token(signed_in.refresh_token)
        _read_again(session)


def _read_again(session: Session) -> None:
    try:
        session.refresh(consistent_read=True)
    except Session.DoesNotExist as gone:
        raise SessionEnded from gone


def get_active(person: CurrentUser) -> Session:
    """The person's session as it stands this moment. Raises SessionEnded, for copies too."""
    session = Session.find(*Session.key(person.id, person.session_id), consistent=True)
    if session is None or not person.session_id or not _stands(session):
        raise SessionEnded
    if person.cookie_id not in (session.cookie_id, session.previous_cookie_id):
        raise _copied(session)
    return session


def recently_authenticated(
    person: CurrentUser, *, within: timedelta = REAUTHENTICATION_LASTS
) -> bool:
    """Whether they showed who they are a short while ago, in a session that still stands.

    Only the newest cookie shares in it: who copied the one before has shown nothing.
    """
    session = get_active(person)
    recent = session.authenticated_at is not None and session.authenticated_at > now() - within
    return recent and person.cookie_id == session.cookie_id


def reauthenticate(person: CurrentUser, signed_in: SignedIn) -> CurrentUser:
    """They showed it again: the session goes on under a new ticket and with new tokens."""
    session = get_active(person)
    before = session.refresh_token
    if not _keep(
        session, signed_in, *_next_cookie_id(person.cookie_id), Session.authenticated_at.set(now())
    ):
        _forget_token(signed_in.refresh_token)
        raise Busy(_("Your session just changed. Please try again."))
    security_log.info("proved", person=person.id, session=session.id)
    _forget_token(before)
    return replace(person, cookie_id=session.cookie_id, groups=_groups(session))


def with_profile(person: CurrentUser, profile: Profile) -> CurrentUser:
    """The person as they have just made themselves. Raises SessionEnded."""
    return replace(_person(profile, get_active(person)), cookie_id=person.cookie_id)


def end(person: CurrentUser) -> None:
    """Sign out here; that Cognito forgets the token too is asked for, not waited upon."""
    if session := Session.find(*Session.key(person.id, person.session_id), consistent=True):
        _end([session])


def end_one(person: CurrentUser, session_id: str) -> None:
    """End another browser's session. Raises NotFound when it is nobody's, or not theirs."""
    session = Session.find(*Session.key(person.id, session_id), consistent=True)
    if session is None:
        raise NotFound(_("This session has already ended."))
    _end([session])


def end_others(person: CurrentUser) -> int:
    """Every session but this one; how many they were."""
    others = [session for session in list_active(person.id) if session.id != person.session_id]
    _end(others)
    return len(others)


def end_all(user_id: str) -> None:
    """Sign out everywhere: at Cognito too, where tokens may be that we never knew of."""
    security_log.info("signed-out-everywhere", person=user_id)
    standing = list_active(user_id)
    for session in standing:
        session.delete()
    # Whom somebody else vouches for, Cognito knows by a name and not by their id.
    for username in {user_id, *(session.username for session in standing)}:
        identity_provider().sign_out_everywhere(username)


def read_cookie(cookie: str | None) -> SessionClaims | None:
    """What the cookie says; None when there is none, or it is forged, foreign or too old."""
    try:
        said = signing.loads(cookie or "", salt=SALT, max_age=IDLE_LASTS)
        person = CurrentUser(
            said["u"],
            said["h"],
            said["n"],
            tuple(said["g"]),
            said["s"],
            said["k"],
            said["a"],
            said.get("l", ""),
        )
        return SessionClaims(person, said["t"])
    except (signing.BadSignature, KeyError):
        return None  # a KeyError: an earlier release of ours said it in other words


def make_cookie(person: CurrentUser, *, lasts: timedelta | None = None) -> str:
    if lasts is None:
        lasts = STAFF_CLAIMS_LAST if person.groups else CLAIMS_LAST
    claims = {
        "u": person.id,
        "h": person.handle,
        "n": person.name,
        "g": list(person.groups),
        "s": person.session_id,
        "k": person.cookie_id,
        "a": person.avatar,
        "t": int((now() + lasts).timestamp()),
    }
    if person.deletion_date:
        claims["l"] = person.deletion_date
    return signing.dumps(claims, salt=SALT)


def set_cookie(response: HttpResponse, person: CurrentUser) -> None:
    cookies.set_cookie(response, settings.SESSION_COOKIE, make_cookie(person), max_age=IDLE_LASTS)


def clear_browser(response: HttpResponse) -> None:
    """Signed out by their own wish: the browser keeps no page and no draft of theirs."""
    delete_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def delete_cookie(response: HttpResponse) -> None:
    cookies.delete_cookie(response, settings.SESSION_COOKIE)


def _agree_on_address(profile: Profile, email: str) -> None:
    """A crash may have come between Cognito's word of a new address and ours."""
    if email and email != profile.email:
        profile.update([Profile.email.set(email)], condition=Profile.pk.exists())


def _stands(session: Session) -> bool:
    """DynamoDB removes expired items when it finds the time."""
    unused_since: datetime = session.renewed_at
    return session.expires_at > now() and unused_since > now() - IDLE_LASTS


def _take(session: Session, cookie_id: str) -> bool:
    """Write the next ticket down before Cognito is asked: of many at once, one renews."""
    return _change(
        session, _next_cookie_id(cookie_id), condition=Session.cookie_id == session.cookie_id
    )


def _next_cookie_id(before: str) -> list[Any]:
    return [
        Session.cookie_id.set(new_id()),
        Session.previous_cookie_id.set(before),
        Session.renewed_at.set(now()),
    ]


def _keep(session: Session, signed_in: SignedIn, *also: Any) -> bool:
    groups = set(signed_in.groups)
    actions = [
        Session.refresh_token.set(signed_in.refresh_token),
        Session.access_token.set(signed_in.access_token),
        Session.groups.set(groups) if groups else Session.groups.remove(),
        Session.groups_at.set(now()),
        *also,
    ]
    as_it_was = Session.refresh_token == session.refresh_token
    return _change(session, actions, condition=as_it_was)


def _groups(session: Session) -> tuple[str, ...]:
    """None when they are older than those of a cookie may be: old claims open no staff door."""
    fresh = session.groups_at is not None and session.groups_at > now() - STAFF_CLAIMS_LAST
    return tuple(sorted(session.groups or ())) if fresh else ()


def _change(session: Session, actions: Sequence[Any], *, condition: Any) -> bool:
    return session.update_if(actions, condition=condition)


def _copied(session: Session) -> SessionEnded:
    security_log.warning("session-copied", person=session.user_id, session=session.id)
    _end([session])
    return SessionCopied()


def _end(sessions: Sequence[Session]) -> None:
    for session in sessions:
        security_log.info("session-ended", person=session.user_id, session=session.id)
        session.delete()
        _forget_token(session.refresh_token)


def _forget_token(refresh_token: str) -> None:
    try:
        identity_provider().sign_out(refresh_token)
    except Refused:
        logger.exception("a refresh token outlives its session")


def _person(profile: Profile, session: Session) -> CurrentUser:
    return CurrentUser(
        profile.user_id,
        profile.handle,
        profile.display_name,
        _groups(session),
        session.id,
        session.cookie_id,
        profile.avatar or "",
        profile.deletes_at.date().isoformat() if profile.deletes_at else "",
    )
