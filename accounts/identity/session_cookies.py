"""What the session cookie says, and how it is signed.

The cookie is believed for some minutes without a read, so it carries what every page shows of its
user. It holds nothing secret: tokens stay in the stored session.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

from accounts.current_user import CurrentUser
from aptmagic.aws.dynamodb import now

SALT = "accounts.session"
CLAIMS_LAST = timedelta(minutes=15)
# Together with sessions.RACE_WINDOW, the groups of staff are never older than five minutes.
STAFF_CLAIMS_LAST = timedelta(minutes=4)
# A session that is not used for this long ends, and its cookie with it.
IDLE_LASTS = timedelta(days=14)


@dataclass(frozen=True)
class SessionClaims:
    """The user a cookie names, and the Unix time until which that needs no check."""

    person: CurrentUser
    until: int

    @property
    def stale(self) -> bool:
        return self.until <= now().timestamp()


def read(cookie: str | None) -> SessionClaims | None:
    """The claims of a cookie; None if it is missing, forged, malformed or too old."""
    try:
        claims = signing.loads(cookie or "", salt=SALT, max_age=IDLE_LASTS)
        return SessionClaims(_user(claims), claims["t"])
    except (signing.BadSignature, KeyError):
        return None  # a KeyError: another release used other keys


def make(person: CurrentUser, *, lasts: timedelta | None = None) -> str:
    """A signed cookie whose claims are believed for `lasts`; by default, minutes."""
    if lasts is None:
        lasts = STAFF_CLAIMS_LAST if person.groups else CLAIMS_LAST
    claims: dict[str, Any] = {
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


def _user(claims: dict[str, Any]) -> CurrentUser:
    return CurrentUser(
        id=claims["u"],
        handle=claims["h"],
        name=claims["n"],
        groups=tuple(claims["g"]),
        session_id=claims["s"],
        cookie_id=claims["k"],
        avatar=claims["a"],
        deletion_date=claims.get("l", ""),
    )
