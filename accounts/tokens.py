"""API tokens: shown once when they are made, kept as a hash, good for the scopes they name."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from accounts.models import Token
from aptmagic.dynamo import now
from aptmagic.errors import Invalid

PREFIX = "apt_"
SCOPES = ("read", "generate", "publish", "social", "account")


def make(user_id: str, handle: str, scopes: Iterable[str], expires: datetime | None = None) -> str:
    """A new token. It cannot be shown again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    Token(
        *Token.key(_digest(secret)),
        user_id=user_id,
        handle=handle,
        scopes=set(known(scopes)),
        expires_at=expires,
    ).save()
    return secret


def verify(secret: str) -> Token | None:
    """Whose token it is; None when it is nobody's or its time is over."""
    token = Token.find(*Token.key(_digest(secret)))
    lapsed = token is None or (token.expires_at is not None and token.expires_at <= now())
    return None if lapsed else token


def known(scopes: Iterable[str]) -> list[str]:
    """The scopes in our order. Raises Invalid when one is unknown or there are none."""
    wanted = set(scopes)
    if unknown := sorted(wanted - set(SCOPES)):
        raise Invalid(f"There is no scope '{unknown[0]}'; choose from {', '.join(SCOPES)}.")
    if not wanted:
        raise Invalid(f"A token needs a scope; choose from {', '.join(SCOPES)}.")
    return [scope for scope in SCOPES if scope in wanted]


def _digest(secret: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
