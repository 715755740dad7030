"""`request.user` on every request, from the signed cookie: no read on most pages.

What may change something (every method but the safe ones) reads the stored session first, for the
API as well: a cookie whose session has ended is nobody's, whatever it says and however new it is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts.current_user import AnonymousUser, CurrentUser
from accounts.errors import SessionCopied, SessionEnded
from accounts.http import UserRequest
from accounts.identity import devices, sessions
from aptmagic.aws import clients
from aptmagic.errors import Busy
from aptmagic.observability import security_log
from aptmagic.web.error_views import render_refusal

Handler = Callable[[HttpRequest], HttpResponse]

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110


def current_user_middleware(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        address = devices.network_prefix(request.META.get("REMOTE_ADDR", ""))
        with security_log.request_context(address=address, path=request.path[:200]):
            return answer(cast(UserRequest, request))

    def answer(request: UserRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.SESSION_COOKIE)
        claims = sessions.read_cookie(cookie)
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
            pass  # the view signed somebody in or out
        elif isinstance(person, CurrentUser) and renewed:
            sessions.set_cookie(response, person)
        elif cookie and isinstance(person, AnonymousUser):
            sessions.delete_cookie(response)
        return response

    return middleware


def _person(
    request: HttpRequest, claims: sessions.SessionClaims | None
) -> tuple[CurrentUser | AnonymousUser, bool]:
    """Who it is, and whether their cookie is to be written anew."""
    if claims is None:
        if request.COOKIES.get(settings.SESSION_COOKIE):
            security_log.warning("cookie-refused")
        return AnonymousUser(), False
    try:
        if request.method not in SAFE:
            sessions.get_active(claims.person)
        return _renewed(claims)
    except SessionCopied as copied:
        messages.error(request, str(copied))
        return AnonymousUser(), False
    except SessionEnded:
        return AnonymousUser(), False


def _renewed(claims: sessions.SessionClaims) -> tuple[CurrentUser, bool]:
    if not claims.stale:
        return claims.person, False
    try:
        return sessions.renew(claims.person)
    except Busy:
        # Nobody is signed out because Cognito is away, but old claims open no staff door.
        return replace(claims.person, groups=()), False
