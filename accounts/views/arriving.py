"""Where somebody goes who has shown who they are, or has to show more of it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from accounts import addresses, credits, familiar, letters, preferences, sessions, steps
from accounts.awaiting import Waiting
from accounts.membership import Arrival
from accounts.providers import Challenge
from accounts.views import answers
from aptmagic import limits

# What a provider is called that Cognito knows by another name.
NAMES = {"SignInWithApple": "Apple"}
PAGES = {"totp": "accounts:code", "new-password": "accounts:new_password"}


def count_attempt(request: HttpRequest, email: str) -> None:
    """Before a password is tried. Raises TooMany.

    However many strangers guess, whoever uses a browser that the account knows has tries left.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := familiar.browser(request, email):
        limits.take("sign-in-known", address=address, account=f"{email} {browser}")
    else:
        limits.take("sign-in", address=address, account=email)


def count_code(request: HttpRequest, waiting: Waiting, email: str) -> None:
    """Before a mailed code is tried. Raises TooMany.

    However many strangers guess, a browser that asked for the mail has tries left.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := waiting.asked_here(email):
        limits.take("code-asked", address=address, account=f"{email} {browser}")
    else:
        limits.take("code", address=address, account=email)


def count_mail(request: HttpRequest, email: str) -> None:
    """Before a mail is sent to whom somebody says. Raises TooMany.

    However many strangers ask, a browser that the account knows may ask for some.
    """
    address, mailbox = request.META["REMOTE_ADDR"], addresses.mailbox(email)
    if browser := familiar.browser(request, email):
        limits.take("forgot-known", address=address, account=f"{mailbox} {browser}")
    else:
        limits.take("forgot", address=address, account=mailbox)


def go_on(
    request: HttpRequest, outcome: Arrival | Challenge, *, email: str, next: str
) -> HttpResponse:
    """Signed in and on to `next`, or to the page that asks what the provider asks."""
    if isinstance(outcome, Challenge):
        response = answers.go(PAGES[outcome.kind])
        steps.challenge(response, outcome, email=email, next=next)
        return response
    if outcome.welcomed:
        messages.success(request, welcome(outcome.person.id, outcome.person.handle))
    rotate_token(request)
    response = answers.go("settings:data" if outcome.leaving else next)
    sessions.remember(response, outcome.person)
    preferences.dress(response, outcome.person.id)
    _tell_of_new_browser(request, outcome, email)
    familiar.remember(request, response, email)
    return response


def _tell_of_new_browser(request: HttpRequest, outcome: Arrival, email: str) -> None:
    if outcome.welcomed or familiar.browser(request, email):
        return
    me, where = outcome.person, sessions.where(request)
    about = {"agent": where.agent, "network": where.address}
    letters.send("new-sign-in", me.id, reference=me.session_id, **about)


def welcome(user_id: str, handle: str) -> str:
    """What is said to somebody whose address has just been confirmed."""
    if number := credits.funds(user_id).available:
        sentence = _(
            "Welcome, @%(handle)s: your address is confirmed, %(credits)s credits are yours."
        )
        return sentence % {"handle": handle, "credits": number}
    sentence = _(
        "Welcome, @%(handle)s: your address is confirmed. It has had its free credits before, "
        "so none were added."
    )
    return sentence % {"handle": handle}


def begin_anew(request: HttpRequest, why: Exception) -> HttpResponse:
    """The way in was left for too long: it starts at its first page, which says so."""
    messages.error(request, str(why))
    return answers.go("accounts:sign_in")


def other_ways() -> list[tuple[str, str]]:
    """Who else may vouch for somebody here, and what they are called; "" for Cognito's own page."""
    others = (settings.LOGIN_PROVIDERS or [""]) if settings.LOGIN_PAGES else []
    return [(provider, NAMES.get(provider, provider)) for provider in others]
