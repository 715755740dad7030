"""What somebody signs in with: changed by themselves, a moment after they showed who they are.

Whatever changes here ends the sessions of their other browsers, and a letter tells them.
"""

from datetime import timedelta

from django.utils.translation import gettext as _
from pynamodb.exceptions import UpdateError

from accounts import letters, passwords, profiles, recovery, sessions, tokens
from accounts.errors import (
    AddressTaken,
    NotYourPassword,
    SessionEnded,
    WrongCode,
    WrongPassword,
)
from accounts.models import NewEmail, Profile
from accounts.people import Person
from accounts.providers import Account, Challenge, SignedIn, identity
from aptmagic import watch
from aptmagic.dynamo import now, refused_by_condition
from aptmagic.errors import Invalid

# A mailed code confirms an address for a day.
CODE_LASTS = timedelta(days=1)


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


def change_password(
    person: Person, old: str, new: str, code: str = "", *, revoke_tokens: bool = False
) -> Person:
    """Raises NotYourPassword, WrongCode; Invalid for a new one that will not do."""
    person = prove(person, old, code)
    _replace_password(_access_token(person), old, new)
    sessions.end_others(person)
    if revoke_tokens:
        tokens.revoke_all(person.id)
    watch.note("password-changed", person=person.id)
    letters.send("password-changed", person.id)
    return person


def sign_out_everywhere(user_id: str) -> None:
    """No session and no API token of theirs is good any more."""
    sessions.end_all(user_id)
    tokens.revoke_all(user_id)


def change_email(person: Person, email: str) -> None:
    """Send a code there; the old address stays until it comes back. A taken one gets none.

    Raises Invalid for the address they have.
    """
    if email == account(person).email:
        sentence = _("This is already your e-mail address.")
        raise Invalid(sentence, fields={"email": [sentence]})
    found = identity().find(email)
    taken = found is not None and found.confirmed
    if not taken:
        try:
            identity().change_email(_access_token(person), email)
        except AddressTaken:
            taken = True
    key = NewEmail.key(person.id)
    NewEmail(*key, email=email, taken=taken, expires_at=now() + CODE_LASTS).save()


def new_email(person: Person) -> str | None:
    """The address that awaits its code, in whichever of their browsers it was asked for."""
    sessions.live(person)
    wish = _wish(person)
    return wish.email if wish else None


def verify_email(person: Person, code: str) -> str:
    """From now on the new address is theirs; which one, the provider says. Raises WrongCode.

    After a taken one no code is right, not even that of an address they asked for before: that
    is how it is after a free one, too.
    """
    session = sessions.live(person)
    wish = _wish(person)
    if wish is None or wish.taken:
        identity().find(session.username)  # it takes as long
        raise WrongCode
    identity().verify_email(_access_token(person), code)
    email = account(person).email
    before = _write_down(person.id, email)
    wish.delete()
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
    recovery.forget(person.id)  # first: who has codes and is asked for none is taken for a thief
    identity().totp_off(person.id)
    watch.note("second-step-off", person=person.id)
    letters.send("second-step", person.id)
    sessions.end_others(person)


def _let_in(person: Person, password: str, code: str) -> SignedIn:
    sessions.live(person)  # nobody guesses passwords from a session that has ended
    try:
        outcome, _spelling = passwords.sign_in(person.id, password)
    except WrongPassword as wrong:
        raise NotYourPassword from wrong
    if isinstance(outcome, SignedIn) and recovery.code_was_skipped(outcome):
        identity().sign_out(outcome.refresh_token)
        raise WrongCode
    if isinstance(outcome, Challenge) and outcome.kind == "totp":
        if not code:
            raise WrongCode
        outcome = identity().answer_totp(outcome, code)
    if isinstance(outcome, Challenge) or outcome.user_id != person.id:
        raise NotYourPassword
    return outcome


def _replace_password(access_token: str, old: str, new: str) -> None:
    *others, last = passwords.spellings(old)
    for spelling in others:
        try:
            return identity().change_password(access_token, spelling, new)
        except NotYourPassword:
            continue
    identity().change_password(access_token, last, new)


def _wish(person: Person) -> NewEmail | None:
    wish = NewEmail.find(*NewEmail.key(person.id), consistent=True)
    return wish if wish and wish.expires_at > now() else None


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
