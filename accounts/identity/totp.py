"""Two-step verification: turning an authenticator app on and off.

Each change ends the user's other sessions and is e-mailed to them.
"""

from accounts.current_user import CurrentUser
from accounts.identity import account, recovery_codes, sessions
from accounts.identity.cognito.protocol import identity_provider
from accounts.mail import outbox
from aptmagic.observability import security_log


def is_enabled(person: CurrentUser) -> bool:
    return account.get(person).totp


def create_secret(person: CurrentUser) -> str:
    """A new key for an authenticator app, in Base32. It has no effect until `enable`."""
    return identity_provider().create_totp_secret(account.access_token(person))


def enable(person: CurrentUser, code: str) -> list[str]:
    """Ask for a code at each sign-in from now on; returns recovery codes. Raises WrongCode."""
    identity_provider().enroll_totp(account.access_token(person), code)
    codes = replace_recovery_codes(person)
    security_log.info("totp-on", person=person.id)
    outbox.send("two-step-verification", person.id, on="on")
    sessions.end_others(person)
    return codes


def replace_recovery_codes(person: CurrentUser) -> list[str]:
    """New recovery codes; earlier ones stop working."""
    security_log.info("recovery-codes-made", person=person.id)
    return recovery_codes.create(person.id)


def disable(person: CurrentUser) -> None:
    """Ask for the password alone from now on."""
    # First: a sign-in without a code to an account with recovery codes is taken for an attack.
    recovery_codes.delete_all(person.id)
    identity_provider().disable_totp(person.id)
    security_log.info("totp-off", person=person.id)
    outbox.send("two-step-verification", person.id)
    sessions.end_others(person)
