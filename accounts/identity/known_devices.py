"""Browsers that an account has been used with before, by a signed cookie that says so.

Guessing at a password from anywhere uses up what strangers may try, and not what its owner may:
their browser has a count of its own. Whoever signs in without such a cookie is told of by letter.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from aptmagic.web import cookies

COOKIE = f"{settings.HOST_PREFIX}apt-known"
SALT = "accounts.identity.known_devices"
LASTS_SECONDS = 180 * 86_400
# The people who share a browser at home; the newest push the oldest out.
MAX_ACCOUNTS = 8


def device_id(request: HttpRequest, email: str) -> str | None:
    """The name of this browser for this account; None for an account not used with it before."""
    return _names(request).get(_account(email))


def is_known(request: HttpRequest) -> bool:
    """Whether anybody has signed in with this browser before."""
    return bool(_names(request))


def set_cookie(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Whoever uses this browser has just shown that the address is theirs."""
    account, names = _account(email), _names(request)
    name = names.pop(account, None) or secrets.token_urlsafe(9)
    kept = dict([*names.items(), (account, name)][-MAX_ACCOUNTS:])
    cookies.set_cookie(response, COOKIE, signing.dumps(kept, salt=SALT), max_age=LASTS_SECONDS)


def _names(request: HttpRequest) -> dict[str, str]:
    try:
        names: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS_SECONDS
        )
    except signing.BadSignature:
        return {}
    return names


def _account(email: str) -> str:
    return salted_hmac(SALT, email.casefold(), algorithm="sha256").hexdigest()[:16]
