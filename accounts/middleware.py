"""Sets `request.user` from the signed session cookie, without a read for most pages.

Unsafe methods read the stored session first, in the API too: a cookie whose session has ended
is not accepted, however new it is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import cookies
from accounts.current_user import AnonymousUser, CurrentUser
from accounts.errors import SessionCopied, SessionEnded
from accounts.http import UserRequest
from accounts.identity import devices, session_cookies, session_renewal, sessions
from aptmagic.aws import clients
from aptmagic.errors import Busy
from aptmagic.observability import security_log
from aptmagic.web.error_views import render_refusal

Handler = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110


def current_user_middleware(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        address = devices.network_prefix(request.META.get("REMOTE_ADDR", ""))
        with security_log.request_context(address=address, path=request.path[:200]):
            return respond(cast(UserRequest, request))

    def respond(request: UserRequest) -> HttpResponse:
        claims = cookies.read_session(request)
        try:
            person, renewed = _person(request, claims)
        except Exception as error:
            busy = clients.busy_if_throttled(error)
            if not isinstance(busy, Busy):
                raise
            request.user = AnonymousUser()
            return render_refusal(request, busy)
        request.user = person
        response = get_response(request)
        if settings.SESSION_COOKIE in response.cookies:
            pass  # the view has signed in or out
        elif isinstance(person, CurrentUser) and renewed:
            cookies.set_session(response, person)
        elif settings.SESSION_COOKIE in request.COOKIES and isinstance(person, AnonymousUser):
            cookies.delete_session(response)
        return response

    return middleware


def _person(
    request: HttpRequest, claims: session_cookies.SessionClaims | None
) -> tuple[CurrentUser | AnonymousUser, bool]:
    """The user, and whether a new cookie must be set."""
    if claims is None:
        if request.COOKIES.get(settings.SESSION_COOKIE):
            security_log.warning("cookie-refused")
        return AnonymousUser(), False
    try:
        if request.method not in SAFE_METHODS:
            sessions.get_active(claims.person)
        return _renewed(claims)
    except SessionCopied as copied:
        messages.error(request, str(copied))
        return AnonymousUser(), False
    except SessionEnded:
        return AnonymousUser(), False


def _renewed(claims: session_cookies.SessionClaims) -> tuple[CurrentUser, bool]:
    if not claims.stale:
        return claims.person, False
    try:
        return session_renewal.renew(claims.person)
    except Busy:
        # Cognito being unavailable signs nobody out, but stale claims give no staff access.
        return replace(claims.person, groups=()), False
