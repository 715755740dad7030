"""Renewing a session: new tokens from Cognito, a new cookie id, and proof of identity."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.current_user import CurrentUser
from accounts.errors import SessionEnded
from accounts.identity import sessions
from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.models import Session
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.errors import Busy
from aptmagic.observability import security_log

# Requests already under way with the previous cookie are no copies. For as long, nobody asks
# Cognito again when it is unavailable.
RACE_WINDOW = timedelta(minutes=1)


def renew(person: CurrentUser) -> tuple[CurrentUser, bool]:
    """The user with current claims, and whether a cookie with a new id must be set.

    Raises SessionEnded; Busy if Cognito is unavailable.
    """
    session = sessions.get_active(person)
    if person.cookie_id != session.cookie_id and session.renewed_at > now() - RACE_WINDOW:
        return replace(person, groups=sessions.fresh_groups(session)), False
    # After that window, the previous cookie means that the response with the newest one was lost,
    # and a newest one that shows up later is a copy.
    if not _claim_renewal(session, person.cookie_id):
        return renew(person)
    _refresh(session)
    profile = profiles.get(person.id)
    if profile is None:
        raise SessionEnded
    return sessions.to_user(profile, session), True


def mark_authenticated(person: CurrentUser, signed_in: SignedIn) -> CurrentUser:
    """Record that the user has just proved their identity; gives the session new tokens and a new
    cookie id. Raises SessionEnded; Busy if the session changed meanwhile."""
    session = sessions.get_active(person)
    before = session.refresh_token
    changes = [*_next_cookie(person.cookie_id), Session.authenticated_at.set(now())]
    if not _store_tokens(session, signed_in, *changes):
        sessions.revoke_token(signed_in.refresh_token)
        raise Busy(_("Your session just changed. Please try again."))
    security_log.info("reauthenticated", person=person.id, session=session.id)
    sessions.revoke_token(before)
    return replace(person, cookie_id=session.cookie_id, groups=sessions.fresh_groups(session))


def _refresh(session: Session) -> None:
    """Fetch new tokens from Cognito and store what they say. Raises SessionEnded, Busy."""
    used = session.refresh_token
    try:
        signed_in = identity_provider().refresh(session.username, used)
    except SessionEnded as ended:
        _reload(session)
        if session.refresh_token == used:
            security_log.warning(ended.kind, person=session.user_id, session=session.id)
            sessions.end_session(session)
            raise
        return  # the user reauthenticated at this moment, which stored other tokens
    if not _store_tokens(session, signed_in):
        sessions.revoke_token(signed_in.refresh_token)
        _reload(session)


def _reload(session: Session) -> None:
    try:
        session.refresh(consistent_read=True)
    except Session.DoesNotExist as gone:
        raise SessionEnded from gone


def _claim_renewal(session: Session, cookie_id: str) -> bool:
    """Store the next cookie id before asking Cognito: of many requests at once, one renews."""
    unchanged = Session.cookie_id == session.cookie_id
    return session.update_if(_next_cookie(cookie_id), condition=unchanged)


def _next_cookie(previous: str) -> list[Any]:
    return [
        Session.cookie_id.set(new_id()),
        Session.previous_cookie_id.set(previous),
        Session.renewed_at.set(now()),
    ]


def _store_tokens(session: Session, signed_in: SignedIn, *more: Any) -> bool:
    groups = set(signed_in.groups)
    changes = [
        Session.refresh_token.set(signed_in.refresh_token),
        Session.access_token.set(signed_in.access_token),
        Session.groups.set(groups) if groups else Session.groups.remove(),
        Session.groups_at.set(now()),
        *more,
    ]
    unchanged = Session.refresh_token == session.refresh_token
    return session.update_if(changes, condition=unchanged)
