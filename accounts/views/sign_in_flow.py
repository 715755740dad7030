"""Where somebody goes who has shown who they are, or has to show more of it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from accounts import email_addresses
from accounts.billing import ledger
from accounts.identity import challenges, known_devices, sessions
from accounts.identity.cognito.protocol import Challenge
from accounts.identity.pending_signup import PendingSignUp
from accounts.identity.registration import SignInResult
from accounts.mail import outbox
from accounts.profiles import preferences
from aptmagic.rate_limits import limits
from aptmagic.web.http import see_other

# What a provider is called that Cognito knows by another name.
NAMES = {"SignInWithApple": "Apple"}
PAGES = {"totp": "accounts:totp", "new-password": "accounts:new_password"}


def count_attempt(request: HttpRequest, email: str) -> None:
    """Before a password is tried. Raises TooManyRequests.

    However many strangers guess, whoever uses a browser that the account knows has tries left.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := known_devices.device_id(request, email):
        limits.hit("sign-in-known", address=address, account=f"{email} {browser}")
    else:
        limits.hit("sign-in", address=address, account=email)


def count_code(request: HttpRequest, waiting: PendingSignUp, email: str) -> None:
    """Before a mailed code is tried. Raises TooManyRequests.

    However many strangers guess, a browser that asked for the mail has tries left.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := waiting.asked_here(email):
        limits.hit("code-asked", address=address, account=f"{email} {browser}")
    else:
        limits.hit("code", address=address, account=email)


def count_mail(request: HttpRequest, email: str) -> None:
    """Before a mail is sent to whom somebody says. Raises TooManyRequests.

    However many strangers ask, a browser that the account knows may ask for some.
    """
    address, mailbox = request.META["REMOTE_ADDR"], email_addresses.mailbox(email)
    if browser := known_devices.device_id(request, email):
        limits.hit("forgot-known", address=address, account=f"{mailbox} {browser}")
    else:
        limits.hit("forgot", address=address, account=mailbox)


def continue_sign_in(
    request: HttpRequest, outcome: SignInResult | Challenge, *, email: str, next: str
) -> HttpResponse:
    """Signed in and on to `next`, or to the page that asks what the provider asks."""
    if isinstance(outcome, Challenge):
        response = see_other(PAGES[outcome.kind])
        challenges.create_for_sign_in(response, outcome, email=email, next=next)
        return response
    if outcome.welcomed:
        messages.success(request, welcome_message(outcome.person.id, outcome.person.handle))
    rotate_token(request)
    response = see_other("settings:data" if outcome.deletion_pending else next)
    sessions.set_cookie(response, outcome.person)
    preferences.set_appearance_cookies(response, outcome.person.id)
    _tell_of_new_browser(request, outcome, email)
    known_devices.set_cookie(request, response, email)
    return response


def _tell_of_new_browser(request: HttpRequest, outcome: SignInResult, email: str) -> None:
    if outcome.welcomed or known_devices.device_id(request, email):
        return
    me, where = outcome.person, sessions.client_info(request)
    about = {"agent": where.agent, "network": where.address}
    outbox.send("new-sign-in", me.id, reference=me.session_id, **about)


def welcome_message(user_id: str, handle: str) -> str:
    """What is said to somebody whose address has just been confirmed."""
    if number := ledger.get_balance(user_id).available:
        sentence = _(
            "Welcome, @%(handle)s! Your e-mail is confirmed and you have %(credits)s credits."
        )
        return sentence % {"handle": handle, "credits": number}
    sentence = _(
        "Welcome, @%(handle)s! Your e-mail is confirmed. It already got free credits "
        "before, so none were added."
    )
    return sentence % {"handle": handle}


def restart_sign_in(request: HttpRequest, why: Exception) -> HttpResponse:
    """The way in was left for too long: it starts at its first page, which says so."""
    messages.error(request, str(why))
    return see_other("accounts:sign_in")


def other_sign_in_options() -> list[tuple[str, str]]:
    """Who else may vouch for somebody here, and what they are called; "" for Cognito's own page."""
    others = (settings.LOGIN_PROVIDERS or [""]) if settings.HOSTED_UI else []
    return [(provider, NAMES.get(provider, provider)) for provider in others]
