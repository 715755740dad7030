"""Changing the e-mail address: a code goes to the new one, the old one stays until it comes back.

Nothing here reveals whether an address belongs to another account.
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.current_user import CurrentUser
from accounts.errors import AddressTaken, SessionEnded, WrongCode
from accounts.identity import account, sessions
from accounts.identity.cognito.protocol import identity_provider
from accounts.identity.models import PendingEmail
from accounts.mail import outbox
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import exists, now
from aptmagic.errors import Invalid
from aptmagic.observability import security_log

# Cognito's confirmation codes are valid for 24 hours.
CODE_LASTS = timedelta(days=1)


def request(person: CurrentUser, email: str) -> None:
    """Send a code to the new address; none if it belongs to another account.

    Raises Invalid if it is the user's present address.
    """
    if email == account.get(person).email:
        sentence = _("This is already your e-mail address.")
        raise Invalid(sentence, fields={"email": [sentence]})
    found = identity_provider().find(email)
    taken = found is not None and found.confirmed
    if not taken:
        try:
            identity_provider().change_email(account.access_token(person), email)
        except AddressTaken:
            taken = True
    key = PendingEmail.key(person.id)
    PendingEmail(*key, email=email, taken=taken, expires_at=now() + CODE_LASTS).save()


def pending(person: CurrentUser) -> str | None:
    """The address that awaits its code, requested in any of the user's browsers."""
    sessions.get_active(person)
    found = _find_pending(person)
    return found.email if found else None


def verify(person: CurrentUser, code: str) -> str:
    """Make the new address the user's, end their other sessions, and e-mail both addresses.

    Returns the address, as Cognito has it. Raises WrongCode. For a taken address no code is right,
    not even one for an address requested earlier: that is also how it is for a free one.
    """
    session = sessions.get_active(person)
    found = _find_pending(person)
    if found is None or found.taken:
        identity_provider().find(session.username)  # takes as long as the call below
        raise WrongCode
    identity_provider().verify_email(account.access_token(person), code)
    email = account.get(person).email
    before = _store(person.id, email)
    found.delete()
    sessions.end_others(person)
    security_log.info(
        "email-changed", person=person.id, account=security_log.email_fingerprint(email)
    )
    for to in filter(None, (before, email)):
        outbox.send("email-changed", person.id, to=to, new_email=email)
    return email


def _find_pending(person: CurrentUser) -> PendingEmail | None:
    found = PendingEmail.find(*PendingEmail.key(person.id), consistent=True)
    return found if found and found.expires_at > now() else None


def _store(user_id: str, email: str) -> str | None:
    """Write the address to the profile; returns the previous one."""
    profile = profiles.get(user_id)
    if profile is None:
        raise SessionEnded
    before = profile.email
    if not profile.update_if([Profile.email.set(email)], condition=exists(profile)):
        raise SessionEnded
    return str(before) if before else None
