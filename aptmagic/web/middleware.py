"""What every answer carries, and how a refusal is said: as a page, as a piece, never as a trace."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.middleware import csrf
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.template import loader
from django.urls import is_valid_path
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from aptmagic.aws import clients
from aptmagic.errors import Busy, MethodNotAllowed, PermissionDenied, Refused
from aptmagic.observability import security_log
from aptmagic.web import appearance

Handler = Callable[[HttpRequest], HttpResponse]

# What people write in forms of ours, and may want back; never a password, a code or an address.
WORDS = ("prompt", "negative_prompt", "caption", "alt", "tags", "name", "bio", "links")
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


def cloudfront_only(get_response: Handler) -> Handler:
    """Answer nobody but CloudFront, which says our word; whoever asks the API itself does not.

    Only then is the client's address to be believed: CloudFront writes the last but one.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        words = [word for word in settings.ORIGIN_SECRET.split(",") if word]
        if not words:
            return get_response(request)
        if not _is_one_of(request.META.pop("HTTP_X_ORIGIN_SECRET", ""), words):
            return HttpResponse("403: ask the site itself.\n", "text/plain", status=403)
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) > 1:
            request.META["REMOTE_ADDR"] = hops[-2].strip()
        return get_response(request)

    return middleware


def _is_one_of(said: str, words: list[str]) -> bool:
    """Every word is compared to its end, so that the time taken tells nothing."""
    return any([constant_time_compare(said, word) for word in words])


def security_headers(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    return middleware


def no_store(get_response: Handler) -> Handler:
    """What was said to somebody signed in, or set a cookie, is stored nowhere.

    Every other answer depends on whether there was a cookie, and says so.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        in_api = request.path.startswith("/api/")
        patch_vary_headers(response, ["Cookie", *(["Authorization"] if in_api else [])])
        user = getattr(request, "user", None)
        if response.cookies or getattr(user, "is_authenticated", False):
            del response.headers["Cache-Control"]
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def content_security_policy(*, files: bool = False) -> str:
    """Nothing inline, nothing from elsewhere but pictures from our own two buckets.

    With `files` a form may go to the private bucket, which is where uploads are sent to.
    """
    private, public = _private_bucket(), _origin(settings.MEDIA_URL)
    pictures = " ".join(["'self'", "data:", *sorted({private, public} - {""})])
    forms = f"'self' {private}" if files else "'self'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src {pictures}; connect-src 'self'; manifest-src 'self'; form-action {forms}; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def allow_upload_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose page has a form of `uploads.offer` in it."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = content_security_policy(files=True)
        return response

    return answer


def _private_bucket() -> str:
    here = f"https://{settings.PRIVATE_BUCKET}.s3.{settings.AWS_REGION}.amazonaws.com"
    return _origin(settings.AWS_ENDPOINT_URL or here)


def _origin(address: str) -> str:
    part = urlsplit(address)
    return f"{part.scheme}://{part.netloc}" if part.netloc else ""


class LanguageMiddleware(LocaleMiddleware):
    """What somebody chose in this browser, else what the browser asks for.

    A program hears what it asks for, whatever cookies came along, and English otherwise.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path.startswith("/api/v"):
            translation.activate(appearance.browser_language(request))
            request.LANGUAGE_CODE = translation.get_language()


class AppendSlashMiddleware(CommonMiddleware):
    """Send readers to the address with its slash, and nobody who writes.

    A redirected POST becomes a GET in most clients: it would answer 200 and have done nothing.
    """

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class RefusalMiddleware:
    """Answer a Refused with its own words and status."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return _not_like_that(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        error = clients.busy_if_throttled(error)
        return render_refusal(request, error) if isinstance(error, Refused) else None


def render_refusal(request: HttpRequest, error: Refused, **more: Any) -> HttpResponse:
    """The page (for htmx the piece, for a program the problem) that says what happened, and what
    next."""
    person = getattr(getattr(request, "user", None), "id", None)
    security_log.warning("refused", kind=error.kind, path=request.path[:200], person=person)
    if request.path.startswith("/api/"):
        return _problem(error.status, error.kind, str(error), error.retry_after)
    piece = getattr(request, "htmx", False) and not request.htmx.boosted
    page = "503.html" if error.status == Busy.status else "refused.html"
    template = "_refused.html" if piece else page
    response = render(request, template, {"refusal": error, **more}, status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _not_like_that(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Somebody typed the address of a form, or came back to one: a browser would show nothing."""
    said = render_refusal(request, MethodNotAllowed())
    said.headers["Allow"] = response.headers["Allow"]
    return said


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Says why, and gives back what was written: to nobody but the page of ours it was on."""
    nothing = _("Nothing was changed.")
    error = PermissionDenied(f"{_why_forged(request, reason)} {nothing}")
    if not _from_here(request):
        return render_refusal(request, error)
    words = [request.POST[name] for name in WORDS if request.POST.get(name, "").strip()]
    back = urlsplit(request.headers.get("Referer", "")).path or request.path
    return render_refusal(request, error, words="\n\n".join(words), back=back)


def _why_forged(request: HttpRequest, reason: str) -> str:
    if reason == csrf.REASON_NO_CSRF_COOKIE and not request.COOKIES:
        return _(
            "Your browser blocks our cookies, and forms need one. Allow cookies for this site, "
            "reload the page and try again."
        )
    if not _from_here(request):
        return _("This form did not come from a page of ours.")
    if "token" in reason and "incorrect" in reason:
        return _(
            "You signed in or out in another tab since you opened this page. Reload the page "
            "and try again."
        )
    return _("This page was open for too long. Reload it and try again.")


def _from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of ours sent it; no other site can make it say so."""
    sender = request.headers.get("Origin", "null")
    if sender == "null":
        sender = request.headers.get("Referer", "")
    return urlsplit(sender).netloc == request.get_host()


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address; programs get their problem in JSON."""
    if request.path.startswith("/api/"):
        if _lacks_its_slash(request):
            sentence = _("Nothing was done: this address ends in a slash, %(address)s.")
            return _problem(404, "not-found", sentence % {"address": f"{request.path}/"})
        return _problem(404, "not-found", _("There is nothing at this address; see /api/docs/."))
    return render(request, "404.html", status=404)


def _lacks_its_slash(request: HttpRequest) -> bool:
    return not request.path.endswith("/") and is_valid_path(f"{request.path_info}/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses: a host that is not ours, a body or a form that is too large.

    This may happen before anything is known of the request, so the page is made of itself alone.
    """
    too_large = isinstance(exception, RequestDataTooBig)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST
    if request.path.startswith("/api/"):
        return _problem(status, *_why(too_large))
    page = loader.render_to_string("400.html", {"too_large": too_large})
    return HttpResponse(page, status=status)


def _why(too_large: bool) -> tuple[str, str]:
    if too_large:
        return "too-large", _("This request is too large; nothing was done.")
    return "bad-request", _("This request was not understood; nothing was done.")


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug of ours, which the log knows; the page needs nothing that could be broken too."""
    if request.path.startswith("/api/"):
        return _problem(500, "our-fault", _("Something broke on our side; it is in our log."))
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
