"""The sign-up that this browser waits to confirm, in a signed cookie of its own.

With it the confirm page knows the address without an e-mail address in any URL, and a code
confirms the sign-up made here and no other.
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
