"""What a person's account at Cognito can do, asked of the pool itself through our own words."""

from dataclasses import dataclass

import pytest
import urllib3
from django.conf import settings

from accounts.errors import (
    AddressTaken,
    ChallengeExpired,
    PasswordResetRequired,
    SessionEnded,
    WrongCode,
    WrongCurrentPassword,
    WrongPassword,
)
from accounts.identity.cognito.protocol import Challenge, SignedIn, identity_provider
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid
from tests import authenticator

pytestmark = pytest.mark.usefixtures("cloud")

CODE, RESET = "123456", "654321"
PASSWORD, OTHER = "a fox in the snow", "two owls by the lake"


@dataclass(frozen=True)
class Member:
    email: str
    user_id: str
    secret: str = ""


@pytest.fixture
def ada() -> Member:
    return member()


@pytest.fixture
def ada_with_totp(ada: Member) -> Member:
    token = signed_in(ada).access_token
    secret = identity_provider().create_totp_secret(token)
    identity_provider().enroll_totp(token, authenticator.code(secret))
    return Member(ada.email, ada.user_id, secret)


def test_who_has_an_authenticator_needs_its_code_to_come_in(ada_with_totp: Member) -> None:
    account = identity_provider().find(ada_with_totp.email)
    assert account and account.totp
    asked = identity_provider().sign_in(ada_with_totp.email, PASSWORD)
    assert isinstance(asked, Challenge) and asked.kind == "totp"
    with pytest.raises(WrongCode):
        identity_provider().answer_totp(asked, "000000")
    entered = identity_provider().answer_totp(asked, authenticator.code(ada_with_totp.secret))
    assert isinstance(entered, SignedIn) and entered.user_id == ada_with_totp.user_id


def test_a_code_lets_in_once(ada_with_totp: Member) -> None:
    code = authenticator.code(ada_with_totp.secret)
    identity_provider().answer_totp(challenge(ada_with_totp), code)
    with pytest.raises(WrongCode):
        identity_provider().answer_totp(challenge(ada_with_totp), code)


def test_a_challenge_is_answered_once_and_by_whom_it_was_put_to(ada_with_totp: Member) -> None:
    asked = challenge(ada_with_totp)
    identity_provider().answer_totp(asked, authenticator.code(ada_with_totp.secret))
    later = authenticator.code(ada_with_totp.secret, steps=1)
    for spoilt in (asked, Challenge("totp", asked.username, "somebody-elses-session")):
        with pytest.raises(ChallengeExpired):
            identity_provider().answer_totp(spoilt, later)


def test_a_wrong_code_does_not_switch_the_authenticator_on(ada: Member) -> None:
    token = signed_in(ada).access_token
    with pytest.raises(WrongCode):
        identity_provider().enroll_totp(token, "000000")
    identity_provider().create_totp_secret(token)
    with pytest.raises(WrongCode):
        identity_provider().enroll_totp(token, "000000")
    signed_in(ada)


def test_the_authenticator_goes_off_and_on_again_with_the_same_secret(
    ada_with_totp: Member,
) -> None:
    identity_provider().disable_totp(ada_with_totp.user_id)
    signed_in(ada_with_totp)
    identity_provider().enable_totp(ada_with_totp.user_id)
    asked = challenge(ada_with_totp)
    identity_provider().answer_totp(asked, authenticator.code(ada_with_totp.secret))


def test_a_password_is_changed_by_who_knows_it(ada: Member) -> None:
    token = signed_in(ada).access_token
    with pytest.raises(WrongCurrentPassword):
        identity_provider().change_password(token, "not this one, no", OTHER)
    with pytest.raises(Invalid):
        identity_provider().change_password(token, PASSWORD, "short")
    identity_provider().change_password(token, PASSWORD, OTHER)
    with pytest.raises(WrongPassword):
        identity_provider().sign_in(ada.email, PASSWORD)
    assert isinstance(identity_provider().sign_in(ada.email, OTHER), SignedIn)


