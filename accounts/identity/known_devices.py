"""The accounts that a browser has been used with before, as the value of a signed cookie.

Guesses at a password from anywhere use up the attempts of strangers. The owner's browser has
attempts of its own. A sign-in from a browser not known for the account is e-mailed to its owner.
"""

import secrets
from dataclasses import dataclass, field

from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "accounts.identity.known_devices"
LASTS_SECONDS = 180 * 86_400
# People who share a browser at home. The most recent ones are kept.
MAX_ACCOUNTS = 8


@dataclass(frozen=True)
class KnownDevice:
    """A browser. `ids` maps keyed hashes of addresses to this browser's id for that account."""

    ids: dict[str, str] = field(default_factory=dict)

    def id_for(self, email: str) -> str | None:
        """This browser's id for the account; None if it has not been used with it before."""
        return self.ids.get(_account(email))

    @property
    def has_signed_in(self) -> bool:
        """Whether anybody has signed in with this browser before."""
        return bool(self.ids)

    def with_account(self, email: str) -> "KnownDevice":
        """The browser after its user has proved that the address is theirs."""
        account, ids = _account(email), dict(self.ids)
        device_id = ids.pop(account, None) or secrets.token_urlsafe(9)
        return KnownDevice(dict([*ids.items(), (account, device_id)][-MAX_ACCOUNTS:]))


def read(cookie: str) -> KnownDevice:
    """An unknown browser if the cookie is missing, forged or too old."""
    try:
        return KnownDevice(signing.loads(cookie, salt=SALT, max_age=LASTS_SECONDS))
    except signing.BadSignature:
        return KnownDevice()


def make(device: KnownDevice) -> str:
    return signing.dumps(device.ids, salt=SALT)


def _account(email: str) -> str:
    return salted_hmac(SALT, email.casefold(), algorithm="sha256").hexdigest()[:16]
