"""Normalises passwords as RFC 8265 (OpaqueString) does: NFC, and one kind of space.

Devices send the same letters as different code points. Passwords that were set before this existed
are tried in other spellings too.
"""

import unicodedata

from accounts.errors import NotConfirmed, WrongPassword
from accounts.identity.cognito.protocol import Challenge, SignedIn, identity_provider


def normalise(typed: str) -> str:
    """The password as it is stored."""
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in typed)
    return unicodedata.normalize("NFC", spaced)


def spellings(typed: str) -> list[str]:
    """The spellings in which the password may be stored, the normalised one first.

    Only one for an ASCII password, so that most guesses cost one attempt at Cognito.
    """
    return list(dict.fromkeys([normalise(typed), typed, unicodedata.normalize("NFD", typed)]))


def sign_in(username: str, typed: str) -> tuple[SignedIn | Challenge, str]:
    """The provider's outcome, and the spelling that was accepted.

    Raises WrongPassword, NotConfirmed, PasswordResetRequired.
    """
    *others, last = spellings(typed)
    for spelling in others:
        try:
            return identity_provider().sign_in(username, spelling), spelling
        except NotConfirmed:
            raise
        except WrongPassword:
            continue
    return identity_provider().sign_in(username, last), last
