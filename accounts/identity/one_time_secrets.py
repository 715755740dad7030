"""Secrets that a page shows once, such as recovery codes, stored from one request to the next.

The form that creates them redirects, so that reloading creates no more. The browser holds a random
token in a cookie; the secret is encrypted with that token, and deleted by the page that shows it.
"""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from accounts.identity.models import OneTimeSecret
from aptmagic.aws.dynamodb import exists, now

LASTS = timedelta(minutes=10)


def store(user_id: str, kind: str, **values: Any) -> str:
    """Store values to be shown once to this user; returns the token for their browser."""
    token = secrets.token_urlsafe(32)
    text = json.dumps({"kind": kind, **values}).encode()
    OneTimeSecret(
        *_key(user_id, token), text=_cipher(token).encrypt(text), expires_at=now() + LASTS
    ).save()
    return token


def pop(user_id: str, token: str, kind: str) -> dict[str, Any] | None:
    """The stored values, once; None if there are none (any more)."""
    found = OneTimeSecret.find(*_key(user_id, token), consistent=True) if token else None
    if found is None or found.expires_at < now():
        return None
    values: dict[str, Any] = json.loads(_cipher(token).decrypt(found.text))
    return values if values["kind"] == kind and found.delete_if(exists(found)) else None


def _key(user_id: str, token: str) -> tuple[str, str]:
    return OneTimeSecret.key(hashlib.sha256(f"{user_id} {token}".encode()).hexdigest())


def _cipher(token: str) -> Any:
    from cryptography.fernet import Fernet  # few pages need it, and importing it is slow

    digest = hashlib.sha256(f"accounts.identity.one_time_secrets {token}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
