"""The address that awaits a code in this browser, in a signed cookie of its own.

With it the pages that ask for a code know the address without any e-mail address in a URL, and a
code confirms the sign-up made here and no other.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.profiles.profiles import UNTIL_CONFIRMED
from aptmagic.aws.dynamodb import now
from aptmagic.web import cookies

COOKIE = f"{settings.HOST_PREFIX}apt-sign-up"
SALT = "accounts.sign-up"
# As long as a code for a new password is good, and not as long as a browser could be kept for
# guessing: each one has asked for a mail, and those are counted by mailbox.
ASKED_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class PendingSignUp:
    """`user_id` is the account opened here, or nobody's where the address had one already.

    `browser` names this browser among those that have asked for a mail, at `asked_at`.
    """

    email: str = ""
    user_id: str | None = None
    next: str = "/"
    confirmed: bool = False
    browser: str = ""
    asked_at: int = 0

    def user_id_of(self, email: str) -> str | None:
        """The account opened here, when it is this address that is being confirmed."""
        return self.user_id if email == self.email else None

    def unconfirmed(self, email: str) -> bool:
        """Whether this browser has signed up with the address, and no code has come yet."""
        return self.user_id_of(email) is not None and not self.confirmed

    def asked_here(self, email: str) -> str | None:
        """What this browser is called when it has asked for a code lately."""
        lately = self.asked_at > (now() - ASKED_LASTS).timestamp()
        return self.browser if self.browser and lately and email == self.email else None


def read(request: HttpRequest) -> PendingSignUp:
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=UNTIL_CONFIRMED)
        return PendingSignUp(**said)
    except (signing.BadSignature, TypeError):
        return PendingSignUp()  # a TypeError: another release of ours said it in other words


def with_email(waiting: PendingSignUp, email: str) -> PendingSignUp:
    """The same way in, now with this address."""
    if email == waiting.email:
        return waiting
    return PendingSignUp(email, next=waiting.next)


def code_requested(waiting: PendingSignUp) -> PendingSignUp:
    """A mail has just been asked for here."""
    browser = secrets.token_urlsafe(9)
    return replace(waiting, browser=browser, asked_at=int(now().timestamp()))


def set_cookie(response: HttpResponse, waiting: PendingSignUp) -> None:
    cookies.set_cookie(
        response, COOKIE, signing.dumps(asdict(waiting), salt=SALT), max_age=UNTIL_CONFIRMED
    )


def delete_cookie(response: HttpResponse) -> None:
    cookies.delete_cookie(response, COOKIE)
