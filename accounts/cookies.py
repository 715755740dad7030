"""The cookies of this app: the only place that reads them from requests and sets them on responses.

What they hold is made and checked by the packages of the app, which know no HTTP.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from accounts.current_user import CurrentUser
from accounts.identity import (
    challenges,
    form_drafts,
    known_devices,
    one_time_secrets,
    pending_signup,
    session_cookies,
)
from accounts.identity.form_drafts import DraftInfo
from accounts.identity.known_devices import KnownDevice
from accounts.identity.pending_signup import PendingSignUp
from accounts.identity.session_cookies import SessionClaims
from accounts.profiles import preferences
from accounts.profiles.unconfirmed import CONFIRM_WITHIN
from aptmagic.web import appearance
from aptmagic.web.cookies import delete_cookie, set_cookie

CHALLENGE = f"{settings.HOST_PREFIX}apt-step"
PENDING_SIGN_UP = f"{settings.HOST_PREFIX}apt-sign-up"
KNOWN_DEVICE = f"{settings.HOST_PREFIX}apt-known"
DRAFT = f"{settings.HOST_PREFIX}apt-draft"
ONE_TIME_SECRET = f"{settings.HOST_PREFIX}apt-once"


# Session ----------------------------------------------------------------------------------------
def read_session(request: HttpRequest) -> SessionClaims | None:
    return session_cookies.read(request.COOKIES.get(settings.SESSION_COOKIE))


def set_session(response: HttpResponse, person: CurrentUser) -> None:
    value = session_cookies.make(person)
    set_cookie(response, settings.SESSION_COOKIE, value, max_age=session_cookies.IDLE_LASTS)


def delete_session(response: HttpResponse) -> None:
    delete_cookie(response, settings.SESSION_COOKIE)


def clear_browser(response: HttpResponse) -> None:
    """After signing out on purpose: the browser keeps no page and no draft of the user either."""
    delete_session(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


# Signing in and up ------------------------------------------------------------------------------
def challenge_token(request: HttpRequest) -> str:
    return request.COOKIES.get(CHALLENGE, "")


def set_challenge(response: HttpResponse, token: str) -> None:
    set_cookie(response, CHALLENGE, token, max_age=challenges.LASTS)


def delete_challenge(response: HttpResponse) -> None:
    delete_cookie(response, CHALLENGE)


def read_pending_sign_up(request: HttpRequest) -> PendingSignUp:
    return pending_signup.read(request.COOKIES.get(PENDING_SIGN_UP, ""))


def set_pending_sign_up(response: HttpResponse, pending: PendingSignUp) -> None:
    set_cookie(response, PENDING_SIGN_UP, pending_signup.make(pending), max_age=CONFIRM_WITHIN)


def delete_pending_sign_up(response: HttpResponse) -> None:
    delete_cookie(response, PENDING_SIGN_UP)


def read_known_device(request: HttpRequest) -> KnownDevice:
    return known_devices.read(request.COOKIES.get(KNOWN_DEVICE, ""))


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """After the user of this browser has proved that the address is theirs."""
    value = known_devices.make(read_known_device(request).with_account(email))
    set_cookie(response, KNOWN_DEVICE, value, max_age=known_devices.LASTS_SECONDS)


# Forms ------------------------------------------------------------------------------------------
def read_draft(request: HttpRequest) -> DraftInfo | None:
    return form_drafts.read(request.COOKIES.get(DRAFT, ""))


def set_draft(response: HttpResponse, draft: DraftInfo) -> None:
    set_cookie(response, DRAFT, form_drafts.make(draft), max_age=form_drafts.LASTS)


def delete_draft(response: HttpResponse) -> None:
    delete_cookie(response, DRAFT)


def one_time_secret_token(request: HttpRequest) -> str:
    return request.COOKIES.get(ONE_TIME_SECRET, "")


def set_one_time_secret(response: HttpResponse, token: str) -> None:
    set_cookie(response, ONE_TIME_SECRET, token, max_age=one_time_secrets.LASTS)


def delete_one_time_secret(response: HttpResponse) -> None:
    delete_cookie(response, ONE_TIME_SECRET)


# Appearance -------------------------------------------------------------------------------------
def set_appearance(response: HttpResponse, user_id: str) -> None:
    """Give a browser that has just signed in its user's theme and language.

    Users who never chose keep the browser's settings; e-mails use its language.
    """
    chosen = preferences.follow_browser_language(user_id, get_language() or settings.LANGUAGE_CODE)
    appearance.set_cookies(
        response, theme=chosen.theme, language=chosen.language, clear_unset=False
    )


def adopt_appearance(request: HttpRequest, user_id: str) -> None:
    """Store what a visitor chose before signing up as the choice of their new account."""
    theme, language = appearance.theme(request), appearance.language(request)
    if language or theme != appearance.AUTO:
        preferences.update(user_id, theme=theme, language=language)
