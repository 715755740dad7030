"""The site's cookies: for this host alone, never for scripts, by https wherever there is one."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse


def set_cookie(response: HttpResponse, name: str, value: str, *, max_age: timedelta | int) -> None:
    """Have the browser keep it for `max_age` (an int counts seconds).

    `SameSite=Lax`: it comes along when somebody follows a link to us, and with no form of others.
    """
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def delete_cookie(response: HttpResponse, name: str) -> None:
    """Django knows `__Host-` and keeps Secure, without which the browser would ignore it."""
    response.delete_cookie(name, path="/", samesite="Lax")
