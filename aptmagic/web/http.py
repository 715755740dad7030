"""What views need of HTTP beyond Django: typed requests, form methods, redirects, fragments."""

from typing import Protocol

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

# A page with a form: shown by GET, sent by POST.
require_form_methods = require_http_methods(["GET", "HEAD", "POST"])


class User(Protocol):
    @property
    def id(self) -> str | None: ...


class SiteRequest(HttpRequest):
    """A request as views get it, for type checkers: the middleware adds these attributes."""

    user: User  # type: ignore[assignment]  # ours, not django.contrib.auth's
    htmx: HtmxDetails


class HttpResponseSeeOther(HttpResponseRedirect):
    """303: what was posted is done, and the browser GETs the next page."""

    status_code = 303


def see_other(to: str) -> HttpResponseSeeOther:
    """Redirect after a POST to a URL or to a view's name."""
    return HttpResponseSeeOther(resolve_url(to))


def wants_fragment(request: SiteRequest) -> bool:
    """Whether htmx asks for a part of the page; a boosted link gets the whole page."""
    return bool(request.htmx) and not request.htmx.boosted
