"""Stored sessions: started by signing in, checked before changes, ended by signing out.

A page that only shows something believes the signed cookie (`session_cookies`). When its claims
are stale, `session_renewal` reads the stored session and asks Cognito for new tokens. Each renewal
issues a cookie with a new id: a cookie that comes back after a newer one has been used is a copy,
and ends the session for whoever holds it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.current_user import CurrentUser
from accounts.errors import SessionCopied, SessionEnded
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.devices import UNKNOWN_CLIENT, ClientInfo
from accounts.identity.models import Session
from accounts.identity.session_cookies import IDLE_LASTS, STAFF_CLAIMS_LAST
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.errors import NotFound, Refused
from aptmagic.observability import security_log

logger = logging.getLogger(__name__)

SESSION_LASTS = timedelta(days=30)
REAUTHENTICATION_LASTS = timedelta(minutes=10)
# More browsers than anybody uses. Signing in once more ends the session used longest ago.
MAX_SESSIONS = 30


def start(
    signed_in: SignedIn, profile: Profile, client: ClientInfo = UNKNOWN_CLIENT
) -> CurrentUser:
    """Store a session for a user whom the identity provider has just signed in."""
    others = list_active(signed_in.user_id)
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
        agent=client.agent or None,
        address=client.address or None,
        expires_at=now() + SESSION_LASTS,
    )
    session.save()
    security_log.info("signed-in", person=session.user_id, session=session.id)
    _end(others[MAX_SESSIONS - 1 :])
    _update_email(profile, signed_in.email.lower())
    return to_user(profile, session)


def list_active(user_id: str) -> list[Session]:
    """A user's active sessions, the most recently used first."""
    pk, prefix = Session.key(user_id, "")
    found = Session.query(pk, Session.sk.startswith(prefix), consistent_read=True)
    return sorted(
        (session for session in found if _is_active(session)),
        key=lambda session: session.renewed_at,
        reverse=True,
    )


def get_active(person: CurrentUser) -> Session:
    """The user's session, read consistently. Raises SessionEnded; SessionCopied for an old cookie,
    which ends the session."""
    session = Session.find(*Session.key(person.id, person.session_id), consistent=True)
    if session is None or not person.session_id or not _is_active(session):
        raise SessionEnded
    if person.cookie_id not in (session.cookie_id, session.previous_cookie_id):
        raise _end_copied(session)
    return session


def recently_authenticated(
    person: CurrentUser, *, within: timedelta = REAUTHENTICATION_LASTS
) -> bool:
    """Whether the user proved their identity within the last minutes. Raises SessionEnded.

    Only the newest cookie counts: a copy of the one before has proved nothing.
    """
    session = get_active(person)
    recent = session.authenticated_at is not None and session.authenticated_at > now() - within
    return recent and person.cookie_id == session.cookie_id


def with_profile(person: CurrentUser, profile: Profile) -> CurrentUser:
    """The user as their changed profile has them. Raises SessionEnded."""
    return replace(to_user(profile, get_active(person)), cookie_id=person.cookie_id)


def end(person: CurrentUser) -> None:
    """Sign out of this session. Idempotent. Revoking the token at Cognito is best effort."""
    if session := Session.find(*Session.key(person.id, person.session_id), consistent=True):
        _end([session])


def end_one(person: CurrentUser, session_id: str) -> None:
    """End one of the user's sessions. Raises NotFound if there is no such session."""
    session = Session.find(*Session.key(person.id, session_id), consistent=True)
    if session is None:
        raise NotFound(_("This session has already ended."))
    _end([session])


def end_others(person: CurrentUser) -> int:
    """End all of the user's sessions but this one; returns how many."""
    others = [session for session in list_active(person.id) if session.id != person.session_id]
    _end(others)
    return len(others)


def end_all(user_id: str) -> None:
    """End all sessions, and revoke all tokens of the user at Cognito, stored here or not."""
    security_log.info("signed-out-everywhere", person=user_id)
    active = list_active(user_id)
    for session in active:
        session.delete()
    # Cognito knows federated users by a user name that is not their id.
    for username in {user_id, *(session.username for session in active)}:
        identity_provider().sign_out_everywhere(username)


def end_session(session: Session) -> None:
    _end([session])


# For session_renewal ----------------------------------------------------------------------------
def revoke_token(refresh_token: str) -> None:
    """Best effort: a token that could not be revoked expires by itself."""
    try:
        identity_provider().sign_out(refresh_token)
    except Refused:
        logger.exception("the refresh token of an ended session could not be revoked")


def fresh_groups(session: Session) -> tuple[str, ...]:
    """The user's groups, or none if they are too old: stale claims give no staff access."""
    fresh = session.groups_at is not None and session.groups_at > now() - STAFF_CLAIMS_LAST
    return tuple(sorted(session.groups or ())) if fresh else ()


def to_user(profile: Profile, session: Session) -> CurrentUser:
    return CurrentUser(
        profile.user_id,
        profile.handle,
        profile.display_name,
        fresh_groups(session),
        session.id,
        session.cookie_id,
        profile.avatar or "",
        profile.deletes_at.date().isoformat() if profile.deletes_at else "",
    )


def _update_email(profile: Profile, email: str) -> None:
    """Cognito may hold a new address that a crash kept from the profile."""
    if email and email != profile.email:
        profile.update([Profile.email.set(email)], condition=Profile.pk.exists())


def _is_active(session: Session) -> bool:
    """DynamoDB deletes expired items only eventually."""
    last_used: datetime = session.renewed_at
    return session.expires_at > now() and last_used > now() - IDLE_LASTS


def _end_copied(session: Session) -> SessionEnded:
    security_log.warning("session-copied", person=session.user_id, session=session.id)
    _end([session])
    return SessionCopied()


def _end(sessions: Sequence[Session]) -> None:
    for session in sessions:
        security_log.info("session-ended", person=session.user_id, session=session.id)
        session.delete()
        revoke_token(session.refresh_token)
