"""Signing in: a password, then what else the provider asks for, then a session.

Each step may be repeated. Signing in also repairs what a crash between Cognito's confirmation of
an account and ours has left undone.
"""

from dataclasses import dataclass

from accounts.current_user import CurrentUser
from accounts.errors import ChallengeExpired, PasswordResetRequired, WrongRecoveryCode
from accounts.identity import passwords, recovery_codes, sessions
from accounts.identity.cognito.protocol import Challenge, SignedIn, identity_provider
from accounts.identity.devices import UNKNOWN_CLIENT, ClientInfo
from accounts.profiles import confirmation, profiles, unconfirmed


@dataclass(frozen=True)
class SignInResult:
    """A signed-in user. `newly_confirmed` if this sign-in completed the account's confirmation;
    `deletion_pending` if the account is due to be erased."""

    person: CurrentUser
    newly_confirmed: bool
    deletion_pending: bool = False


def with_password(
    email: str, password: str, client: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Raises WrongPassword, NotConfirmed, PasswordResetRequired."""
    outcome, _spelling = passwords.sign_in(email, password)
    return complete(outcome, client)


def answer_totp(
    challenge: Challenge, code: str, client: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Raises WrongCode, ChallengeExpired."""
    outcome = identity_provider().answer_totp(challenge, code)
    return complete(outcome, client, code_given=True)


def set_new_password(
    challenge: Challenge, password: str, client: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Replace the temporary password of an invitation. Raises Invalid, ChallengeExpired."""
    return complete(identity_provider().answer_new_password(challenge, password), client)


def with_recovery_code(
    email: str, password: str, code: str, client: ClientInfo = UNKNOWN_CLIENT
) -> SignInResult | Challenge:
    """Sign in with a recovery code instead of a TOTP code. Raises WrongPassword, WrongRecoveryCode.

    Cognito has no recovery codes, so TOTP is off for the moment of this sign-in. The suspension is
    stored first: any other sign-in that Cognito lets through during it is refused here.
    """
    outcome, spelling = passwords.sign_in(email, password)
    if isinstance(outcome, SignedIn) or outcome.kind != "totp":
        return complete(outcome, client)
    account = identity_provider().find(outcome.username)
    if account is None or not recovery_codes.use(account.user_id, code):
        raise WrongRecoveryCode
    recovery_codes.suspend_totp(account.user_id)
    identity_provider().disable_totp(account.user_id)
    try:
        outcome = identity_provider().sign_in(email, spelling)
    finally:
        recovery_codes.resume_totp(account.user_id)
    return complete(outcome, client, code_given=True)


def complete_federated(signed_in: SignedIn, client: ClientInfo) -> SignInResult | Challenge:
    """Start a session for a user whom Cognito's hosted UI has signed in. Raises ChallengeExpired.

    The hosted UI asks for TOTP codes itself. Whether it did follows from the time of the sign-in,
    compared with the times at which TOTP was suspended.
    """
    if recovery_codes.was_suspended_at(signed_in.user_id, signed_in.auth_time):
        identity_provider().sign_out(signed_in.refresh_token)
        raise ChallengeExpired
    return complete(signed_in, client, code_given=True)


def complete(
    outcome: SignedIn | Challenge, client: ClientInfo, *, code_given: bool = False
) -> SignInResult | Challenge:
    """Start a session for a user whom the provider has signed in; a challenge is passed on.

    Raises ChallengeExpired if TOTP was skipped because a recovery had suspended it;
    PasswordResetRequired if the address was confirmed by its owner, who has not set a password yet.
    """
    if isinstance(outcome, Challenge):
        return outcome
    if not code_given and recovery_codes.totp_was_skipped(outcome):
        identity_provider().sign_out(outcome.refresh_token)
        raise ChallengeExpired
    known = profiles.get(outcome.user_id)
    if known is None and unconfirmed.new_password_required(outcome.user_id):
        identity_provider().sign_out(outcome.refresh_token)
        raise PasswordResetRequired
    profile = known or confirmation.confirm(outcome.user_id, outcome.email)
    person = sessions.start(outcome, profile, client)
    return SignInResult(
        person, newly_confirmed=known is None, deletion_pending=profile.deletes_at is not None
    )
