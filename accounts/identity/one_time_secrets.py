"""What a page shows once, such as recovery codes: kept between a form and the page after it.

The form redirects, so that reloading does nothing again. The browser holds a random word in a
cookie; what is to be shown is kept for some minutes, encrypted with that word, and deleted by the
page that shows it.
"""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from accounts.http import SignedInRequest
from accounts.identity.models import OneTimeSecret
from aptmagic.aws.dynamodb import exists, now
from aptmagic.web import cookies

COOKIE = f"{settings.HOST_PREFIX}apt-once"
LASTS = timedelta(minutes=10)


def store(response: HttpResponse, user_id: str, kind: str, **what: Any) -> None:
    """Have it shown once, to this person in this browser."""
    word = secrets.token_urlsafe(32)
    text = json.dumps({"kind": kind, **what}).encode()
    OneTimeSecret(
        *_key(user_id, word), text=_cipher(word).encrypt(text), expires_at=now() + LASTS
    ).save()
    cookies.set_cookie(response, COOKIE, word, max_age=LASTS)


def pop(request: SignedInRequest, kind: str) -> dict[str, Any] | None:
    """What was kept, and never again; None when there is nothing (any more)."""
    word = request.COOKIES.get(COOKIE, "")
    key = _key(request.user.id, word)
    found = OneTimeSecret.find(*key, consistent=True) if word else None
    if found is None or found.expires_at < now():
        return None
    what: dict[str, Any] = json.loads(_cipher(word).decrypt(found.text))
    return what if what["kind"] == kind and found.delete_if(exists(found)) else None


def delete_cookie(response: HttpResponse) -> None:
    cookies.delete_cookie(response, COOKIE)


def _key(user_id: str, word: str) -> tuple[str, str]:
    return OneTimeSecret.key(hashlib.sha256(f"{user_id} {word}".encode()).hexdigest())


def _cipher(word: str) -> Any:
    from cryptography.fernet import Fernet  # most pages show nothing once, and start sooner

    digest = hashlib.sha256(f"accounts.identity.one_time_secrets {word}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
