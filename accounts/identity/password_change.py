"""Changing the password."""

from accounts.api_tokens import tokens
from accounts.current_user import CurrentUser
from accounts.errors import WrongCurrentPassword
from accounts.identity import account, passwords, reauthentication, sessions
from accounts.identity.cognito.protocol import identity_provider
from accounts.mail import outbox
from aptmagic.observability import security_log


def change(
    person: CurrentUser, old: str, new: str, code: str = "", *, revoke_tokens: bool = False
) -> CurrentUser:
    """Set a new password, end the user's other sessions and e-mail them.

    Raises WrongCurrentPassword, WrongCode; Invalid if the new password is not accepted.
    """
    person = reauthentication.reauthenticate(person, old, code)
    _change_at_provider(account.access_token(person), old, new)
    sessions.end_others(person)
    if revoke_tokens:
        tokens.revoke_all(person.id)
    security_log.info("password-changed", person=person.id)
    outbox.send("password-changed", person.id)
    return person


def _change_at_provider(access_token: str, old: str, new: str) -> None:
    """The old password may be stored in an earlier spelling (see `passwords`)."""
    *others, last = passwords.spellings(old)
    for spelling in others:
        try:
            return identity_provider().change_password(access_token, spelling, new)
        except WrongCurrentPassword:
            continue
    identity_provider().change_password(access_token, last, new)
