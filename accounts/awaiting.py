"""The address that awaits a code in this browser, in a signed cookie of its own.

With it the pages that ask for a code know the address without any e-mail address in a URL, and a
code confirms the sign-up made here and no other.
"""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.profiles import UNTIL_CONFIRMED

COOKIE = f"{settings.HOST_PREFIX}apt-sign-up"
SALT = "accounts.sign-up"


@dataclass(frozen=True)
class Waiting:
    email: str = ""
    user_id: str | None = None
    next: str = "/"

    def user_id_of(self, email: str) -> str | None:
        """The account opened here, when it is this address that is being confirmed."""
        return self.user_id if email == self.email else None


def read(request: HttpRequest) -> Waiting:
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=UNTIL_CONFIRMED)
        return Waiting(said["email"], said["user_id"], said["next"])
    except (signing.BadSignature, KeyError):
        return Waiting()


def of(waiting: Waiting, email: str) -> Waiting:
    """The same way in, now with this address."""
    return Waiting(email, waiting.user_id_of(email), waiting.next)


def remember(response: HttpResponse, waiting: Waiting) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(asdict(waiting), salt=SALT),
        max_age=UNTIL_CONFIRMED,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
