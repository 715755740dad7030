"""Coming in: sign up, confirm the address, sign in. Nothing here tells whether an address is known.

Cognito and our tables cannot be written together. Every step may be repeated, and signing in
heals what a crash between two steps has left.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils.translation import gettext as _

from accounts import credentials, letters, passwords, profiles, recovery, sessions
from accounts.errors import (
    AddressTaken,
    ChallengeOver,
    HandleTaken,
    ResetFirst,
    WrongCode,
    WrongRecoveryCode,
)
from accounts.models import Profile
from accounts.people import Person
from accounts.providers import Account, Challenge, SignedIn, identity
from accounts.rights import errands
from accounts.sessions import NOWHERE, Where
from aptmagic.dynamo import now, transaction
from aptmagic.errors import Busy

FORGET = "forget_sign_up"
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
class Confirmed:
    """Somebody whose address is confirmed; without `arrival` they sign in with their password."""

    profile: Profile
    arrival: "Arrival | None" = None


@dataclass(frozen=True)
class Arrival:
    """Somebody signed in; `welcomed` when confirming had been cut short and this made it whole.

    Who is leaving may still stay.
    """

    person: Person
    welcomed: bool
    leaving: bool = False


def sign_up(handle: str, email: str, password: str, *, again: str | None = None) -> SignUp:
    """Open an account and set the handle aside. Raises HandleTaken.

    `again` is the `user_id` of an earlier sign-up of the same browser for this address, which gives
    way. Another browser's gives way only when its time is over: until then its code may be in the
    hands of whoever the address belongs to.
    """
    earlier = identity().find(email)
    profiles.refuse_taken(handle, unless_by=again)
    if again:
        profiles.release(again)
    if earlier and not earlier.confirmed:
        if earlier.user_id == again or profiles.is_over(earlier.user_id):
            profiles.release(earlier.user_id)
            identity().delete(earlier.user_id)
        else:
            identity().resend(email)
    return _open(handle, email, password)


def confirm(
    email: str, code: str, *, user_id: str, session: str = "", where: Where = NOWHERE
) -> Confirmed:
    """Believe the address, welcome the person and sign them in. Raises WrongCode.

    `user_id` names the sign-up this browser made; a code for another one, by whoever, is wrong.
    `session` is that of the same sign-up; without it nobody is signed in, nor is whoever sends a
    code a second time, which is not looked at.
    """
    account, ours = identity().find(email), ""
    again = account and account.confirmed and account.user_id == user_id
    if not again:
        ours = identity().confirm(user_id, code, session)
    profile = profiles.welcome(_confirmed(email).user_id, email)
    return Confirmed(profile, _sign_in_confirmed(profile.user_id, ours, where) if ours else None)


def _sign_in_confirmed(user_id: str, session: str, where: Where) -> Arrival | None:
    """None when the provider wants the password after all."""
    try:
        arrived = arrive(identity().sign_in_confirmed(user_id, session), where)
    except ChallengeOver:
        return None
    except Busy as busy:
        sentence = _(
            "Your address is confirmed, but we could not sign you in just now. Please try again."
        )
        raise Busy(sentence, retry_after=busy.retry_after) from busy
    return replace(arrived, welcomed=True) if isinstance(arrived, Arrival) else None


def confirm_elsewhere(email: str, code: str, password: str) -> Confirmed:
    """As confirm, in a browser that did not sign up. Raises WrongCode, Invalid.

    A stranger may have signed up with this address, and knows the password; whoever has the code
    sets one of their own, and nothing that was begun with the other one goes on.
    """
    account = identity().find(email)
    profiles.await_new_password(account.user_id if account else str(uuid4()))
    identity().confirm(email, code)
    user_id = _confirmed(email).user_id
    identity().set_password(user_id, password)
    credentials.sign_out_everywhere(user_id)
    return Confirmed(profiles.welcome(user_id, email))


def _confirmed(email: str) -> Account:
    account = identity().find(email)
    if account is None or not account.confirmed:
        raise WrongCode
    return account


def forget_unconfirmed(user_id: str, at: str) -> None:
    """Whoever never confirmed their address, or whose address it was not, leaves nothing behind."""
    account = identity().find(user_id)
    if account is None or not account.confirmed:
        profiles.release(user_id)
        identity().delete(user_id)
    errands.end(datetime.fromisoformat(at), user_id)


def resend(email: str) -> None:
    identity().resend(email)


def sign_in(email: str, password: str, where: Where = NOWHERE) -> Arrival | Challenge:
    """Raises WrongPassword, NotConfirmed, ResetFirst."""
    outcome, _spelling = passwords.sign_in(email, password)
    return arrive(outcome, where)


def answer(asked: Challenge, code: str, where: Where = NOWHERE) -> Arrival | Challenge:
    """The code of an authenticator. Raises WrongCode, ChallengeOver."""
    return arrive(identity().answer_totp(asked, code), where, code_given=True)


def choose(asked: Challenge, password: str, where: Where = NOWHERE) -> Arrival | Challenge:
    """The first password of one's own. Raises Invalid, ChallengeOver."""
    return arrive(identity().answer_new_password(asked, password), where)


