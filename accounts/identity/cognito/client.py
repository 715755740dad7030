"""The identity provider for Cognito user pools."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import (
    AddressTaken,
    ChallengeExpired,
    SessionCopied,
    SessionEnded,
    WrongCode,
    WrongCurrentPassword,
    WrongPassword,
)
from accounts.identity.cognito import errors
from accounts.identity.cognito.protocol import (
    Account,
    Challenge,
    ChallengeKind,
    NewAccount,
    SignedIn,
)
from aptmagic.aws import clients
from aptmagic.errors import Refused

if TYPE_CHECKING:  # few pages read tokens, and importing cryptography is slow
    from accounts.identity.jwt_verification import Verifier

TOTP = "SOFTWARE_TOKEN_MFA"
NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105  a challenge
KINDS: dict[str, ChallengeKind] = {TOTP: "totp", NEW_PASSWORD: "new-password"}


class CognitoIdentityProvider:
    """A pool in which users sign in with their address. The app client has a secret."""

    def sign_up(self, email: str, password: str) -> NewAccount:
        with errors.translate_errors(InvalidParameterException=errors.unusable_address):
            answer = self._idp.sign_up(
                **self._for(email),
                Password=password,
                UserAttributes=[{"Name": "email", "Value": email}],
            )
        return NewAccount(str(answer["UserSub"]), answer.get("Session", ""))

    def find(self, username: str) -> Account | None:
        try:
            user = self._idp.admin_get_user(**self._in_pool(username))
        except (ClientError, BotoCoreError) as error:
            if errors.error_code(error) in errors.NO_SUCH_USER:
                return None
            raise errors.to_refusal(error) from error
        attributes = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
        return Account(
            attributes["sub"],
            confirmed=user["UserStatus"] != "UNCONFIRMED",
            totp=TOTP in user.get("UserMFASettingList", ()),
            federated=user["UserStatus"] == "EXTERNAL_PROVIDER",
            email=attributes.get("email", "").lower(),
        )

    def confirm_sign_up(self, username: str, code: str, session: str = "") -> str:
        # "Already confirmed" would reveal that there is an account.
        with errors.translate_errors(
            NotAuthorizedException=WrongCode,
            UserNotFoundException=WrongCode,
            InvalidParameterException=WrongCode,
            **dict.fromkeys(errors.GUESSED_TOO_OFTEN, WrongCode),
        ):
            answer = self._confirm_sign_up(session, **self._for(username), ConfirmationCode=code)
        return str(answer.get("Session", ""))

    def sign_in_confirmed(self, user_id: str, session: str) -> SignedIn:
        """Cognito accepts the code of ConfirmSignUp as the first factor: SignUp returns a Session
        for ConfirmSignUp, which returns one for AdminInitiateAuth with USER_AUTH.

        Source: the members `Session` of these calls in the API reference (and in botocore's
        service-2.json); the whole sequence with its calls: github.com/aws/aws-sdk-js-v3/issues/6724
        """
        with errors.translate_errors(
            NotAuthorizedException=ChallengeExpired,
            UserNotFoundException=ChallengeExpired,
            UserNotConfirmedException=ChallengeExpired,
            PasswordResetRequiredException=ChallengeExpired,
            InvalidParameterException=ChallengeExpired,
        ):
            answer = self._idp.admin_initiate_auth(
                **self._client(),
                AuthFlow="USER_AUTH",
                AuthParameters={"USERNAME": user_id, "SECRET_HASH": _secret_hash(user_id)},
                Session=session,
            )
        if tokens := answer.get("AuthenticationResult"):
            return _signed_in(tokens)
        raise ChallengeExpired

    def resend_code(self, email: str) -> None:
        with errors.ignore_errors(
            errors.NO_SUCH_USER | errors.ASKED_TOO_OFTEN | {"NotAuthorizedException"}
        ):
            self._idp.resend_confirmation_code(**self._for(email))

    def sign_in(self, username: str, password: str) -> SignedIn | Challenge:
        with errors.translate_errors(
            InvalidParameterException=WrongPassword, **{errors.LOCKED_OUT: WrongPassword}
        ):
            answer = self._idp.admin_initiate_auth(
                **self._client(),
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={
                    "USERNAME": username,
                    "PASSWORD": password,
                    "SECRET_HASH": _secret_hash(username),
                },
            )
        return _outcome(answer, username)

    def answer_totp(self, challenge: Challenge, code: str) -> SignedIn | Challenge:
        return self._answer(TOTP, challenge, SOFTWARE_TOKEN_MFA_CODE=code)

    def answer_new_password(self, challenge: Challenge, password: str) -> SignedIn | Challenge:
        return self._answer(NEW_PASSWORD, challenge, NEW_PASSWORD=password)

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        with errors.translate_errors(
            NotAuthorizedException=SessionEnded,
            UserNotFoundException=SessionEnded,
            RefreshTokenReuseException=SessionCopied,
        ):
            answer = self._idp.get_tokens_from_refresh_token(
                RefreshToken=refresh_token,
                ClientId=settings.COGNITO_CLIENT_ID,
                ClientSecret=settings.COGNITO_CLIENT_SECRET,
            )
        return _signed_in(answer["AuthenticationResult"], used=refresh_token)

    def sign_out(self, refresh_token: str) -> None:
        with errors.translate_errors():
            self._idp.revoke_token(
                Token=refresh_token,
                ClientId=settings.COGNITO_CLIENT_ID,
                ClientSecret=settings.COGNITO_CLIENT_SECRET,
            )

    def sign_out_everywhere(self, user_id: str) -> None:
        with errors.ignore_errors(errors.NO_SUCH_USER):
            self._idp.admin_user_global_sign_out(**self._in_pool(user_id))

    def request_password_reset(self, email: str) -> None:
        # Accounts that are unconfirmed or locked are sent nothing.
        with errors.ignore_errors(
            errors.NO_SUCH_USER
            | errors.ASKED_TOO_OFTEN
            | {"NotAuthorizedException", "UserNotConfirmedException"}
        ):
            self._idp.forgot_password(**self._for(email))

    def reset_password(self, email: str, code: str, password: str) -> None:
        with errors.translate_errors(
            NotAuthorizedException=WrongCode,
            UserNotFoundException=WrongCode,
            UserNotConfirmedException=WrongCode,
            InvalidParameterException=WrongCode,
            **dict.fromkeys(errors.GUESSED_TOO_OFTEN, WrongCode),
        ):
            self._idp.confirm_forgot_password(
                **self._for(email), ConfirmationCode=code, Password=password
            )

    def set_password(self, user_id: str, password: str) -> None:
        with errors.translate_errors():
            self._idp.admin_set_user_password(
                **self._in_pool(user_id), Password=password, Permanent=True
            )

    def change_password(self, access_token: str, old: str, new: str) -> None:
        # InvalidParameterException: too long to be anybody's password.
        with errors.translate_token_errors(
            NotAuthorizedException=WrongCurrentPassword,
            InvalidParameterException=WrongCurrentPassword,
        ):
            self._idp.change_password(
                AccessToken=access_token, PreviousPassword=old, ProposedPassword=new
            )

    def change_email(self, access_token: str, email: str) -> None:
        # Cognito counts requests only for addresses that can have a code.
        with errors.translate_token_errors(
            AliasExistsException=AddressTaken,
            InvalidParameterException=errors.unusable_address,
            **dict.fromkeys(errors.ASKED_TOO_OFTEN, AddressTaken),
        ):
            self._idp.update_user_attributes(
                AccessToken=access_token, UserAttributes=[{"Name": "email", "Value": email}]
            )

    def verify_email(self, access_token: str, code: str) -> None:
        with errors.translate_token_errors(
            AliasExistsException=WrongCode,
            InvalidParameterException=WrongCode,
            **dict.fromkeys(errors.GUESSED_TOO_OFTEN, WrongCode),
        ):
            self._idp.verify_user_attribute(
                AccessToken=access_token, AttributeName="email", Code=code
            )

    def create_totp_secret(self, access_token: str) -> str:
        with errors.translate_token_errors():
            answer = self._idp.associate_software_token(AccessToken=access_token)
        return str(answer["SecretCode"])

    def enroll_totp(self, access_token: str, code: str) -> None:
        with errors.translate_token_errors(
            EnableSoftwareTokenMFAException=WrongCode,
            SoftwareTokenMFANotFoundException=WrongCode,
            InvalidParameterException=WrongCode,
        ):
            answer = self._idp.verify_software_token(AccessToken=access_token, UserCode=code)
        if answer["Status"] != "SUCCESS":
            raise WrongCode
        with errors.translate_token_errors():
            self._idp.set_user_mfa_preference(
                AccessToken=access_token,
                SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
            )

    def disable_totp(self, user_id: str) -> None:
        self._prefer_totp(user_id, Enabled=False, PreferredMfa=False)

    def enable_totp(self, user_id: str) -> None:
        self._prefer_totp(user_id, Enabled=True, PreferredMfa=True)

    def delete_user(self, user_id: str) -> None:
        with errors.ignore_errors(errors.NO_SUCH_USER):
            self._idp.admin_delete_user(**self._in_pool(user_id))

    def erase_user(self, user_id: str) -> None:
        # Cognito knows federated users by a user name that is not their id.
        with errors.translate_errors():
            found = self._idp.list_users(
                UserPoolId=settings.COGNITO_POOL_ID, Filter=f'sub = "{user_id}"'
            )
        for username in {user_id, *(user["Username"] for user in found["Users"])}:
            self.delete_user(username)

    def verify_access_token(self, access_token: str) -> str:
        from accounts.identity.jwt_verification import KeysUnavailable

        try:
            return str(self.verifier.access(access_token)["sub"])
        except KeysUnavailable as error:
            raise errors.unavailable() from error

    @cached_property
    def verifier(self) -> "Verifier":
        from accounts.identity.jwt_verification import KeySet, Verifier

        keys = KeySet(f"{_key_host()}/.well-known/jwks.json")
        return Verifier(_issuer(), settings.COGNITO_CLIENT_ID, keys)

    @property
    def _idp(self) -> Any:
        return clients.client("cognito-idp")

    def _client(self) -> dict[str, str]:
        return {"UserPoolId": settings.COGNITO_POOL_ID, "ClientId": settings.COGNITO_CLIENT_ID}

    def _in_pool(self, username: str) -> dict[str, str]:
        return {"UserPoolId": settings.COGNITO_POOL_ID, "Username": username}

    def _for(self, username: str) -> dict[str, str]:
        """Arguments of calls that are authorised by the client's secret."""
        return {
            "ClientId": settings.COGNITO_CLIENT_ID,
            "SecretHash": _secret_hash(username),
            "Username": username,
        }

    def _confirm_sign_up(self, session: str, **arguments: str) -> dict[str, Any]:
        """With the session while it is valid (minutes), else without it (a code lasts a day)."""
        if session:
            try:
                answer: dict[str, Any] = self._idp.confirm_sign_up(**arguments, Session=session)
            except ClientError as error:
                if errors.error_code(error) not in errors.SESSION_OVER:
                    raise
            else:
                return answer
        answer = self._idp.confirm_sign_up(**arguments)
        return answer

    def _answer(self, name: str, challenge: Challenge, **arguments: str) -> SignedIn | Challenge:
        with errors.translate_errors(
            NotAuthorizedException=ChallengeExpired,
            UserNotFoundException=ChallengeExpired,
            SoftwareTokenMFANotFoundException=ChallengeExpired,
            InvalidParameterException=WrongCode if name == TOTP else errors.too_simple,
        ):
            answer = self._idp.admin_respond_to_auth_challenge(
                **self._client(),
                ChallengeName=name,
                Session=challenge.session,
                ChallengeResponses={
                    "USERNAME": challenge.username,
                    "SECRET_HASH": _secret_hash(challenge.username),
                    **arguments,
                },
            )
        return _outcome(answer, challenge.username)

    def _prefer_totp(self, user_id: str, **settings_: bool) -> None:
        with errors.translate_errors():
            self._idp.admin_set_user_mfa_preference(
                **self._in_pool(user_id), SoftwareTokenMfaSettings=settings_
            )


