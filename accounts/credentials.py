"""What somebody signs in with: changed by themselves, a moment after they showed who they are.

Whatever changes here ends the sessions of their other browsers, and a letter tells them.
"""

from pynamodb.exceptions import UpdateError

from accounts import letters, profiles, recovery, sessions
from accounts.errors import NotYourPassword, SessionEnded, WrongCode, WrongPassword
from accounts.models import Profile, Session
from accounts.people import Person
from accounts.providers import Account, Challenge, SignedIn, identity
from aptmagic import watch
from aptmagic.dynamo import refused_by_condition


def prove(person: Person, password: str, code: str = "") -> Person:
    """They are who they were: the session goes on under new tokens. Raises NotYourPassword,
    WrongCode (also for a missing one)."""
    return sessions.prove(person, _let_in(person, password, code))


def asks_for_codes(person: Person) -> bool:
    return account(person).totp


def account(person: Person) -> Account:
    """What is kept of them where they sign in."""
    # Whom somebody else vouches for, Cognito knows by a name and not by their id.
    found = identity().find(sessions.live(person).username)
    return found or Account(person.id, confirmed=True, elsewhere=True)


def change_password(person: Person, old: str, new: str, code: str = "") -> Person:
    """Raises NotYourPassword, WrongCode; Invalid for a new one that will not do."""
    person = prove(person, old, code)
    identity().change_password(_access_token(person), old, new)
    sessions.end_others(person)
    watch.note("password-changed", person=person.id)
    letters.send("password-changed", person.id)
    return person


def change_email(person: Person, email: str) -> None:
    """Send a code there; the old address stays until it comes back. A taken one gets none."""
    session = sessions.live(person)
    identity().change_email(_access_token(person), email)
    session.update([Session.new_email.set(email)], condition=Session.pk.exists())


def new_email(person: Person) -> str | None:
    """The address that awaits its code."""
    return sessions.live(person).new_email


def verify_email(person: Person, code: str) -> str:
    """From now on the new address is theirs. Raises WrongCode."""
    session = sessions.live(person)
    if not (email := session.new_email):
        raise WrongCode
    identity().verify_email(_access_token(person), code)
    before = _write_down(person.id, email)
    session.update([Session.new_email.remove()], condition=Session.pk.exists())
    sessions.end_others(person)
    watch.note("email-changed", person=person.id, account=watch.mark(email))
    for to in filter(None, (before, email)):
        letters.send("email-changed", person.id, to=to, new_email=email)
    return email


def totp_secret(person: Person) -> str:
    """A new key for an authenticator; it asks for nothing before `confirm_totp`."""
    return identity().totp_secret(_access_token(person))


def confirm_totp(person: Person, code: str) -> list[str]:
    """From now on signing in asks for a code, or for one of these. Raises WrongCode."""
    identity().confirm_totp(_access_token(person), code)
    codes = new_recovery_codes(person)
    watch.note("second-step-on", person=person.id)
    letters.send("second-step", person.id, on="on")
    sessions.end_others(person)
    return codes


def new_recovery_codes(person: Person) -> list[str]:
    """Those of before are worth nothing any more."""
    watch.note("recovery-codes-made", person=person.id)
    return recovery.make(person.id)


def totp_off(person: Person) -> None:
    """Signing in asks for the password alone."""
    identity().totp_off(person.id)
    recovery.forget(person.id)
    watch.note("second-step-off", person=person.id)
    letters.send("second-step", person.id)
    sessions.end_others(person)


def _let_in(person: Person, password: str, code: str) -> SignedIn:
    sessions.live(person)  # nobody guesses passwords from a session that has ended
    try:
        outcome = identity().sign_in(person.id, password)
    except WrongPassword as wrong:
        raise NotYourPassword from wrong
    if isinstance(outcome, Challenge) and outcome.kind == "totp":
        if not code:
            raise WrongCode
        outcome = identity().answer_totp(outcome, code)
    if isinstance(outcome, Challenge) or outcome.user_id != person.id:
        raise NotYourPassword
    return outcome


def _access_token(person: Person) -> str:
    """Fresh enough: whoever comes here has proved who they are since it was made."""
    if token := sessions.live(person).access_token:
        return str(token)
    raise SessionEnded


def _write_down(user_id: str, email: str) -> str | None:
    """Keep the address in the profile as well; the one that was there."""
    profile = profiles.get(user_id)
    if profile is None:
        raise SessionEnded
    before = profile.email
    try:
        profile.update([Profile.email.set(email)], condition=Profile.pk.exists())
    except UpdateError as error:
        if refused_by_condition(error):
            raise SessionEnded from error
        raise
    return str(before) if before else None
