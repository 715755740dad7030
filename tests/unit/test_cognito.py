"""What we say when Cognito says no, is busy, or is away."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.test import Client

from accounts.errors import (
    AddressTaken,
    NotConfirmed,
    SessionEnded,
    WrongCode,
    WrongPassword,
)
from accounts.providers import identity
from aptmagic.errors import Busy, Invalid, Refused

MAIL, PASSWORD = "ada@example.org", "a fox in the snow"


@pytest.fixture
def cognito(aws: Callable[[str], Any]) -> Iterator[Stubber]:
    with Stubber(aws("cognito-idp")) as stub:
        yield stub


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NotAuthorizedException", WrongPassword),
        ("UserNotFoundException", WrongPassword),
        ("InvalidParameterException", WrongPassword),
        ("UserNotConfirmedException", NotConfirmed),
        ("TooManyRequestsException", Busy),
        ("LimitExceededException", Busy),
        ("InternalErrorException", Busy),
        ("PasswordResetRequiredException", Refused),
    ],
)
def test_signing_in_is_refused_in_our_words(
    cognito: Stubber, code: str, said: type[Refused]
) -> None:
    cognito.add_client_error("admin_initiate_auth", code)
    with pytest.raises(said):
        identity().sign_in(MAIL, PASSWORD)


def test_the_words_for_a_wrong_password_and_an_unknown_address_are_the_same() -> None:
    assert str(WrongPassword()) == str(NotConfirmed())
    assert WrongPassword.kind == NotConfirmed.kind


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UsernameExistsException", AddressTaken),
        ("InvalidPasswordException", Invalid),
        ("InvalidParameterException", Invalid),
        ("TooManyRequestsException", Busy),
    ],
)
def test_signing_up_is_refused_in_our_words(
    cognito: Stubber, code: str, said: type[Refused]
) -> None:
    cognito.add_client_error("sign_up", code)
    with pytest.raises(said):
        identity().sign_up(MAIL, PASSWORD)


@pytest.mark.parametrize(
    "code",
    [
        "CodeMismatchException",
        "ExpiredCodeException",
        "NotAuthorizedException",
        "UserNotFoundException",
    ],
)
def test_every_code_that_does_not_confirm_is_a_wrong_one(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("confirm_sign_up", code)
    with pytest.raises(WrongCode):
        identity().confirm(MAIL, "123456")


@pytest.mark.parametrize("code", ["UserNotFoundException", "InvalidParameterException"])
def test_asking_for_a_code_tells_nothing(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("resend_confirmation_code", code)
    identity().resend(MAIL)
    cognito.assert_no_pending_responses()


def test_a_refresh_that_cognito_declines_ends_the_session(cognito: Stubber) -> None:
    cognito.add_client_error("get_tokens_from_refresh_token", "NotAuthorizedException")
    with pytest.raises(SessionEnded):
        identity().refresh("ada-sub", "revoked")


def test_too_many_wrong_passwords_ask_for_patience(cognito: Stubber) -> None:
    cognito.add_client_error(
        "admin_initiate_auth", "NotAuthorizedException", "Password attempts exceeded"
    )
    with pytest.raises(Busy) as refused:
        identity().sign_in(MAIL, PASSWORD)
    assert refused.value.retry_after == 60


def test_a_second_step_that_we_do_not_offer_is_said(cognito: Stubber) -> None:
    cognito.add_response("admin_initiate_auth", {"ChallengeName": "SMS_MFA", "Session": "s" * 20})
    with pytest.raises(Refused, match="second step"):
        identity().sign_in(MAIL, PASSWORD)


def test_our_own_mistakes_are_not_dressed_up(cognito: Stubber) -> None:
    cognito.add_client_error("admin_initiate_auth", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        identity().sign_in(MAIL, PASSWORD)


def test_the_page_keeps_the_address_when_cognito_is_busy(cognito: Stubber) -> None:
    cognito.add_client_error("admin_initiate_auth", "TooManyRequestsException")
    response = Client().post("/sign-in/", {"email": MAIL, "password": PASSWORD})
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    page = response.content.decode()
    assert f'value="{MAIL}"' in page
    assert "too often" in page
    assert PASSWORD not in page