def _secret_hash(username: str) -> str:
    message = (username + settings.COGNITO_CLIENT_ID).encode()
    key = settings.COGNITO_CLIENT_SECRET.encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _outcome(answer: dict[str, Any], username: str) -> SignedIn | Challenge:
    if tokens := answer.get("AuthenticationResult"):
        return _signed_in(tokens)
    if (name := answer["ChallengeName"]) not in KINDS:
        raise Refused(_("This account uses a verification method we don’t support."))
    username = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", username)
    return Challenge(KINDS[name], username, answer["Session"])


def _signed_in(tokens: dict[str, Any], *, used: str = "") -> SignedIn:
    """`used` is the refresh token used, which stays valid unless Cognito returns another."""
    import jwt

    # It comes directly from Cognito, so its signature needs no check.
    claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
    return SignedIn(
        user_id=claims["sub"],
        username=claims.get("cognito:username", claims["sub"]),
        email=claims.get("email", ""),
        groups=tuple(claims.get("cognito:groups", ())),
        refresh_token=tokens.get("RefreshToken") or used,
        access_token=tokens["AccessToken"],
        auth_time=datetime.fromtimestamp(claims.get("auth_time", 0), UTC),
    )


def _issuer() -> str:
    region = settings.COGNITO_POOL_ID.split("_")[0]
    return f"https://cognito-idp.{region}.amazonaws.com/{settings.COGNITO_POOL_ID}"


def _key_host() -> str:
    """Where the pool publishes its keys: at its issuer, or at the embedded cloud."""
    if settings.AWS_ENDPOINT_URL:
        return f"{settings.AWS_ENDPOINT_URL}/{settings.COGNITO_POOL_ID}"
    return _issuer()
