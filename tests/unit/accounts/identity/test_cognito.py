"""What we say when Cognito says no, is busy, or is away."""

from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import ANY, Stubber
from django.test import Client

from accounts.errors import (
    AddressTaken,
    ChallengeExpired,
    NotConfirmed,
    PasswordResetRequired,
    SessionCopied,
    SessionEnded,
    WrongCode,
    WrongCurrentPassword,
    WrongPassword,
)
from accounts.identity.cognito.protocol import Challenge, NewAccount, SignedIn, identity_provider
from aptmagic.errors import Busy, Invalid, Refused

MAIL, PASSWORD, OTHER = "ada@example.org", "a fox in the snow", "two owls by the lake"


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
        identity_provider().sign_in(MAIL, PASSWORD)


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
        identity_provider().sign_up(MAIL, PASSWORD)


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
        identity_provider().confirm_sign_up(MAIL, "123456")


SIGNED_UP, CONFIRMED = "the-session-of-the-sign-up", "the-session-of-the-code"


def test_the_session_of_a_sign_up_leads_to_one_that_signs_in(cognito: Stubber) -> None:
    ours = {"ClientId": ANY, "SecretHash": ANY, "Username": ANY}
    opened = {"UserConfirmed": False, "UserSub": "ada-sub", "Session": SIGNED_UP}
    cognito.add_response("sign_up", opened)
    cognito.add_response(
        "confirm_sign_up",
        {"Session": CONFIRMED},
        {**ours, "ConfirmationCode": "123456", "Session": SIGNED_UP},
    )
    claims = {"sub": "ada-sub", "email": MAIL, "auth_time": 1_700_000_000}
    tokens = {
        "IdToken": jwt.encode(claims, "s" * 32),
        "AccessToken": "access",
        "RefreshToken": "refresh",
    }
    expected = {
        "UserPoolId": ANY,
        "ClientId": ANY,
        "AuthFlow": "USER_AUTH",
        "AuthParameters": {"USERNAME": "ada-sub", "SECRET_HASH": ANY},
        "Session": CONFIRMED,
    }
    cognito.add_response("admin_initiate_auth", {"AuthenticationResult": tokens}, expected)
    account = identity_provider().sign_up(MAIL, PASSWORD)
    session = identity_provider().confirm_sign_up(account.user_id, "123456", account.session)
    entered = identity_provider().sign_in_confirmed(account.user_id, session)
    assert (entered.user_id, entered.refresh_token) == ("ada-sub", "refresh")


def test_a_pool_without_choice_based_sign_in_gives_no_session(cognito: Stubber) -> None:
    cognito.add_response("sign_up", {"UserConfirmed": False, "UserSub": "ada-sub"})
    cognito.add_response("confirm_sign_up", {})
    assert (
        identity_provider().confirm_sign_up(
            "ada-sub", "123456", identity_provider().sign_up(MAIL, PASSWORD).session
        )
        == ""
    )


@pytest.mark.parametrize("code", ["NotAuthorizedException", "InvalidParameterException"])
def test_a_code_is_good_for_longer_than_the_session_of_its_sign_up(
    cognito: Stubber, code: str
) -> None:
    said = {"ClientId": ANY, "SecretHash": ANY, "Username": ANY, "ConfirmationCode": "123456"}
    message = "Invalid session for the user, session is expired."
    cognito.add_client_error(
        "confirm_sign_up", code, message, expected_params={**said, "Session": SIGNED_UP}
    )
    cognito.add_response("confirm_sign_up", {}, said)
    assert identity_provider().confirm_sign_up("ada-sub", "123456", SIGNED_UP) == ""


@pytest.mark.parametrize(
    ("code", "raised"), [("CodeMismatchException", WrongCode), ("TooManyRequestsException", Busy)]
)
def test_whatever_else_is_said_of_a_code_is_asked_once(
    cognito: Stubber, code: str, raised: type[Refused]
) -> None:
    cognito.add_client_error("confirm_sign_up", code)
    with pytest.raises(raised):
        identity_provider().confirm_sign_up("ada-sub", "123456", SIGNED_UP)


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("NotAuthorizedException", ChallengeExpired),
        ("InvalidParameterException", ChallengeExpired),
        ("UserNotFoundException", ChallengeExpired),
        ("PasswordResetRequiredException", ChallengeExpired),
        ("TooManyRequestsException", Busy),
        ("InternalErrorException", Busy),
        ("AccessDeniedException", ClientError),
    ],
)
def test_who_cannot_come_in_without_a_password_is_told_from_a_service_that_fails(
    cognito: Stubber, code: str, raised: type[Exception]
) -> None:
    cognito.add_client_error("admin_initiate_auth", code)
    with pytest.raises(raised):
        identity_provider().sign_in_confirmed("ada-sub", CONFIRMED)


