"""`request.user` on every request, from the signed cookie: no read on most pages."""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import browsers, sessions
from accounts.errors import SessionCopied, SessionEnded
from accounts.people import Anyone, Person
from aptmagic import watch
from aptmagic.errors import Busy

Handler = Callable[[HttpRequest], HttpResponse]


def signed_in_person(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        address = browsers.neighbourhood(request.META.get("REMOTE_ADDR", ""))
        with watch.standing(address=address, path=request.path[:200]):
            return answer(request)

    def answer(request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.SESSION_COOKIE)
        ticket = sessions.read(cookie)
        person, renewed = _person(request, ticket)
        request.user = person
        response = get_response(request)
        if settings.SESSION_COOKIE in response.cookies:
            return response  # the view signed somebody in or out
        if isinstance(person, Person) and renewed:
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
    if not ticket.stale:
        return ticket.person, False
    try:
        return sessions.renew(ticket.person)
    except SessionCopied as copied:
        messages.error(request, str(copied))
        return Anyone(), False
    except SessionEnded:
        return Anyone(), False
    except Busy:
        # Nobody is signed out because Cognito is away, but old claims open no staff door.
        return replace(ticket.person, groups=()), False
