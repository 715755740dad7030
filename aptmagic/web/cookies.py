"""Setting cookies: for this host only, unreadable by scripts, HTTPS-only outside laptops."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse


def set_cookie(response: HttpResponse, name: str, value: str, *, max_age: timedelta | int) -> None:
    """Set a cookie for `max_age`; an int is seconds.

    `SameSite=Lax`: it is sent when a user follows a link to the site, but not with other sites'
    forms.
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
    """Django keeps Secure for `__Host-` names, without which browsers ignore the deletion."""
    response.delete_cookie(name, path="/", samesite="Lax")