def test_a_forgotten_password_is_set_anew_with_the_code_from_the_mail(ada: Member) -> None:
    identity_provider().request_password_reset(ada.email)
    with pytest.raises(WrongCode):
        identity_provider().reset_password(ada.email, "000000", OTHER)
    with pytest.raises(Invalid):
        identity_provider().reset_password(ada.email, RESET, "short")
    identity_provider().reset_password(ada.email, RESET, OTHER)
    with pytest.raises(WrongCode):
        identity_provider().reset_password(ada.email, RESET, PASSWORD)
    assert isinstance(identity_provider().sign_in(ada.email, OTHER), SignedIn)


def test_forgetting_says_the_same_of_an_address_that_nobody_has() -> None:
    nobody = f"{new_id()}@example.org"
    identity_provider().request_password_reset(nobody)
    with pytest.raises(WrongCode):
        identity_provider().reset_password(nobody, RESET, OTHER)


def test_a_new_address_signs_in_once_its_code_has_come_back(ada: Member) -> None:
    token, new = signed_in(ada).access_token, f"{new_id().lower()}@example.org"
    identity_provider().change_email(token, new)
    assert mails_to(new)
    assert identity_provider().find(new) is None
    with pytest.raises(WrongCode):
        identity_provider().verify_email(token, "000000")
    signed_in(ada)
    identity_provider().verify_email(token, CODE)
    assert signed_in(Member(new, ada.user_id)).email == new
    with pytest.raises(WrongPassword):
        identity_provider().sign_in(ada.email, PASSWORD)


def test_a_taken_address_is_known_to_us_alone_and_never_proved(ada: Member) -> None:
    bob = member()
    token, told = signed_in(ada).access_token, len(mails_to(bob.email))
    with pytest.raises(AddressTaken):
        identity_provider().change_email(token, bob.email)
    assert len(mails_to(bob.email)) == told
    with pytest.raises(WrongCode):
        identity_provider().verify_email(token, CODE)


def test_each_refresh_gives_a_new_token_and_spends_the_old_one(ada: Member) -> None:
    first = signed_in(ada)
    second = identity_provider().refresh(first.username, first.refresh_token)
    assert second.refresh_token not in ("", first.refresh_token)
    with pytest.raises(SessionEnded):
        identity_provider().refresh(first.username, first.refresh_token)
    third = identity_provider().refresh(first.username, second.refresh_token)
    assert third.user_id == ada.user_id


def test_signing_out_everywhere_leaves_no_token_good(ada: Member) -> None:
    here, there = signed_in(ada), signed_in(ada)
    identity_provider().sign_out_everywhere(ada.user_id)
    for each in (here, there):
        with pytest.raises(SessionEnded):
            identity_provider().refresh(each.username, each.refresh_token)
        with pytest.raises(SessionEnded):
            identity_provider().create_totp_secret(each.access_token)
    signed_in(ada)


def test_signing_out_here_leaves_the_others_signed_in(ada: Member) -> None:
    here, there = signed_in(ada), signed_in(ada)
    identity_provider().sign_out(here.refresh_token)
    with pytest.raises(SessionEnded):
        identity_provider().refresh(here.username, here.refresh_token)
    identity_provider().refresh(there.username, there.refresh_token)


def test_each_refresh_says_which_groups_somebody_is_in_now(ada: Member) -> None:
    before = signed_in(ada)
    assert before.groups == ()
    clients.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=settings.COGNITO_POOL_ID, Username=ada.email, GroupName="support"
    )
    assert identity_provider().refresh(before.username, before.refresh_token).groups == ("support",)


def test_who_is_erased_is_gone_and_may_be_erased_again(ada: Member) -> None:
    for _ in range(2):
        identity_provider().erase_user(ada.user_id)
    assert identity_provider().find(ada.email) is None
    with pytest.raises(WrongPassword):
        identity_provider().sign_in(ada.email, PASSWORD)


def test_who_was_invited_chooses_a_password_at_the_first_sign_in() -> None:
    email = f"{new_id().lower()}@example.org"
    clients.client("cognito-idp").admin_create_user(
        UserPoolId=settings.COGNITO_POOL_ID,
        Username=email,
        TemporaryPassword=PASSWORD,
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    asked = identity_provider().sign_in(email, PASSWORD)
    assert isinstance(asked, Challenge) and asked.kind == "new-password"
    with pytest.raises(Invalid):
        identity_provider().answer_new_password(asked, "short")
    assert isinstance(identity_provider().answer_new_password(asked, OTHER), SignedIn)
    assert isinstance(identity_provider().sign_in(email, OTHER), SignedIn)


def test_a_password_that_staff_reset_lets_nobody_in(ada: Member) -> None:
    clients.client("cognito-idp").admin_reset_user_password(
        UserPoolId=settings.COGNITO_POOL_ID, Username=ada.email
    )
    with pytest.raises(WrongPassword):
        identity_provider().sign_in(ada.email, "not this one, no")
    with pytest.raises(PasswordResetRequired):
        identity_provider().sign_in(ada.email, PASSWORD)


def test_who_has_just_confirmed_comes_in_once_without_a_password() -> None:
    email, session = confirmed()
    entered = identity_provider().sign_in_confirmed(user_id_of(email), session)
    assert entered.email == email
    assert (
        identity_provider().refresh(entered.username, entered.refresh_token).user_id
        == entered.user_id
    )
    with pytest.raises(ChallengeExpired):
        identity_provider().sign_in_confirmed(entered.user_id, session)


def test_what_lets_a_newcomer_in_is_theirs_alone(ada: Member) -> None:
    email, session = confirmed()
    for somebody_else in (ada.user_id, user_id_of(confirmed()[0])):
        with pytest.raises(ChallengeExpired):
            identity_provider().sign_in_confirmed(somebody_else, session)
    assert identity_provider().sign_in_confirmed(user_id_of(email), session).email == email


def test_what_lets_a_newcomer_in_is_for_their_first_sign_in() -> None:
    email, session = confirmed()
    assert isinstance(identity_provider().sign_in(email, PASSWORD), SignedIn)
    with pytest.raises(ChallengeExpired):
        identity_provider().sign_in_confirmed(user_id_of(email), session)


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's", "none"])
def test_a_code_without_the_session_of_its_sign_up_confirms_and_lets_nobody_in(whose: str) -> None:
    email, others = f"{new_id().lower()}@example.org", f"{new_id().lower()}@example.org"
    identity_provider().sign_up(email, PASSWORD)
    sessions = {
        "nobody's": "a-session-that-never-was",
        "somebody else's": identity_provider().sign_up(others, PASSWORD).session,
        "none": "",
    }
    assert identity_provider().confirm_sign_up(email, CODE, sessions[whose]) == ""
    account = identity_provider().find(email)
    assert account and account.confirmed


def confirmed() -> tuple[str, str]:
    """An address that was confirmed a moment ago, and the session that lets its owner in."""
    email = f"{new_id().lower()}@example.org"
    opened = identity_provider().sign_up(email, PASSWORD)
    return email, identity_provider().confirm_sign_up(opened.user_id, CODE, opened.session)


def user_id_of(email: str) -> str:
    account = identity_provider().find(email)
    assert account
    return account.user_id


def member() -> Member:
    email = f"{new_id().lower()}@example.org"
    user_id = identity_provider().sign_up(email, PASSWORD).user_id
    identity_provider().confirm_sign_up(email, CODE)
    return Member(email, user_id)


def signed_in(who: Member) -> SignedIn:
    entered = identity_provider().sign_in(who.email, PASSWORD)
    assert isinstance(entered, SignedIn)
    return entered


def challenge(who: Member) -> Challenge:
    asked = identity_provider().sign_in(who.email, PASSWORD)
    assert isinstance(asked, Challenge)
    return asked


def mails_to(email: str) -> list[str]:
    found = urllib3.request("GET", f"{settings.AWS_ENDPOINT_URL}/_ministack/ses/messages").json()
    sent = [mail for mails in found["messages"].values() for mail in mails]
    return [mail["BodyText"] for mail in sent if email in mail["To"]]
