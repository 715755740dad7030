"""Translates Cognito's errors into ours, which never reveal whether an account exists."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from django.utils.translation import gettext as _

from accounts.errors import (
    AddressTaken,
    NotConfirmed,
    PasswordResetRequired,
    SessionEnded,
    WrongCode,
    WrongPassword,
)
from aptmagic.errors import Busy, Invalid, Refused

THROTTLED = {
    "TooManyRequestsException",
    "LimitExceededException",
    "TooManyFailedAttemptsException",
    "ThrottlingException",
    "ConcurrentModificationException",
}
# Cognito counts these per account, so they would reveal that it exists. Our own rate limits count
# by address for everybody.
ASKED_TOO_OFTEN = {"LimitExceededException"}
GUESSED_TOO_OFTEN = {"LimitExceededException", "TooManyFailedAttemptsException"}
# Among other things, its answers to an expired session.
SESSION_OVER = {"NotAuthorizedException", "InvalidParameterException"}
LOCKED_OUT = "after too many wrong passwords"
# Cognito accepts fewer addresses than the e-mail standards do.
NO_SUCH_USER = {"UserNotFoundException", "InvalidParameterException"}


@contextmanager
def translate_errors(**special: Callable[[], Refused]) -> Iterator[None]:
    """Raise our errors for Cognito's. `special` maps error codes for this call."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise to_refusal(error, special) from error


@contextmanager
def translate_token_errors(**special: Callable[[], Refused]) -> Iterator[None]:
    """As above, for calls with an access token: NotAuthorizedException may be about the token."""
    try:
        with translate_errors(**{"NotAuthorizedException": SessionEnded, **special}):
            yield
    except Refused as refused:
        if _is_about_the_token(refused.__cause__):
            raise SessionEnded from refused.__cause__
        raise


def _is_about_the_token(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return False
    gone = error_code(error) in ("UserNotFoundException", "UserNotConfirmedException")
    mentions_token = "token" in error.response["Error"].get("Message", "").lower()
    return gone or (error_code(error) == "NotAuthorizedException" and mentions_token)


@contextmanager
def ignore_errors(codes: set[str]) -> Iterator[None]:
    """These errors mean that there is nothing to do."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if error_code(error) not in codes:
            raise to_refusal(error) from error


def to_refusal(
    error: ClientError | BotoCoreError, special: dict[str, Callable[[], Refused]] | None = None
) -> Exception:
    """Our error for Cognito's. One that points to a bug is returned unchanged."""
    code = error_code(error)
    meaning = (special or {}).get(code) or MEANINGS.get(code)
    if meaning is None and code in THROTTLED:
        return too_often()
    if code in ("", "InternalErrorException"):
        return unavailable()
    return meaning() if meaning else error


def error_code(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ParamValidationError):
        return "InvalidParameterException"  # too short or too long, found by botocore
    if not isinstance(error, ClientError):
        return ""
    details = error.response["Error"]
    return (
        LOCKED_OUT if "attempts exceeded" in details.get("Message", "").lower() else details["Code"]
    )


def unavailable() -> Refused:
    sentence = _("Sign-in isn’t available right now. Nothing was changed. Please try again.")
    return Busy(sentence, retry_after=5)


def too_often() -> Refused:
    sentence = _("Too many attempts. Wait a minute and try again.")
    return Busy(sentence, retry_after=60)


def unusable_address() -> Refused:
    sentence = _("This e-mail address can’t be used here. Try another one.")
    return Invalid(sentence, fields={"email": [sentence]})


def too_simple() -> Refused:
    sentence = _("This password isn’t strong enough. Choose a longer one.")
    return Invalid(sentence, fields={"password": [sentence]})


def used_before() -> Refused:
    sentence = _("You’ve used this password before. Choose another one.")
    return Invalid(sentence, fields={"password": [sentence]})


MEANINGS: dict[str, Callable[[], Refused]] = {
    "NotAuthorizedException": WrongPassword,
    "UserNotFoundException": WrongPassword,
    "UserNotConfirmedException": NotConfirmed,
    "UsernameExistsException": AddressTaken,
    "AliasExistsException": AddressTaken,
    "CodeMismatchException": WrongCode,
    "ExpiredCodeException": WrongCode,
    "InvalidPasswordException": too_simple,
    "PasswordHistoryPolicyViolationException": used_before,
    "PasswordResetRequiredException": PasswordResetRequired,
    LOCKED_OUT: too_often,
}
