"""The project's own middleware: CloudFront, security headers, caching, language, refusals."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.crypto import constant_time_compare

from aptmagic.aws import clients
from aptmagic.errors import MethodNotAllowed, Refused
from aptmagic.web import appearance
from aptmagic.web.csp import content_security_policy
from aptmagic.web.error_views import render_refusal

GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
)


def cloudfront_only(get_response: GetResponse) -> GetResponse:
    """Answer only CloudFront, which sends a secret header, and not direct calls of the HTTP API.

    Only then can X-Forwarded-For be trusted: CloudFront appends the viewer, API Gateway appends
    CloudFront, so the client's address is the last but one.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        secrets = [secret for secret in settings.ORIGIN_SECRET.split(",") if secret]
        if not secrets:
            return get_response(request)
        if not _matches_any(request.META.pop("HTTP_X_ORIGIN_SECRET", ""), secrets):
            return HttpResponse("403: ask the site itself.\n", "text/plain", status=403)
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) > 1:
            request.META["REMOTE_ADDR"] = hops[-2].strip()
        return get_response(request)

    return middleware


def _matches_any(sent: str, secrets: list[str]) -> bool:
    """A list, not a generator: comparing all of them takes the same time whichever matches."""
    return any([constant_time_compare(sent, secret) for secret in secrets])


def security_headers(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Responses to a signed-in user, and those that set a cookie, are stored in no cache.

    Every other response depends on whether a cookie was sent, so it says `Vary: Cookie`.
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


class LanguageMiddleware(LocaleMiddleware):
    """The language chosen in this browser, else the one that the browser asks for.

    The API ignores cookies and follows Accept-Language alone.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path.startswith("/api/v"):
            translation.activate(appearance.browser_language(request))
            request.LANGUAGE_CODE = translation.get_language()


class AppendSlashMiddleware(CommonMiddleware):
    """Redirect to the URL with its slash for GET and HEAD only.

    Most clients turn a redirected POST into a GET, which would answer 200 and have done nothing.
    """

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class RefusalMiddleware:
    """Answer a raised Refused with its own sentence and status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return _method_not_allowed(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        error = clients.busy_if_throttled(error)
        return render_refusal(request, error) if isinstance(error, Refused) else None


def _method_not_allowed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django's own 405 is an empty page; people reach it by reloading a form's address."""
    page = render_refusal(request, MethodNotAllowed())
    page.headers["Allow"] = response.headers["Allow"]
    return page
