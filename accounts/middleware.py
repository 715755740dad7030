"""`request.user` on every request, from the signed cookie: no read on most pages.

What may change something (every method but the safe ones) reads the stored session first, for the
API as well: a cookie whose session has ended is nobody's, whatever it says and however new it is.
"""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import browsers, sessions
from accounts.errors import SessionCopied, SessionEnded
from accounts.people import Anyone, Person
from aptmagic import aws, watch
from aptmagic.errors import Busy
from aptmagic.http import refusal

Handler = Callable[[HttpRequest], HttpResponse]

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110


def signed_in_person(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        address = browsers.neighbourhood(request.META.get("REMOTE_ADDR", ""))
        with watch.standing(address=address, path=request.path[:200]):
            return answer(request)

    def answer(request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.SESSION_COOKIE)
        ticket = sessions.read(cookie)
        try:
            person, renewed = _person(request, ticket)
        except Exception as error:
            busy = aws.as_refusal(error)
            if not isinstance(busy, Busy):
                raise
            request.user = Anyone()
            return refusal(request, busy)
        request.user = person
        response = get_response(request)
        if settings.SESSION_COOKIE in response.cookies:
            pass  # the view signed somebody in or out
        elif isinstance(person, Person) and renewed:
            sessions.remember(response, person)
        elif cookie and isinstance(person, Anyone):
            sessions.forget(response)
        return response

    return middleware


def _person(request: HttpRequest, ticket: sessions.Ticket | None) -> tuple[Person | Anyone, bool]:
    """Who it is, and whether their cookie is to be written anew."""
    if ticket is None:
        if request.COOKIES.get(settings.SESSION_COOKIE):
            watch.mind("cookie-refused")
        return Anyone(), False
    try:
        if request.method not in SAFE:
            sessions.live(ticket.person)
        return _renewed(ticket)
    except SessionCopied as copied:
        messages.error(request, str(copied))
        return Anyone(), False
    except SessionEnded:
        return Anyone(), False


def _renewed(ticket: sessions.Ticket) -> tuple[Person, bool]:
    if not ticket.stale:
        return ticket.person, False
    try:
        return sessions.renew(ticket.person)
    except Busy:
        # Nobody is signed out because Cognito is away, but old claims open no staff door.
        return replace(ticket.person, groups=()), False
