"""Resetting a forgotten password with an e-mailed code."""

from accounts.identity import sign_out
from accounts.identity.cognito.protocol import identity_provider
from accounts.mail import outbox
from accounts.profiles import unconfirmed


def request(email: str) -> None:
    """Send a code, if the address has an account; nothing tells the caller whether it does."""
    identity_provider().request_password_reset(email)


def reset(email: str, code: str, password: str) -> None:
    """Set a new password, sign the user out everywhere and revoke their API tokens.

    Raises WrongCode; Invalid if the password is not accepted.
    """
    identity_provider().reset_password(email, code, password)
    if account := identity_provider().find(email):
        unconfirmed.clear_new_password_requirement(account.user_id)
        sign_out.everywhere(account.user_id)
        outbox.send("password-changed", account.user_id)