def recover(email: str, password: str, code: str, where: Where = NOWHERE) -> Arrival | Challenge:
    """Come in with a recovery code instead of the authenticator's. Raises WrongPassword, WrongCode.

    Cognito knows no such codes: for the moment of this sign-in it asks for none at all. That is
    written down before, so that nobody else comes in at that moment, however long it lasts.
    """
    outcome, spelling = passwords.sign_in(email, password)
    if isinstance(outcome, SignedIn) or outcome.kind != "totp":
        return arrive(outcome, where)
    account = identity().find(outcome.username)
    if account is None or not recovery.spend(account.user_id, code):
        raise WrongRecoveryCode
    recovery.suspend(account.user_id)
    identity().totp_off(account.user_id)
    try:
        outcome = identity().sign_in(email, spelling)
    finally:
        recovery.end_suspension(account.user_id)
    return arrive(outcome, where, code_given=True)


def arrive_from_elsewhere(signed_in: SignedIn, where: Where) -> Arrival | Challenge:
    """As arrive, for whom Cognito's own pages let in: they ask for codes themselves, and whether
    they did is told by the moment at which it was. Raises ChallengeOver."""
    if recovery.was_suspended_at(signed_in.user_id, signed_in.auth_time):
        identity().sign_out(signed_in.refresh_token)
        raise ChallengeOver
    return arrive(signed_in, where, code_given=True)


def arrive(
    outcome: SignedIn | Challenge, where: Where, *, code_given: bool = False
) -> Arrival | Challenge:
    """Begin a session for whom the provider let in.

    Raises ChallengeOver for those it should have asked for a code, and would have but for
    somebody's recovery; ResetFirst when whoever confirmed the address has not set their password.
    """
    if isinstance(outcome, Challenge):
        return outcome
    if not code_given and recovery.code_was_skipped(outcome):
        identity().sign_out(outcome.refresh_token)
        raise ChallengeOver
    known = profiles.get(outcome.user_id)
    if known is None and profiles.awaits_new_password(outcome.user_id):
        identity().sign_out(outcome.refresh_token)
        raise ResetFirst
    profile = known or profiles.welcome(outcome.user_id, outcome.email)
    person = sessions.start(outcome, profile, where)
    return Arrival(person, welcomed=known is None, leaving=profile.leaving_at is not None)


def forgot(email: str) -> None:
    identity().forgot(email)


def reset(email: str, code: str, password: str) -> None:
    """Set a forgotten password anew; no session and no API token outlives it.

    Raises WrongCode, Invalid.
    """
    identity().reset(email, code, password)
    if account := identity().find(email):
        profiles.end_wait_for_password(account.user_id)
        credentials.sign_out_everywhere(account.user_id)
        letters.send("password-changed", account.user_id)


def _open(handle: str, email: str, password: str) -> SignUp:
    try:
        opened = identity().sign_up(email, password)
    except AddressTaken:
        return _pretend(handle, email)  # two at once: the other one's code is on its way
    try:
        profiles.claim(opened.user_id, handle, email)
    except HandleTaken:
        identity().delete(opened.user_id)
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
        errands.add(work, at, user_id, FORGET, user_id=user_id, at=at.isoformat())
