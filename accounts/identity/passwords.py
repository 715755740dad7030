"""One spelling for each password, as RFC 8265 (OpaqueString) has it: NFC, and one kind of space.

A Mac and a phone may send the same letters in different code points. Passwords that were set
before this was so are tried in the other spellings too.
"""

import unicodedata

from accounts.errors import NotConfirmed, WrongPassword
from accounts.identity.cognito.protocol import Challenge, SignedIn, identity_provider


def normalise(typed: str) -> str:
    """The password as it is set from now on."""
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in typed)
    return unicodedata.normalize("NFC", spaced)


def spellings(typed: str) -> list[str]:
    """Every way in which the same password may have been set, the present one first.

    One for a password in ASCII, so that nobody's guesses are tried more than once.
    """
    return list(dict.fromkeys([normalise(typed), typed, unicodedata.normalize("NFD", typed)]))


def sign_in(username: str, typed: str) -> tuple[SignedIn | Challenge, str]:
    """What the provider says, and the spelling that it took.

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
