"""Cognito user pools: it speaks Cognito inside and our outcomes and errors outside."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from accounts.errors import AddressTaken, NotConfirmed, SessionEnded, WrongCode, WrongPassword
from accounts.providers import Account, SignedIn
from aptmagic import aws
from aptmagic.errors import Busy, Invalid, Refused, SignInFirst

if TYPE_CHECKING:  # most pages read no token, and start sooner without cryptography
    import jwt

AWAY = "Signing in is not possible at this moment; nothing was changed, please try again."
TOO_OFTEN = "That was too often for now; please wait a minute and try again."
TOO_SIMPLE = "This password will not do: please choose a longer one."
RESET = "Your password has to be set anew before you can sign in."
SECOND_STEP = "This account asks for a second step that these pages do not offer yet."

THROTTLED = {
    "TooManyRequestsException",
    "LimitExceededException",
    "TooManyFailedAttemptsException",
    "ThrottlingException",
}
# Cognito takes fewer things for an address than the mail standards do.
NOBODY = {"UserNotFoundException", "InvalidParameterException"}
MEANINGS: dict[str, Callable[[], Refused]] = {
    "NotAuthorizedException": WrongPassword,
    "UserNotFoundException": WrongPassword,
    "UserNotConfirmedException": NotConfirmed,
    "UsernameExistsException": AddressTaken,
    "CodeMismatchException": WrongCode,
    "ExpiredCodeException": WrongCode,
    "InvalidPasswordException": lambda: Invalid(TOO_SIMPLE, fields={"password": [TOO_SIMPLE]}),
    "PasswordResetRequiredException": lambda: Refused(RESET),
}


class Cognito:
    """A pool whose people sign in with their address; the client is confidential."""

    def sign_up(self, email: str, password: str) -> str:
        with _in_our_words(InvalidParameterException=_unusable_address):
            answer = self._idp.sign_up(
                ClientId=settings.COGNITO_CLIENT_ID,
                SecretHash=_secret_hash(email),
                Username=email,
                Password=password,
                UserAttributes=[{"Name": "email", "Value": email}],
            )
        return str(answer["UserSub"])

    def find(self, email: str) -> Account | None:
        try:
            user = self._idp.admin_get_user(UserPoolId=settings.COGNITO_POOL_ID, Username=email)
        except (ClientError, BotoCoreError) as error:
            if _code(error) in NOBODY:
                return None
            raise _refusal(error) from error
        attributes = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
        return Account(attributes["sub"], confirmed=user["UserStatus"] != "UNCONFIRMED")

    def confirm(self, username: str, code: str) -> None:
        # "Cannot be confirmed, it is already" would tell a stranger that there is an account.
        with _in_our_words(
            NotAuthorizedException=WrongCode,
            UserNotFoundException=WrongCode,
            InvalidParameterException=WrongCode,
        ):
            self._idp.confirm_sign_up(
                ClientId=settings.COGNITO_CLIENT_ID,
                SecretHash=_secret_hash(username),
                Username=username,
                ConfirmationCode=code,
            )

    def resend(self, email: str) -> None:
        try:
            self._idp.resend_confirmation_code(
                ClientId=settings.COGNITO_CLIENT_ID,
                SecretHash=_secret_hash(email),
                Username=email,
            )
        except (ClientError, BotoCoreError) as error:
            if _code(error) not in NOBODY | {"NotAuthorizedException"}:
                raise _refusal(error) from error

    def sign_in(self, email: str, password: str) -> SignedIn:
        with _in_our_words(InvalidParameterException=WrongPassword):
            answer = self._initiate(
                "ADMIN_USER_PASSWORD_AUTH",
                USERNAME=email,
                PASSWORD=password,
                SECRET_HASH=_secret_hash(email),
            )
        return _signed_in(answer)

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        with _in_our_words(NotAuthorizedException=SessionEnded, UserNotFoundException=SessionEnded):
            answer = self._initiate(
                "REFRESH_TOKEN_AUTH",
                REFRESH_TOKEN=refresh_token,
                SECRET_HASH=_secret_hash(username),
            )
        return _signed_in(answer, kept=refresh_token)

    def sign_out(self, refresh_token: str) -> None:
        with _in_our_words():
            self._idp.revoke_token(
                Token=refresh_token,
                ClientId=settings.COGNITO_CLIENT_ID,
                ClientSecret=settings.COGNITO_CLIENT_SECRET,
            )

    def delete(self, user_id: str) -> None:
        try:
            self._idp.admin_delete_user(UserPoolId=settings.COGNITO_POOL_ID, Username=user_id)
        except (ClientError, BotoCoreError) as error:
            if _code(error) not in NOBODY:
                raise _refusal(error) from error

    def bearer(self, access_token: str) -> str:
        import jwt

        try:
            claims = self._claims(access_token)
        except jwt.PyJWKClientConnectionError as error:
            raise Busy(AWAY) from error
        except jwt.PyJWTError as error:
            raise SignInFirst("This access token is not valid, or it has expired.") from error
        ours = claims.get("client_id") == settings.COGNITO_CLIENT_ID
        if not ours or claims["token_use"] != "access":  # noqa: S105  a kind
            raise SignInFirst("This token is not an access token of this site.")
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        import jwt

        key = self._keys.get_signing_key(jwt.get_unverified_header(token).get("kid", ""))
        required = ["exp", "iss", "sub", "token_use"]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=_issuer(),
            options={"require": required, "verify_aud": False},
        )
        return claims

    @property
    def _idp(self) -> Any:
        return aws.client("cognito-idp")

    @cached_property
    def _keys(self) -> "jwt.PyJWKClient":
        """Kept for an hour; an unknown key id asks again, at most twice a minute."""
        import jwt

        return jwt.PyJWKClient(f"{_key_host()}/.well-known/jwks.json", lifespan=3600, timeout=3)

    def _initiate(self, flow: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._idp.admin_initiate_auth(
            UserPoolId=settings.COGNITO_POOL_ID,
            ClientId=settings.COGNITO_CLIENT_ID,
            AuthFlow=flow,
            AuthParameters=parameters,
        )
        return answer


def _unusable_address() -> Refused:
    sentence = "This e-mail address cannot be used here; please take another one."
    return Invalid(sentence, fields={"email": [sentence]})


def _secret_hash(username: str) -> str:
    message = (username + settings.COGNITO_CLIENT_ID).encode()
    key = settings.COGNITO_CLIENT_SECRET.encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _signed_in(answer: dict[str, Any], *, kept: str | None = None) -> SignedIn:
    """`kept` is the refresh token used, which stays good unless Cognito hands out another."""
    import jwt

    tokens = answer.get("AuthenticationResult")
    if not tokens:
        raise Refused(SECOND_STEP)
    # It came from Cognito itself just now; signatures are for tokens that strangers bring.
    claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
    return SignedIn(
        user_id=claims["sub"],
        username=claims.get("cognito:username", claims["sub"]),
        email=claims.get("email", ""),
        groups=tuple(claims.get("cognito:groups", ())),
        refresh_token=tokens.get("RefreshToken") or kept or "",
    )


def _issuer() -> str:
    region = settings.COGNITO_POOL_ID.split("_")[0]
    return f"https://cognito-idp.{region}.amazonaws.com/{settings.COGNITO_POOL_ID}"


def _key_host() -> str:
    """Where the pool publishes its keys: at its issuer, or at whoever answers for AWS."""
    if settings.AWS_ENDPOINT_URL:
        return f"{settings.AWS_ENDPOINT_URL}/{settings.COGNITO_POOL_ID}"
    return _issuer()


@contextmanager
def _in_our_words(**special: Callable[[], Refused]) -> Iterator[None]:
    """Turn Cognito's errors into ours; `special` says what one of them means for this call."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        meaning = special.get(_code(error))
        raise meaning() if meaning else _refusal(error) from error


def _refusal(error: ClientError | BotoCoreError) -> Exception:
    """What we say of an error; one that is our own mistake rises as it is."""
    code = _code(error)
    if code in THROTTLED or "attempts exceeded" in str(error):
        return Busy(TOO_OFTEN, retry_after=60)
    if isinstance(error, BotoCoreError) or code == "InternalErrorException":
        return Busy(AWAY, retry_after=5)
    return MEANINGS[code]() if code in MEANINGS else error


def _code(error: ClientError | BotoCoreError) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
