"""What Cognito's errors mean to us: refusals in our words, which tell nobody of anybody."""

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
# Cognito counts these by person, so that they would tell a person from nobody. We count, too, by
# address, and say it to everybody.
ASKED_TOO_OFTEN = {"LimitExceededException"}
GUESSED_TOO_OFTEN = {"LimitExceededException", "TooManyFailedAttemptsException"}
# What it says of a session that has ended, and of other things besides.
SESSION_OVER = {"NotAuthorizedException", "InvalidParameterException"}
LOCKED_OUT = "after too many wrong passwords"
# Cognito takes fewer things for an address than the mail standards do.
NOBODY = {"UserNotFoundException", "InvalidParameterException"}


@contextmanager
def translate_errors(**special: Callable[[], Refused]) -> Iterator[None]:
    """Turn Cognito's errors into ours; `special` says what one of them means for this call."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise to_refusal(error, special) from error


@contextmanager
def translate_token_errors(**special: Callable[[], Refused]) -> Iterator[None]:
    """As above, for calls with an access token: Cognito says the same of it as of a password."""
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
    spoken_of = "token" in error.response["Error"].get("Message", "").lower()
    return gone or (error_code(error) == "NotAuthorizedException" and spoken_of)


@contextmanager
def ignore_errors(codes: set[str]) -> Iterator[None]:
    """These errors are as good as done: there is nobody to do it to."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if error_code(error) not in codes:
            raise to_refusal(error) from error


def to_refusal(
    error: ClientError | BotoCoreError, special: dict[str, Callable[[], Refused]] | None = None
) -> Exception:
    """What we say of an error; one that is our own mistake rises as it is."""
    said = error_code(error)
    meaning = (special or {}).get(said) or MEANINGS.get(said)
    if meaning is None and said in THROTTLED:
        return too_often()
    if said in ("", "InternalErrorException"):
        return unavailable()
    return meaning() if meaning else error


def error_code(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ParamValidationError):
        return "InvalidParameterException"  # too short or too long: Cognito need not be asked
    if not isinstance(error, ClientError):
        return ""
    said = error.response["Error"]
    return LOCKED_OUT if "attempts exceeded" in said.get("Message", "").lower() else said["Code"]


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
