"""What somebody signs in with: changed by themselves, a moment after they showed who they are.

Whatever changes here ends the sessions of their other browsers, and a letter tells them.
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.api_tokens import tokens
from accounts.current_user import CurrentUser
from accounts.errors import (
    AddressTaken,
    SessionEnded,
    WrongCode,
    WrongCurrentPassword,
    WrongPassword,
)
from accounts.identity import passwords, recovery_codes, sessions
from accounts.identity.cognito.protocol import Account, Challenge, SignedIn, identity_provider
from accounts.identity.models import PendingEmail
from accounts.mail import outbox
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import exists, now
from aptmagic.errors import Invalid
from aptmagic.observability import security_log

# A mailed code confirms an address for a day.
CODE_LASTS = timedelta(days=1)


def reauthenticate(person: CurrentUser, password: str, code: str = "") -> CurrentUser:
    """They are who they were: the session goes on under new tokens. Raises WrongCurrentPassword,
    WrongCode (also for a missing one)."""
    return sessions.reauthenticate(person, _let_in(person, password, code))


def totp_enabled(person: CurrentUser) -> bool:
    return get_account(person).totp


def get_account(person: CurrentUser) -> Account:
    """What is kept of them where they sign in."""
    # Whom somebody else vouches for, Cognito knows by a name and not by their id.
    found = identity_provider().find(sessions.get_active(person).username)
    return found or Account(person.id, confirmed=True, federated=True)


def change_password(
    person: CurrentUser, old: str, new: str, code: str = "", *, revoke_tokens: bool = False
) -> CurrentUser:
    """Raises WrongCurrentPassword, WrongCode; Invalid for a new one that will not do."""
    person = reauthenticate(person, old, code)
    _replace_password(_access_token(person), old, new)
    sessions.end_others(person)
    if revoke_tokens:
        tokens.revoke_all(person.id)
    security_log.info("password-changed", person=person.id)
    outbox.send("password-changed", person.id)
    return person


def sign_out_everywhere(user_id: str) -> None:
    """No session and no API token of theirs is good any more."""
    sessions.end_all(user_id)
    tokens.revoke_all(user_id)


def change_email(person: CurrentUser, email: str) -> None:
    """Send a code there; the old address stays until it comes back. A taken one gets none.

    Raises Invalid for the address they have.
    """
    if email == get_account(person).email:
        sentence = _("This is already your e-mail address.")
        raise Invalid(sentence, fields={"email": [sentence]})
    found = identity_provider().find(email)
    taken = found is not None and found.confirmed
    if not taken:
        try:
            identity_provider().change_email(_access_token(person), email)
        except AddressTaken:
            taken = True
    key = PendingEmail.key(person.id)
    PendingEmail(*key, email=email, taken=taken, expires_at=now() + CODE_LASTS).save()


def pending_email(person: CurrentUser) -> str | None:
    """The address that awaits its code, in whichever of their browsers it was asked for."""
    sessions.get_active(person)
    wish = _wish(person)
    return wish.email if wish else None


def verify_email(person: CurrentUser, code: str) -> str:
    """From now on the new address is theirs; which one, the provider says. Raises WrongCode.

    After a taken one no code is right, not even that of an address they asked for before: that
    is how it is after a free one, too.
    """
    session = sessions.get_active(person)
    wish = _wish(person)
    if wish is None or wish.taken:
        identity_provider().find(session.username)  # it takes as long
        raise WrongCode
    identity_provider().verify_email(_access_token(person), code)
    email = get_account(person).email
    before = _write_down(person.id, email)
    wish.delete()
    sessions.end_others(person)
    security_log.info(
        "email-changed", person=person.id, account=security_log.email_fingerprint(email)
    )
    for to in filter(None, (before, email)):
        outbox.send("email-changed", person.id, to=to, new_email=email)
    return email


def create_totp_secret(person: CurrentUser) -> str:
    """A new key for an authenticator; it asks for nothing before `confirm_totp`."""
    return identity_provider().create_totp_secret(_access_token(person))


def enable_totp(person: CurrentUser, code: str) -> list[str]:
    """From now on signing in asks for a code, or for one of these. Raises WrongCode."""
    identity_provider().enroll_totp(_access_token(person), code)
    codes = new_recovery_codes(person)
    security_log.info("totp-on", person=person.id)
    outbox.send("two-step-verification", person.id, on="on")
    sessions.end_others(person)
    return codes


def new_recovery_codes(person: CurrentUser) -> list[str]:
    """Those of before are worth nothing any more."""
    security_log.info("recovery-codes-made", person=person.id)
    return recovery_codes.create(person.id)


def disable_totp(person: CurrentUser) -> None:
    """Signing in asks for the password alone."""
    recovery_codes.delete_all(
        person.id
    )  # first: who has codes and is asked for none is taken for a thief
    identity_provider().disable_totp(person.id)
    security_log.info("totp-off", person=person.id)
    outbox.send("two-step-verification", person.id)
    sessions.end_others(person)


def _let_in(person: CurrentUser, password: str, code: str) -> SignedIn:
    sessions.get_active(person)  # nobody guesses passwords from a session that has ended
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


def _replace_password(access_token: str, old: str, new: str) -> None:
    *others, last = passwords.spellings(old)
    for spelling in others:
        try:
            return identity_provider().change_password(access_token, spelling, new)
        except WrongCurrentPassword:
            continue
    identity_provider().change_password(access_token, last, new)


def _wish(person: CurrentUser) -> PendingEmail | None:
    wish = PendingEmail.find(*PendingEmail.key(person.id), consistent=True)
    return wish if wish and wish.expires_at > now() else None


def _access_token(person: CurrentUser) -> str:
    """Fresh enough: whoever comes here has proved who they are since it was made."""
    if token := sessions.get_active(person).access_token:
        return str(token)
    raise SessionEnded


def _write_down(user_id: str, email: str) -> str | None:
    """Keep the address in the profile as well; the one that was there."""
    profile = profiles.get(user_id)
    if profile is None:
        raise SessionEnded
    before = profile.email
    if not profile.update_if([Profile.email.set(email)], condition=exists(profile)):
        raise SessionEnded
    return str(before) if before else None
