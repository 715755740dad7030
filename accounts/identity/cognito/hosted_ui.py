"""Cognito's hosted UI, on stages that have it: OAuth code flow with PKCE and nonce."""

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
from aptmagic.errors import Busy, Refused
from aptmagic.service_backends import load_backend

logger = logging.getLogger(__name__)

# The last one allows users to change their account at Cognito on our pages.
SCOPES = "openid email aws.cognito.signin.user.admin"
TIMEOUT = urllib3.Timeout(connect=2, read=10)


class HostedUI(Protocol):
    """External sign-in pages, which redirect the browser back with a code."""

    def address(self, *, back: str, state: str, nonce: str, verifier: str, provider: str) -> str:
        """The authorization URL; `provider` is a federated provider, or "" to choose there."""

    def redeem(self, code: str, *, back: str, nonce: str, verifier: str) -> SignedIn:
        """Exchange the code for tokens. Raises ChallengeExpired if it is invalid; Busy."""


def hosted_ui() -> HostedUI | None:
    """None on a stage without one."""
    return cast(HostedUI, load_backend("HOSTED_UI")) if settings.HOSTED_UI else None


class CognitoHostedUI:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def address(self, *, back: str, state: str, nonce: str, verifier: str, provider: str) -> str:
        query = {
            "response_type": "code",
            "client_id": settings.COGNITO_CLIENT_ID,
            "redirect_uri": back,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            # Signing out here does not sign out there, so always ask for credentials.
            "prompt": "login",
            "code_challenge_method": "S256",
            "code_challenge": pkce_challenge(verifier),
            **({"identity_provider": provider} if provider else {}),
        }
        return f"{self._base}/oauth2/authorize?{urlencode(query)}"

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
            raise _unavailable() from error
        except Refused as error:
            logger.warning("the hosted UI returned an unexpected token: %r", error)
            raise ChallengeExpired from error
        return SignedIn(
            user_id=claims["sub"],
            username=claims.get("cognito:username", claims["sub"]),
            # Unverified addresses get no e-mail.
            email=claims.get("email", "") if _is_true(claims.get("email_verified")) else "",
            groups=tuple(claims.get("cognito:groups", ())),
            refresh_token=tokens["refresh_token"],
            access_token=tokens["access_token"],
            auth_time=datetime.fromtimestamp(claims.get("auth_time", 0), UTC),
        )

    def _tokens(self, **query: str) -> dict[str, Any]:
        secret = f"{settings.COGNITO_CLIENT_ID}:{settings.COGNITO_CLIENT_SECRET}"
        try:
            answer = self._http.request_encode_body(
                "POST",
                f"{self._base}/oauth2/token",
                fields=query,
                encode_multipart=False,
                headers=urllib3.make_headers(basic_auth=secret),
            )
            tokens: dict[str, Any] = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise _unavailable() from error
        if answer.status == 200:
            return tokens
        if answer.status >= 500 or answer.status == 429:
            raise _unavailable()
        if tokens.get("error") == "invalid_grant":
            raise ChallengeExpired
        raise RuntimeError(f"the hosted UI refused our request: {tokens.get('error')}")

    @property
    def _base(self) -> str:
        """The hosted UI, or the embedded cloud."""
        return settings.AWS_ENDPOINT_URL or self._url


def pkce_challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _verifier() -> Any:
    from accounts.identity.cognito import client

    return cast(client.CognitoIdentityProvider, load_backend("IDENTITY_PROVIDER")).verifier


def _is_true(value: Any) -> bool:
    """Some providers send booleans as text."""
    return value is True or value == "true"


def _unavailable() -> Refused:
    sentence = _("Sign-in isn’t available right now. Nothing was changed. Please try again.")
    return Busy(sentence, retry_after=5)
