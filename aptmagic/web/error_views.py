"""How errors and refusals are answered: a page, a fragment for htmx, a problem for the API."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware import csrf
from django.shortcuts import render
from django.template import loader
from django.urls import is_valid_path
from django.utils.translation import gettext as _

from aptmagic.errors import Busy, PermissionDenied, Refused
from aptmagic.observability import security_log

# Free text that a refused form gives back to its author; never passwords, codes or addresses.
RETURNED_FIELDS = ("prompt", "negative_prompt", "caption", "alt", "tags", "name", "bio", "links")


def render_refusal(request: HttpRequest, error: Refused, **more: Any) -> HttpResponse:
    """The page, fragment or problem that says what happened and what to do next."""
    person = getattr(getattr(request, "user", None), "id", None)
    security_log.warning("refused", kind=error.kind, path=request.path[:200], person=person)
    if request.path.startswith("/api/"):
        return _problem(error.status, error.kind, str(error), error.retry_after)
    htmx = getattr(request, "htmx", None)  # Django itself may refuse before any middleware
    fragment = htmx and not htmx.boosted
    page = "503.html" if error.status == Busy.status else "refused.html"
    template = "_refused.html" if fragment else page
    response = render(request, template, {"refusal": error, **more}, status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: say why, and give back what was written, to our own pages only."""
    nothing = _("Nothing was changed.")
    error = PermissionDenied(f"{_csrf_sentence(request, reason)} {nothing}")
    if not _is_same_site(request):
        return render_refusal(request, error)
    words = [request.POST[name] for name in RETURNED_FIELDS if request.POST.get(name, "").strip()]
    back = urlsplit(request.headers.get("Referer", "")).path or request.path
    return render_refusal(request, error, words="\n\n".join(words), back=back)


def _csrf_sentence(request: HttpRequest, reason: str) -> str:
    if reason == csrf.REASON_NO_CSRF_COOKIE and not request.COOKIES:
        return _(
            "Your browser is blocking cookies, and forms need them. Allow cookies for this site, "
            "reload the page and try again."
        )
    if not _is_same_site(request):
        return _("This form was sent from another site.")
    if "token" in reason and "incorrect" in reason:
        return _("You signed in or out in another tab. Reload this page and try again.")
    return _("This page has expired. Reload it and try again.")


def _is_same_site(request: HttpRequest) -> bool:
    """Whether one of our pages sent it, by Origin or Referer, which no other site can forge."""
    sender = request.headers.get("Origin", "null")
    if sender == "null":
        sender = request.headers.get("Referer", "")
    return urlsplit(sender).netloc == request.get_host()


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    if request.path.startswith("/api/"):
        if _lacks_its_slash(request):
            sentence = _("Add the trailing slash: %(address)s. Nothing was changed.")
            return _problem(404, "not-found", sentence % {"address": f"{request.path}/"})
        return _problem(404, "not-found", _("No such endpoint. See /api/docs/."))
    return render(request, "404.html", status=404)


def _lacks_its_slash(request: HttpRequest) -> bool:
    return not request.path.endswith("/") and bool(is_valid_path(f"{request.path_info}/"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: a host that is not ours, a body or a form that is too large.

    Middleware may not have run, so the template gets no request and no context processors.
    """
    too_large = isinstance(exception, RequestDataTooBig)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST
    if request.path.startswith("/api/"):
        return _problem(status, *_kind_and_sentence(too_large))
    page = loader.render_to_string("400.html", {"too_large": too_large})
    return HttpResponse(page, status=status)


def _kind_and_sentence(too_large: bool) -> tuple[str, str]:
    if too_large:
        return "too-large", _("This request is too large. Nothing was changed.")
    return "bad-request", _("We couldn’t read this request. Nothing was changed.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: a bug, which Django has logged. The template needs nothing that may be broken."""
    if request.path.startswith("/api/"):
        return _problem(
            500, "server-error", _("Something went wrong on our side, and the error was logged.")
        )
    return HttpResponse(loader.render_to_string("500.html"), status=500)


def _problem(status: int, kind: str, detail: str, retry_after: int | None = None) -> JsonResponse:
    body = {"type": f"urn:aptmagic:problem:{kind}", "title": HTTPStatus(status).phrase}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JsonResponse(
        {**body, "status": status, "detail": detail},
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )
