"""Coming in: sign up, confirm the address, sign in. Nothing here tells whether an address is known.

Cognito and our tables cannot be written together. Every step may be repeated, and signing in
heals what a crash between two steps has left.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils.translation import gettext as _

from accounts.current_user import CurrentUser
from accounts.errors import (
    AddressTaken,
    ChallengeExpired,
    HandleTaken,
    PasswordResetRequired,
    WrongCode,
    WrongRecoveryCode,
)
from accounts.identity import credentials, passwords, recovery_codes, sessions
from accounts.identity.cognito.protocol import Account, Challenge, SignedIn, identity_provider
from accounts.identity.sessions import UNKNOWN_CLIENT, ClientInfo
from accounts.mail import outbox
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import scheduled_tasks
from aptmagic.aws.dynamodb import now, transaction
from aptmagic.errors import Busy

FORGET = "delete_unconfirmed_account"
# Well past the last moment at which a code could have confirmed it.
UNCONFIRMED_LASTS = timedelta(hours=48)


@dataclass(frozen=True)
class SignUp:
    """A sign-up that awaits its code. `user_id` is nobody's when the address has an account.

    `session` is for `confirm`, and must not reach the browser.
    """

    email: str
    user_id: str
    session: str = field(default="", repr=False)


@dataclass(frozen=True)
class ConfirmedSignUp:
    """Somebody whose address is confirmed; without `arrival` they sign in with their password."""

    profile: Profile
    arrival: "SignInResult | None" = None


@dataclass(frozen=True)
class SignInResult:
    """Somebody signed in; `welcomed` when confirming had been cut short and this made it whole.

    Who is leaving may still stay.
    """

    person: CurrentUser
    welcomed: bool
    deletion_pending: bool = False


def sign_up(handle: str, email: str, password: str, *, again: str | None = None) -> SignUp:
    """Open an account and set the handle aside. Raises HandleTaken.

    `again` is the `user_id` of an earlier sign-up of the same browser for this address, which gives
    way. Another browser's gives way only when its time is over: until then its code may be in the
    hands of whoever the address belongs to.
    """
    earlier = identity_provider().find(email)
    profiles.refuse_taken(handle, unless_by=again)
    if again:
        profiles.release(again)
    if earlier and not earlier.confirmed:
        if earlier.user_id == again or profiles.has_expired(earlier.user_id):
            profiles.release(earlier.user_id)
            identity_provider().delete_user(earlier.user_id)
        else:
            identity_provider().resend_code(email)
    return _open(handle, email, password)


def confirm(
    email: str, code: str, *, user_id: str, session: str = "", where: ClientInfo = UNKNOWN_CLIENT
) -> ConfirmedSignUp:
    """Believe the address, welcome the person and sign them in. Raises WrongCode.

    `user_id` names the sign-up this browser made; a code for another one, by whoever, is wrong.
    `session` is that of the same sign-up; without it nobody is signed in, nor is whoever sends a
    code a second time, which is not looked at.
    """
    account, ours = identity_provider().find(email), ""
    again = account and account.confirmed and account.user_id == user_id
    if not again:
        ours = identity_provider().confirm_sign_up(user_id, code, session)
    profile = profiles.confirm(_confirmed(email).user_id, email)
    return ConfirmedSignUp(
        profile, _sign_in_confirmed(profile.user_id, ours, where) if ours else None
    )


def _sign_in_confirmed(user_id: str, session: str, where: ClientInfo) -> SignInResult | None:
    """None when the provider wants the password after all."""
    try:
        arrived = complete_sign_in(identity_provider().sign_in_confirmed(user_id, session), where)
    except ChallengeExpired:
        return None
    except Busy as busy:
        sentence = _("Your e-mail is confirmed, but we couldn’t sign you in. Please try again.")
        raise Busy(sentence, retry_after=busy.retry_after) from busy
    return replace(arrived, welcomed=True) if isinstance(arrived, SignInResult) else None


def confirm_elsewhere(email: str, code: str, password: str) -> ConfirmedSignUp:
    """As confirm, in a browser that did not sign up. Raises WrongCode, Invalid.

    A stranger may have signed up with this address, and knows the password; whoever has the code
    sets one of their own, and nothing that was begun with the other one goes on.
    """
    account = identity_provider().find(email)
    profiles.require_new_password(account.user_id if account else str(uuid4()))
    identity_provider().confirm_sign_up(email, code)
    user_id = _confirmed(email).user_id
    identity_provider().set_password(user_id, password)
    credentials.sign_out_everywhere(user_id)
    return ConfirmedSignUp(profiles.confirm(user_id, email))


def _confirmed(email: str) -> Account:
    account = identity_provider().find(email)
    if account is None or not account.confirmed:
        raise WrongCode
    return account


def delete_unconfirmed(user_id: str, at: str) -> None:
    """Whoever never confirmed their address, or whose address it was not, leaves nothing behind."""
    account = identity_provider().find(user_id)
    if account is None or not account.confirmed:
        profiles.release(user_id)
        identity_provider().delete_user(user_id)
    scheduled_tasks.cancel(datetime.fromisoformat(at), user_id)


def resend(email: str) -> None:
    identity_provider().resend_code(email)


def sign_in(
    email: str, password: str, where: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Raises WrongPassword, NotConfirmed, PasswordResetRequired."""
    outcome, _spelling = passwords.sign_in(email, password)
    return complete_sign_in(outcome, where)


def answer_challenge(
    asked: Challenge, code: str, where: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """The code of an authenticator. Raises WrongCode, ChallengeExpired."""
    return complete_sign_in(identity_provider().answer_totp(asked, code), where, code_given=True)


def choose_new_password(
    asked: Challenge, password: str, where: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """The first password of one's own. Raises Invalid, ChallengeExpired."""
    return complete_sign_in(identity_provider().answer_new_password(asked, password), where)


def sign_in_with_recovery_code(
    email: str, password: str, code: str, where: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Come in with a recovery code instead of the authenticator's. Raises WrongPassword, WrongCode.

    Cognito knows no such codes: for the moment of this sign-in it asks for none at all. That is
    written down before, so that nobody else comes in at that moment, however long it lasts.
    """
    outcome, spelling = passwords.sign_in(email, password)
    if isinstance(outcome, SignedIn) or outcome.kind != "totp":
        return complete_sign_in(outcome, where)
    account = identity_provider().find(outcome.username)
    if account is None or not recovery_codes.use(account.user_id, code):
        raise WrongRecoveryCode
    recovery_codes.suspend_totp(account.user_id)
    identity_provider().disable_totp(account.user_id)
    try:
        outcome = identity_provider().sign_in(email, spelling)
    finally:
        recovery_codes.resume_totp(account.user_id)
    return complete_sign_in(outcome, where, code_given=True)


def complete_federated_sign_in(signed_in: SignedIn, where: ClientInfo) -> SignInResult | Challenge:
    """As arrive, for whom Cognito's own pages let in: they ask for codes themselves, and whether
    they did is told by the moment at which it was. Raises ChallengeExpired."""
    if recovery_codes.was_suspended_at(signed_in.user_id, signed_in.auth_time):
        identity_provider().sign_out(signed_in.refresh_token)
        raise ChallengeExpired
    return complete_sign_in(signed_in, where, code_given=True)


def complete_sign_in(
    outcome: SignedIn | Challenge, where: ClientInfo, *, code_given: bool = False
) -> SignInResult | Challenge:
    """Begin a session for whom the provider let in.

    Raises ChallengeExpired for those it should have asked for a code, and would have but for
    somebody's recovery; PasswordResetRequired when whoever confirmed the address has not set
    their password.
    """
    if isinstance(outcome, Challenge):
        return outcome
    if not code_given and recovery_codes.totp_was_skipped(outcome):
        identity_provider().sign_out(outcome.refresh_token)
        raise ChallengeExpired
    known = profiles.get(outcome.user_id)
    if known is None and profiles.new_password_required(outcome.user_id):
        identity_provider().sign_out(outcome.refresh_token)
        raise PasswordResetRequired
    profile = known or profiles.confirm(outcome.user_id, outcome.email)
    person = sessions.start(outcome, profile, where)
    return SignInResult(
        person, welcomed=known is None, deletion_pending=profile.deletes_at is not None
    )


def request_password_reset(email: str) -> None:
    identity_provider().request_password_reset(email)


def reset_password(email: str, code: str, password: str) -> None:
    """Set a forgotten password anew; no session and no API token outlives it.

    Raises WrongCode, Invalid.
    """
    identity_provider().reset_password(email, code, password)
    if account := identity_provider().find(email):
        profiles.clear_new_password_requirement(account.user_id)
        credentials.sign_out_everywhere(account.user_id)
        outbox.send("password-changed", account.user_id)


def _open(handle: str, email: str, password: str) -> SignUp:
    try:
        opened = identity_provider().sign_up(email, password)
    except AddressTaken:
        return _pretend(handle, email)  # two at once: the other one's code is on its way
    try:
        profiles.claim(opened.user_id, handle, email)
    except HandleTaken:
        identity_provider().delete_user(opened.user_id)
        raise
    _leave_an_errand(opened.user_id)
    return SignUp(email, opened.user_id, opened.session)


def _pretend(handle: str, email: str) -> SignUp:
    """Set the handle aside as if for somebody new: that it stays free would tell, too."""
    nobody = str(uuid4())
    profiles.claim(nobody, handle, email=None)
    _leave_an_errand(nobody)
    return SignUp(email, nobody)


def _leave_an_errand(user_id: str) -> None:
    at = (now() + UNCONFIRMED_LASTS).replace(microsecond=0)
    with transaction() as work:
        scheduled_tasks.schedule(work, at, user_id, FORGET, user_id=user_id, at=at.isoformat())
