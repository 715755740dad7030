"""Where to send a browser: to sign in, and back to a page of this site."""

import re
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

UNSAFE = re.compile(r"[\x00-\x20\\]")


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Signing in leads back to where the user was."""
    address = f"{reverse('accounts:sign_in')}?{urlencode({'next': return_path(request)})}"
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    return HttpResponse(status=303, headers={"Location": address})


def safe_path(address: str | None, *, default: str = "/") -> str:
    """`address` if it is a path on this site, else `default`."""
    path = address or ""
    # Browsers skip tabs and newlines and read "\\" as "/": "/\t/host" is another site to them.
    plain = path.startswith("/") and not path.startswith("//") and not UNSAFE.search(path)
    return path if plain and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else default


def return_path(request: HttpRequest) -> str:
    """The page the user was on. For a POST, the Referer's path."""
    if htmx := getattr(request, "htmx", None):
        return safe_path(htmx.current_url_abs_path)
    if request.method in ("GET", "HEAD"):
        return safe_path(request.get_full_path())
    referer = urlsplit(request.headers.get("Referer", ""))
    same_site = referer.netloc == request.get_host()
    return safe_path(referer._replace(scheme="", netloc="").geturl() if same_site else None)
