"""Cognito's own sign-in pages, where a stage has them: a code comes back, and is changed for tokens
on our side, by who knows the client's secret and the word (PKCE) the code was asked with.
"""

import base64
import hashlib
import logging
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from urllib.parse import urlencode

import urllib3
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import ChallengeExpired
from accounts.identity.cognito.protocol import SignedIn
from aptmagic.backends import load_backend
from aptmagic.errors import Busy, Refused

logger = logging.getLogger(__name__)

# The last lets people change on our pages what is theirs at Cognito.
SCOPES = "openid email aws.cognito.signin.user.admin"
PATIENCE = urllib3.Timeout(connect=2, read=10)


class HostedUI(Protocol):
    """Sign-in pages of somebody else, to which a browser goes and from which it comes back."""

    def address(self, *, back: str, state: str, nonce: str, verifier: str, provider: str) -> str:
        """Where to send the browser; `provider` is who is to vouch, or "" to choose there."""

    def redeem(self, code: str, *, back: str, nonce: str, verifier: str) -> SignedIn:
        """Raises ChallengeExpired for a code that is not good, or not good here; Busy."""


def hosted_ui() -> HostedUI | None:
    """None where a stage has none."""
    return cast(HostedUI, load_backend("HOSTED_UI")) if settings.HOSTED_UI else None


class CognitoHostedUI:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE)

    def address(self, *, back: str, state: str, nonce: str, verifier: str, provider: str) -> str:
        said = {
            "response_type": "code",
            "client_id": settings.COGNITO_CLIENT_ID,
            "redirect_uri": back,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            # Whoever was let in there before us, and signed out here, is not let in by that.
            "prompt": "login",
            "code_challenge_method": "S256",
            "code_challenge": pkce_challenge(verifier),
            **({"identity_provider": provider} if provider else {}),
        }
        return f"{self._base}/oauth2/authorize?{urlencode(said)}"

    def redeem(self, code: str, *, back: str, nonce: str, verifier: str) -> SignedIn:
        from accounts.identity.jwt_verification import KeysUnavailable

        tokens = self._tokens(
            grant_type="authorization_code",
            client_id=settings.COGNITO_CLIENT_ID,
            redirect_uri=back,
            code=code,
            code_verifier=verifier,
        )
        try:
            claims = _verifier().identity(tokens["id_token"], nonce=nonce)
        except KeysUnavailable as error:
            raise _away() from error
        except Refused as error:
            logger.warning("a token of the sign-in pages is not what was asked for: %r", error)
            raise ChallengeExpired from error
        return SignedIn(
            user_id=claims["sub"],
            username=claims.get("cognito:username", claims["sub"]),
            # Nobody is written to at an address that is only said to be theirs.
            email=claims.get("email", "") if _is_true(claims.get("email_verified")) else "",
            groups=tuple(claims.get("cognito:groups", ())),
            refresh_token=tokens["refresh_token"],
            access_token=tokens["access_token"],
            auth_time=datetime.fromtimestamp(claims.get("auth_time", 0), UTC),
        )

    def _tokens(self, **said: str) -> dict[str, Any]:
        secret = f"{settings.COGNITO_CLIENT_ID}:{settings.COGNITO_CLIENT_SECRET}"
        try:
            answer = self._http.request_encode_body(
                "POST",
                f"{self._base}/oauth2/token",
                fields=said,
                encode_multipart=False,
                headers=urllib3.make_headers(basic_auth=secret),
            )
            tokens: dict[str, Any] = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise _away() from error
        if answer.status == 200:
            return tokens
        if answer.status >= 500 or answer.status == 429:
            raise _away()
        if tokens.get("error") == "invalid_grant":
            raise ChallengeExpired
        raise RuntimeError(f"the sign-in pages say {tokens.get('error')}")  # our own mistake

    @property
    def _base(self) -> str:
        """Where they are, or whoever answers for AWS."""
        return settings.AWS_ENDPOINT_URL or self._url


def pkce_challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _verifier() -> Any:
    from accounts.identity.cognito import client

    return cast(client.CognitoIdentityProvider, load_backend("IDENTITY_PROVIDER")).verifier


def _is_true(said: Any) -> bool:
    """Some providers' words for it reach the token as text."""
    return said is True or said == "true"


def _away() -> Refused:
    sentence = _("Sign-in isn’t available right now. Nothing was changed. Please try again.")
    return Busy(sentence, retry_after=5)
