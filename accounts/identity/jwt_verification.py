"""Verifies JWTs sent by clients: signed by our user pool, for our client, for this use.

Only RS256. The key id of a token selects one of the keys that the pool publishes; URLs in a token
are ignored.
"""

import json
import threading
import time
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener

import jwt
from django.utils.translation import gettext as _

from aptmagic.errors import SignInRequired

ALGORITHM = "RS256"
MAX_LENGTH = 8192  # Cognito's tokens have about a quarter of that
LEEWAY = 5  # seconds, for clocks that differ
# Of the pool's keys, in seconds.
CACHE_SECONDS = 3600
LOOKUP_INTERVAL = 30  # an unknown key id may be a new key, or forged
TIMEOUT = 3
REQUIRED = ["exp", "iat", "iss", "sub", "token_use"]


class KeysUnavailable(Exception):
    """The pool's keys can't be read, so a token can be neither accepted nor refused."""


class Verifier:
    """Verifies tokens of one pool for one client."""

    def __init__(self, issuer: str, client_id: str, keys: "KeySet") -> None:
        self._issuer, self._client_id, self._keys = issuer, client_id, keys

    def access(self, token: str) -> dict[str, Any]:
        """Raises SignInRequired, KeysUnavailable."""
        claims = self._claims(token, use="access")
        if claims.get("client_id") != self._client_id:
            raise _refused("it was made for another client")
        return claims

    def identity(self, token: str, *, nonce: str) -> dict[str, Any]:
        """An id token, answering the request that had this nonce. Raises SignInRequired,
        KeysUnavailable."""
        claims = self._claims(token, use="id", audience=self._client_id)
        if not nonce or claims.get("nonce") != nonce:
            raise _refused("it answers another request")
        return claims

    def _claims(self, token: str, *, use: str, audience: str | None = None) -> dict[str, Any]:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise _refused("it is no token")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(token),
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=audience,
                leeway=LEEWAY,
                options={"require": REQUIRED, "verify_aud": audience is not None},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise _refused(type(error).__name__) from error
        if claims["token_use"] != use or not claims["sub"]:
            raise _refused("it is for another use")
        return claims

    def _key(self, token: str) -> jwt.PyJWK:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or "crit" in header:
            raise _refused("its header asks for something else")
        key = self._keys.get(header.get("kid"))
        if key is None:
            raise _refused("nobody knows its key")
        return key


class KeySet:
    """The signing keys that a pool publishes, cached for an hour.

    An unknown key id triggers at most one request in 30 seconds. PyJWT's PyJWKClient (2.15) is no
    substitute: it refuses a new key for 30 seconds after any fetch, makes valid tokens wait for
    the look-up of a forged one, and reports an unreadable answer like an unknown key.
    """

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"{url} is not an http or https URL")
        self._url = url
        self._known: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._looked_up_at = float("-inf")
        self._is_failing = False
        self._lock = threading.Lock()

    def get(self, kid: Any) -> jwt.PyJWK | None:
        """The key with this id; None if the pool has none. Raises KeysUnavailable."""
        if not isinstance(kid, str):
            return None
        if self._age(self._fetched_at) > CACHE_SECONDS:
            self._fetch(unless_since=self._fetched_at)
        if kid not in self._known and self._age(self._looked_up_at) > LOOKUP_INTERVAL:
            before, self._looked_up_at = self._fetched_at, time.monotonic()
            self._fetch(unless_since=before)
        if kid not in self._known and self._is_failing:
            raise KeysUnavailable  # it may be a new key
        return self._known.get(kid)

    def _fetch(self, *, unless_since: float) -> None:
        with self._lock:
            if self._fetched_at != unless_since:
                return  # another thread has just fetched them
            self._is_failing = True
            try:
                with _opener().open(self._url, timeout=TIMEOUT) as answer:
                    published = json.load(answer)["keys"]
                self._known = dict(_usable(published))
            except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
                raise KeysUnavailable from error
            self._is_failing = False
            self._fetched_at = time.monotonic()

    @staticmethod
    def _age(moment: float) -> float:
        return time.monotonic() - moment


def _usable(published: Any) -> Any:
    """RSA keys that sign with RS256; a pool publishes no others."""
    for entry in published:
        if entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig" and "kid" in entry:
            yield entry["kid"], jwt.PyJWK(entry, algorithm=ALGORITHM)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        """The keys come from the pool's own URL only."""


def _opener() -> OpenerDirector:
    return build_opener(_NoRedirects)


def _refused(why: str) -> SignInRequired:
    # `why` is for tracebacks only.
    refused = SignInRequired(_("This access token is invalid or has expired."))
    refused.add_note(why)
    return refused
