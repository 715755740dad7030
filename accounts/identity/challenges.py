"""What a sign-in or sign-up waits for between one page and the next, stored on the server.

The browser holds a random token in a cookie. The challenge is stored under a hash of it, so nothing
of the identity provider's reaches a browser, and reading the table lets nobody sign in.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, cast

from accounts.errors import ChallengeExpired
from accounts.identity.cognito.protocol import Challenge, ChallengeKind
from accounts.identity.models import PendingChallenge
from aptmagic.aws.dynamodb import now

LASTS = timedelta(minutes=15)  # as long as Cognito waits: AuthSessionValidity of the app client
MAX_ATTEMPTS = 5
SIGN_UP = "sign-up"


def create(kind: str, **attributes: Any) -> str:
    """Store a challenge with these attributes of PendingChallenge; returns its token."""
    token = secrets.token_urlsafe(32)
    PendingChallenge(*_key(token), kind=kind, expires_at=now() + LASTS, **attributes).save()
    return token


def create_for_sign_in(challenge: Challenge, *, email: str, next: str) -> str:
    return create(
        challenge.kind,
        username=challenge.username,
        session=challenge.session,
        email=email,
        next=next,
    )


def create_for_sign_up(user_id: str, session: str) -> str:
    """Also for an address that has an account, where nothing is awaited: it must look the same."""
    return create(SIGN_UP, username=user_id, session=session or None)


def get_pending(token: str, *kinds: str) -> PendingChallenge:
    """The challenge of this token. Raises ChallengeExpired if there is none, or none
    of these kinds."""
    found = PendingChallenge.find(*_key(token), consistent=True) if token else None
    if found is None or found.kind not in kinds or found.expires_at < now():
        raise ChallengeExpired
    return found


def get_sign_up_session(token: str, user_id: str) -> str:
    """The provider's session of this sign-up; "" if another sign-up, or none, is pending."""
    try:
        found = get_pending(token, SIGN_UP)
    except ChallengeExpired:
        return ""
    return found.session or "" if found.username == user_id else ""


def finish_sign_up(token: str) -> bool:
    """Delete the pending sign-up; False if there is none."""
    try:
        get_pending(token, SIGN_UP).delete()
    except ChallengeExpired:
        return False
    return True


def count_attempt(challenge: PendingChallenge) -> None:
    """Raises ChallengeExpired after too many attempts, however many are made at once."""
    left = PendingChallenge.pk.exists() & (PendingChallenge.tries < MAX_ATTEMPTS)
    if not challenge.update_if([PendingChallenge.tries.add(1)], condition=left):
        challenge.delete()
        raise ChallengeExpired


def to_challenge(pending: PendingChallenge) -> Challenge:
    return Challenge(cast(ChallengeKind, pending.kind), pending.username, pending.session)


def _key(token: str) -> tuple[str, str]:
    return PendingChallenge.key(hashlib.sha256(token.encode()).hexdigest())