@pytest.mark.parametrize("challenge", ["SOFTWARE_TOKEN_MFA", "SELECT_CHALLENGE"])
def test_who_is_asked_for_more_than_the_code_signs_in_with_a_password(
    cognito: Stubber, challenge: str
) -> None:
    asked = {"ChallengeName": challenge, "Session": "another-session-of-cognito"}
    cognito.add_response("admin_initiate_auth", asked)
    with pytest.raises(ChallengeExpired):
        identity_provider().sign_in_confirmed("ada-sub", CONFIRMED)


@pytest.mark.parametrize("code", ["UserNotFoundException", "InvalidParameterException"])
def test_asking_for_a_code_tells_nothing(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("resend_confirmation_code", code)
    identity_provider().resend_code(MAIL)
    cognito.assert_no_pending_responses()


def test_a_refresh_that_cognito_declines_ends_the_session(cognito: Stubber) -> None:
    cognito.add_client_error("get_tokens_from_refresh_token", "NotAuthorizedException")
    with pytest.raises(SessionEnded):
        identity_provider().refresh("ada-sub", "revoked")


def test_whom_cognito_locked_out_is_answered_like_nobody(cognito: Stubber) -> None:
    """It locks out people it knows: an answer of its own would tell that it knows them."""
    cognito.add_client_error(
        "admin_initiate_auth", "NotAuthorizedException", "Password attempts exceeded"
    )
    with pytest.raises(WrongPassword, match="wait a minute"):
        identity_provider().sign_in(MAIL, PASSWORD)


def test_who_is_signed_in_is_asked_for_patience(cognito: Stubber) -> None:
    cognito.add_client_error(
        "change_password", "NotAuthorizedException", "Password attempts exceeded"
    )
    with pytest.raises(Busy) as refused:
        identity_provider().change_password("token", PASSWORD, OTHER)
    assert refused.value.retry_after == 60


@pytest.mark.parametrize("code", ["LimitExceededException", "TooManyFailedAttemptsException"])
def test_a_code_guessed_too_often_is_a_wrong_one(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("confirm_sign_up", code)
    cognito.add_client_error("confirm_forgot_password", code)
    with pytest.raises(WrongCode):
        identity_provider().confirm_sign_up(MAIL, "123456")
    with pytest.raises(WrongCode):
        identity_provider().reset_password(MAIL, "123456", OTHER)


@pytest.mark.parametrize(
    "code",
    [
        "UserNotFoundException",
        "InvalidParameterException",
        "NotAuthorizedException",
        "UserNotConfirmedException",
        "LimitExceededException",
    ],
)
def test_forgetting_a_password_tells_nothing(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("forgot_password", code)
    identity_provider().request_password_reset(MAIL)
    cognito.assert_no_pending_responses()


def test_only_a_pool_that_is_throttled_says_so(cognito: Stubber) -> None:
    cognito.add_client_error("forgot_password", "TooManyRequestsException")
    with pytest.raises(Busy):
        identity_provider().request_password_reset(MAIL)


def test_a_first_password_of_ones_own_may_be_followed_by_the_second_step(
    cognito: Stubber,
) -> None:
    challenge = Challenge("new-password", "ada-sub", "session-one-of-cognito")
    asked = {
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": "session-two-of-cognito",
        "ChallengeParameters": {"USER_ID_FOR_SRP": "ada-sub"},
    }
    expected = {
        "UserPoolId": ANY,
        "ClientId": ANY,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge.session,
        "ChallengeResponses": {"USERNAME": "ada-sub", "NEW_PASSWORD": OTHER, "SECRET_HASH": ANY},
    }
    cognito.add_response("admin_respond_to_auth_challenge", asked, expected)
    outcome = identity_provider().answer_new_password(challenge, OTHER)
    assert outcome == Challenge("totp", "ada-sub", "session-two-of-cognito")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("NotAuthorizedException", ChallengeExpired),
        ("UserNotFoundException", ChallengeExpired),
        ("CodeMismatchException", WrongCode),
        ("ExpiredCodeException", WrongCode),
        ("InvalidParameterException", WrongCode),
        ("TooManyRequestsException", Busy),
        ("PasswordResetRequiredException", PasswordResetRequired),
    ],
)
def test_an_authenticators_code_is_refused_in_our_words(
    cognito: Stubber, code: str, said: type[Refused]
) -> None:
    cognito.add_client_error("admin_respond_to_auth_challenge", code)
    with pytest.raises(said):
        identity_provider().answer_totp(
            Challenge("totp", "ada-sub", "the-session-of-cognito"), "123456"
        )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Incorrect username or password.", WrongCurrentPassword),
        ("Access Token has expired", SessionEnded),
        ("Access Token has been revoked", SessionEnded),
        ("Invalid Access Token", SessionEnded),
    ],
)
def test_a_wrong_password_is_told_from_a_token_that_is_over(
    cognito: Stubber, message: str, said: type[Refused]
) -> None:
    cognito.add_client_error("change_password", "NotAuthorizedException", message)
    with pytest.raises(said):
        identity_provider().change_password("token", PASSWORD, OTHER)


