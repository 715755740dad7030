"""Proving one's identity again, before a change that cannot be undone."""

from accounts.current_user import CurrentUser
from accounts.errors import WrongCode, WrongCurrentPassword, WrongPassword
from accounts.identity import passwords, recovery_codes, session_renewal, sessions
from accounts.identity.cognito.protocol import Challenge, SignedIn, identity_provider


def reauthenticate(person: CurrentUser, password: str, code: str = "") -> CurrentUser:
    """Check the password, and the TOTP code if the account asks for one; renews the session.

    Raises WrongCurrentPassword, WrongCode (also for a missing code), SessionEnded.
    """
    return session_renewal.mark_authenticated(person, _sign_in_again(person, password, code))


def _sign_in_again(person: CurrentUser, password: str, code: str) -> SignedIn:
    sessions.get_active(person)  # an ended session must not allow password attempts
    try:
        outcome, _spelling = passwords.sign_in(person.id, password)
    except WrongPassword as wrong:
        raise WrongCurrentPassword from wrong
    if isinstance(outcome, SignedIn) and recovery_codes.totp_was_skipped(outcome):
        identity_provider().sign_out(outcome.refresh_token)
        raise WrongCode
    if isinstance(outcome, Challenge) and outcome.kind == "totp":
        if not code:
            raise WrongCode
        outcome = identity_provider().answer_totp(outcome, code)
    if isinstance(outcome, Challenge) or outcome.user_id != person.id:
        raise WrongCurrentPassword
    return outcome
