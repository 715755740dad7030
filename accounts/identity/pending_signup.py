"""The sign-up or address that awaits a code in one browser, as the value of a signed cookie.

The pages that ask for a code take the address from it, so no URL contains one, and a code confirms
the sign-up made in this browser and no other.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from django.core import signing

from accounts.profiles.unconfirmed import CONFIRM_WITHIN
from aptmagic.aws.dynamodb import now

SALT = "accounts.sign-up"
# As long as a code for a password reset is valid. Not longer: each browser that has requested a
# code gets attempts of its own, and requests are limited by mailbox.
REQUEST_COUNTS_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class PendingSignUp:
    """`user_id` is the account created here, or a random id if the address had one already.

    `browser` identifies this browser among those that have requested a code, at `asked_at`.
    """

    email: str = ""
    user_id: str | None = None
    next: str = "/"
    confirmed: bool = False
    browser: str = ""
    asked_at: int = 0

    def user_id_of(self, email: str) -> str | None:
        """The account created here, if it has this address."""
        return self.user_id if email == self.email else None

    def unconfirmed(self, email: str) -> bool:
        """Whether this browser has signed up with the address and not confirmed it."""
        return self.user_id_of(email) is not None and not self.confirmed

    def requesting_browser(self, email: str) -> str | None:
        """The id of this browser, if it has requested a code for the address recently."""
        recent = self.asked_at > (now() - REQUEST_COUNTS_FOR).timestamp()
        return self.browser if self.browser and recent and email == self.email else None

    def with_email(self, email: str) -> "PendingSignUp":
        """The same destination with another address."""
        return self if email == self.email else PendingSignUp(email, next=self.next)

    def code_requested(self) -> "PendingSignUp":
        """This browser has just requested a code."""
        browser = secrets.token_urlsafe(9)
        return replace(self, browser=browser, asked_at=int(now().timestamp()))


def read(cookie: str) -> PendingSignUp:
    """An empty one if the cookie is missing, forged or too old."""
    try:
        return PendingSignUp(**signing.loads(cookie, salt=SALT, max_age=CONFIRM_WITHIN))
    except (signing.BadSignature, TypeError):
        return PendingSignUp()  # a TypeError: another release used other names


def make(pending: PendingSignUp) -> str:
    return signing.dumps(asdict(pending), salt=SALT)
