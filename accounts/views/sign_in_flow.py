"""What the sign-in pages share: rate limits, and where a sign-in goes on to."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from accounts import cookies, email_addresses
from accounts.billing import ledger
from accounts.identity import challenges, devices
from accounts.identity.cognito.protocol import Challenge
from accounts.identity.devices import ClientInfo
from accounts.identity.pending_signup import PendingSignUp
from accounts.identity.sign_in import SignInResult
from accounts.mail import outbox
from aptmagic.rate_limits import limits
from aptmagic.web.http import see_other

# Where Cognito's name of a provider is not the usual one.
PROVIDER_NAMES = {"SignInWithApple": "Apple"}
CHALLENGE_PAGES = {"totp": "accounts:totp", "new-password": "accounts:new_password"}


def client_info(request: HttpRequest) -> ClientInfo:
    agent = request.headers.get("User-Agent", "")
    return devices.client_info(agent, request.META.get("REMOTE_ADDR", ""))


def count_attempt(request: HttpRequest, email: str) -> None:
    """Count an attempt at a password. Raises TooManyRequests.

    A browser known for the account has a count of its own: guesses by others never lock it out.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := cookies.read_known_device(request).id_for(email):
        limits.hit("sign-in-known", address=address, account=f"{email} {browser}")
    else:
        limits.hit("sign-in", address=address, account=email)


def count_code(request: HttpRequest, pending: PendingSignUp, email: str) -> None:
    """Count an attempt at an e-mailed code. Raises TooManyRequests.

    A browser that requested the code has a count of its own.
    """
    address = request.META["REMOTE_ADDR"]
    if browser := pending.requesting_browser(email):
        limits.hit("code-asked", address=address, account=f"{email} {browser}")
    else:
        limits.hit("code", address=address, account=email)


def count_mail(request: HttpRequest, email: str) -> None:
    """Count an e-mail to an address that a visitor entered. Raises TooManyRequests.

    A browser known for the account has a count of its own.
    """
    address, mailbox = request.META["REMOTE_ADDR"], email_addresses.mailbox(email)
    if browser := cookies.read_known_device(request).id_for(email):
        limits.hit("forgot-known", address=address, account=f"{mailbox} {browser}")
    else:
        limits.hit("forgot", address=address, account=mailbox)


def continue_sign_in(
    request: HttpRequest, outcome: SignInResult | Challenge, *, email: str, next: str
) -> HttpResponse:
    """Sign the browser in and go on to `next`; for a challenge, to the page that asks for it."""
    if isinstance(outcome, Challenge):
        response = see_other(CHALLENGE_PAGES[outcome.kind])
        token = challenges.create_for_sign_in(outcome, email=email, next=next)
        cookies.set_challenge(response, token)
        return response
    if outcome.newly_confirmed:
        messages.success(request, welcome_message(outcome.person.id, outcome.person.handle))
    rotate_token(request)
    response = see_other("settings:data" if outcome.deletion_pending else next)
    cookies.set_session(response, outcome.person)
    cookies.set_appearance(response, outcome.person.id)
    _email_about_new_device(request, outcome, email)
    cookies.remember_device(request, response, email)
    return response


def _email_about_new_device(request: HttpRequest, outcome: SignInResult, email: str) -> None:
    if outcome.newly_confirmed or cookies.read_known_device(request).id_for(email):
        return
    me, client = outcome.person, client_info(request)
    about = {"agent": client.agent, "network": client.address}
    outbox.send("new-sign-in", me.id, reference=me.session_id, **about)


def welcome_message(user_id: str, handle: str) -> str:
    """For a user whose address has just been confirmed."""
    if number := ledger.get_balance(user_id).available:
        sentence = _(
            "Welcome, @%(handle)s! Your e-mail is confirmed and you have %(credits)s credits."
        )
        return sentence % {"handle": handle, "credits": number}
    sentence = _(
        "Welcome, @%(handle)s! Your e-mail is confirmed. This address has "
        "already received free credits, so none were added."
    )
    return sentence % {"handle": handle}


def restart_sign_in(request: HttpRequest, why: Exception) -> HttpResponse:
    """Back to the first page, which says why."""
    messages.error(request, str(why))
    return see_other("accounts:sign_in")


def federated_providers() -> list[tuple[str, str]]:
    """Federated providers and their names; "" is Cognito's own page."""
    others = (settings.LOGIN_PROVIDERS or [""]) if settings.HOSTED_UI else []
    return [(provider, PROVIDER_NAMES.get(provider, provider)) for provider in others]
