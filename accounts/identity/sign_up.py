"""Signing up: an account, a handle set aside, and a code that confirms the address.

Nothing here reveals whether an address has an account. Cognito and our tables cannot be written in
one transaction, so each step may be repeated, and signing in repairs what a crash between two
steps has left undone.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils.translation import gettext as _

from accounts.errors import AddressTaken, ChallengeExpired, HandleTaken, WrongCode
from accounts.identity import sign_in, sign_out
from accounts.identity.cognito.protocol import Account, identity_provider
from accounts.identity.devices import UNKNOWN_CLIENT, ClientInfo
from accounts.identity.sign_in import SignInResult
from accounts.profiles import confirmation, handle_claims, unconfirmed
from accounts.profiles.models import Profile
from aptmagic.aws import scheduled_tasks
from aptmagic.aws.dynamodb import now, transaction
from aptmagic.errors import Busy

COMMAND = "delete_unconfirmed_account"
# Well past the last moment at which a code could confirm the account.
UNCONFIRMED_LASTS = timedelta(hours=48)


@dataclass(frozen=True)
class SignUp:
    """A sign-up that awaits its code. `user_id` is random if the address has an account.

    `session` is for `confirm`, and must not reach the browser.
    """

    email: str
    user_id: str
    session: str = field(default="", repr=False)


@dataclass(frozen=True)
class ConfirmedSignUp:
    """A user whose address is confirmed. Without `sign_in` they still have to sign in."""

    profile: Profile
    sign_in: SignInResult | None = None


def start(handle: str, email: str, password: str, *, replaces: str | None = None) -> SignUp:
    """Create an account and set the handle aside. Raises HandleTaken.

    `replaces` is the `user_id` of an earlier sign-up with this address in the same browser. One
    made in another browser is replaced only after it has expired: until then, the owner of the
    address may be about to enter its code.
    """
    earlier = identity_provider().find(email)
    handle_claims.refuse_taken(handle, unless_by=replaces)
    if replaces:
        unconfirmed.release(replaces)
    if earlier and not earlier.confirmed:
        if earlier.user_id == replaces or unconfirmed.has_expired(earlier.user_id):
            unconfirmed.release(earlier.user_id)
            identity_provider().delete_user(earlier.user_id)
        else:
            identity_provider().resend_code(email)
    return _create(handle, email, password)


def confirm(
    email: str, code: str, *, user_id: str, session: str = "", client: ClientInfo = UNKNOWN_CLIENT
) -> ConfirmedSignUp:
    """Confirm the address and sign the user in. Raises WrongCode; Busy if only the sign-in failed.

    `user_id` names the sign-up made in this browser: a code for any other one is wrong. `session`
    is that sign-up's; without it the user is confirmed but not signed in. The same holds for
    repeating a confirmation, where the code is not checked.
    """
    account, next_session = identity_provider().find(email), ""
    repeated = account and account.confirmed and account.user_id == user_id
    if not repeated:
        next_session = identity_provider().confirm_sign_up(user_id, code, session)
    profile = confirmation.confirm(_confirmed_account(email).user_id, email)
    if not next_session:
        return ConfirmedSignUp(profile)
    return ConfirmedSignUp(profile, _sign_in_confirmed(profile.user_id, next_session, client))


def confirm_with_new_password(email: str, code: str, password: str) -> ConfirmedSignUp:
    """Confirm the address in a browser that did not sign up. Raises WrongCode, Invalid.

    The sign-up may be a stranger's, who knows its password. Whoever has the code sets a new one,
    and everything begun with the first one ends.
    """
    account = identity_provider().find(email)
    unconfirmed.require_new_password(account.user_id if account else str(uuid4()))
    identity_provider().confirm_sign_up(email, code)
    user_id = _confirmed_account(email).user_id
    identity_provider().set_password(user_id, password)
    sign_out.everywhere(user_id)
    return ConfirmedSignUp(confirmation.confirm(user_id, email))


def resend_code(email: str) -> None:
    """Send another code, if the address awaits one."""
    identity_provider().resend_code(email)


def delete_unconfirmed(user_id: str, at: str) -> None:
    """Delete a sign-up that was never confirmed, or that had a taken address. Idempotent."""
    account = identity_provider().find(user_id)
    if account is None or not account.confirmed:
        unconfirmed.release(user_id)
        identity_provider().delete_user(user_id)
    scheduled_tasks.cancel(datetime.fromisoformat(at), user_id)


def _sign_in_confirmed(user_id: str, session: str, client: ClientInfo) -> SignInResult | None:
    """None if the provider asks for the password after all."""
    try:
        signed_in = identity_provider().sign_in_confirmed(user_id, session)
        result = sign_in.complete(signed_in, client)
    except ChallengeExpired:
        return None
    except Busy as busy:
        sentence = _("Your e-mail is confirmed, but we couldn’t sign you in. Please sign in.")
        raise Busy(sentence, retry_after=busy.retry_after) from busy
    return replace(result, newly_confirmed=True) if isinstance(result, SignInResult) else None


def _confirmed_account(email: str) -> Account:
    account = identity_provider().find(email)
    if account is None or not account.confirmed:
        raise WrongCode
    return account


def _create(handle: str, email: str, password: str) -> SignUp:
    try:
        account = identity_provider().sign_up(email, password)
    except AddressTaken:
        return _pretend(handle, email)  # also for the slower of two at once
    try:
        unconfirmed.claim(account.user_id, handle, email)
    except HandleTaken:
        identity_provider().delete_user(account.user_id)
        raise
    _schedule_deletion(account.user_id)
    return SignUp(email, account.user_id, account.session)


def _pretend(handle: str, email: str) -> SignUp:
    """Set the handle aside as for a new account: a free handle would reveal a taken address."""
    user_id = str(uuid4())
    unconfirmed.claim(user_id, handle, email=None)
    _schedule_deletion(user_id)
    return SignUp(email, user_id)


def _schedule_deletion(user_id: str) -> None:
    at = (now() + UNCONFIRMED_LASTS).replace(microsecond=0)
    with transaction() as work:
        scheduled_tasks.schedule(work, at, user_id, COMMAND, user_id=user_id, at=at.isoformat())
