"""Who is asking: every request carries a Person or AnonymousUser as `request.user`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts import avatar_urls

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class CurrentUser:
    """A signed-in user. `id` is the Cognito sub; `session_id` is empty for an API token.

    `cookie_id` identifies one cookie of the session: each renewal issues a new one. `deletion_date`
    is the day (ISO 8601) on which the account will be erased, if its owner has asked for that.
    """

    id: str
    handle: str
    name: str
    groups: tuple[str, ...] = ()
    session_id: str = ""
    cookie_id: str = ""
    avatar: str = ""
    deletion_date: str = ""

    # Literal, so that `if user.is_authenticated:` tells type checkers which of the two it is.
    is_authenticated: ClassVar[Literal[True]] = True
    is_anonymous: ClassVar[Literal[False]] = False

    @property
    def deletes_on(self) -> date | None:
        return date.fromisoformat(self.deletion_date) if self.deletion_date else None

    @property
    def avatar_url(self) -> str | None:
        """The URL of the avatar; None without one."""
        return avatar_urls.url(self.avatar)


@dataclass(frozen=True)
class AnonymousUser:
    """A visitor who is not signed in."""

    id: None = None
    handle: None = None
    name: str = ""
    groups: tuple[str, ...] = ()

    is_authenticated: ClassVar[Literal[False]] = False
    is_anonymous: ClassVar[Literal[True]] = True


def sign_in_required(view: View) -> View:
    """Send visitors to sign in, and back to where they were."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return redirect_to_sign_in(request)

    return guarded


def signed_out_required(view: View) -> View:
    """Send somebody who is signed in on to where they wanted to be."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponse(
                status=303, headers={"Location": safe_path(request.GET.get("next"))}
            )
        return view(request, *args, **kwargs)

    return guarded


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    address = f"{reverse('accounts:sign_in')}?{urlencode({'next': return_path(request)})}"
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    return HttpResponse(status=303, headers={"Location": address})


ODD = re.compile(r"[\x00-\x20\\]")


def safe_path(address: str | None, *, default: str = "/") -> str:
    """`address` when it is a path on this site, else `default`: nobody is sent elsewhere."""
    path = address or ""
    # Browsers skip tabs and newlines and read "\\" as "/": "/\t/host" is another site to them.
    plain = path.startswith("/") and not path.startswith("//") and not ODD.search(path)
    return path if plain and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else default


def return_path(request: HttpRequest) -> str:
    """The page the person was on; what they posted to is no page to come back to."""
    if htmx := getattr(request, "htmx", None):
        return safe_path(htmx.current_url_abs_path)
    if request.method in ("GET", "HEAD"):
        return safe_path(request.get_full_path())
    referer = urlsplit(request.headers.get("Referer", ""))
    same_site = referer.netloc == request.get_host()
    return safe_path(referer._replace(scheme="", netloc="").geturl() if same_site else None)