def test_a_password_of_before_is_refused(cognito: Stubber) -> None:
    cognito.add_client_error("change_password", "PasswordHistoryPolicyViolationException")
    with pytest.raises(Invalid, match="before"):
        identity_provider().change_password("token", PASSWORD, OTHER)


@pytest.mark.parametrize(
    "code", ["CodeMismatchException", "ExpiredCodeException", "AliasExistsException"]
)
def test_a_new_address_is_proved_by_its_code_alone(cognito: Stubber, code: str) -> None:
    cognito.add_client_error("verify_user_attribute", code)
    with pytest.raises(WrongCode):
        identity_provider().verify_email("token", "123456")


def test_an_old_refresh_token_is_known_for_a_copy(cognito: Stubber) -> None:
    cognito.add_client_error("get_tokens_from_refresh_token", "RefreshTokenReuseException")
    with pytest.raises(SessionCopied):
        identity_provider().refresh("ada-sub", "an-old-one")


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]
)
def test_when_cognito_is_away_nothing_is_lost(aws: Callable[[str], Any], error: Exception) -> None:
    def away(**_: Any) -> None:
        raise error

    events = aws("cognito-idp").meta.events
    events.register("before-send.cognito-idp", away)
    try:
        with pytest.raises(Busy) as refused:
            identity_provider().sign_in(MAIL, PASSWORD)
    finally:
        events.unregister("before-send.cognito-idp", away)
    assert refused.value.retry_after


def test_whoever_somebody_else_vouches_for_is_erased_by_the_name_they_have_there(
    cognito: Stubber,
) -> None:
    found = {"Users": [{"Username": "Google_42"}]}
    cognito.add_response("list_users", found, {"UserPoolId": ANY, "Filter": 'sub = "4f6e0c1a-ada"'})
    erased = []
    for _ in range(2):
        cognito.add_response("admin_delete_user", {}, {"UserPoolId": ANY, "Username": ANY})
    cognito.client.meta.events.register(
        "provide-client-params.cognito-idp.AdminDeleteUser",
        lambda params, **_: erased.append(params["Username"]),
    )
    identity_provider().erase_user("4f6e0c1a-ada")
    assert sorted(erased) == ["4f6e0c1a-ada", "Google_42"]


def test_tokens_are_in_no_log() -> None:
    signed_in = SignedIn("ada-sub", "ada", MAIL, (), "refresh-token", "access-token")
    challenge = Challenge("totp", "ada", "the-session-of-cognito")
    opened = NewAccount("ada-sub", SIGNED_UP)
    for secret in ("refresh-token", "access-token", "the-session-of-cognito", SIGNED_UP):
        assert secret not in repr(signed_in) + repr(challenge) + repr(opened)


def test_a_second_step_that_we_do_not_offer_is_said(cognito: Stubber) -> None:
    cognito.add_response("admin_initiate_auth", {"ChallengeName": "SMS_MFA", "Session": "s" * 20})
    with pytest.raises(Refused, match="a verification method we don’t support"):
        identity_provider().sign_in(MAIL, PASSWORD)


def test_our_own_mistakes_are_not_dressed_up(cognito: Stubber) -> None:
    cognito.add_client_error("admin_initiate_auth", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        identity_provider().sign_in(MAIL, PASSWORD)


def test_the_page_keeps_the_address_when_cognito_is_busy(cognito: Stubber) -> None:
    cognito.add_client_error("admin_initiate_auth", "TooManyRequestsException")
    response = Client().post("/sign-in/", {"email": MAIL, "password": PASSWORD})
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    page = response.content.decode()
    assert f'value="{MAIL}"' in page
    assert "Too many attempts" in page
    assert PASSWORD not in page
