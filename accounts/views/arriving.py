"""Where somebody goes who has shown who they are, or has to show more of it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from accounts import preferences, sessions, steps
from accounts.membership import Arrival
from accounts.providers import Challenge
from accounts.views import answers

PAGES = {"totp": "accounts:code", "new-password": "accounts:new_password"}


def go_on(
    request: HttpRequest, outcome: Arrival | Challenge, *, email: str, next: str
) -> HttpResponse:
    """Signed in and on to `next`, or to the page that asks what the provider asks."""
    if isinstance(outcome, Challenge):
        response = answers.go(PAGES[outcome.kind])
        steps.challenge(response, outcome, email=email, next=next)
        return response
    if outcome.welcomed:
        sentence = _(
            "Welcome, @%(handle)s: your address is confirmed, %(credits)s credits are yours."
        )
        said = {"handle": outcome.person.handle, "credits": settings.FREE_CREDITS}
        messages.success(request, sentence % said)
    rotate_token(request)
    response = answers.go("settings:data" if outcome.leaving else next)
    sessions.remember(response, outcome.person)
    preferences.dress(response, outcome.person.id)
    return response


def begin_anew(request: HttpRequest, why: Exception) -> HttpResponse:
    """The way in was left for too long: it starts at its first page, which says so."""
    messages.error(request, str(why))
    return answers.go("accounts:sign_in")
