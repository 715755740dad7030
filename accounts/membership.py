"""Coming in: sign up, confirm the address, sign in. Nothing here tells whether an address is known.

Cognito and our tables cannot be written together. Every step may be repeated, and signing in
heals what a crash between two steps has left.
"""

from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext as _

from accounts import profiles, sessions
from accounts.errors import AddressTaken, HandleTaken, WrongCode
from accounts.models import Profile
from accounts.people import Person
from accounts.providers import Challenge, identity
from aptmagic.errors import Refused


@dataclass(frozen=True)
class SignUp:
    """A sign-up that awaits its code. `user_id` is nobody's when the address has an account."""

    email: str
    user_id: str


@dataclass(frozen=True)
class Arrival:
    """Somebody signed in; `welcomed` when confirming had been cut short and this made it whole."""

    person: Person
    welcomed: bool


def sign_up(handle: str, email: str, password: str) -> SignUp:
    """Open an account and set the handle aside. Raises HandleTaken.

    An earlier sign-up for this address that was never confirmed gives way: its password may be
    forgotten, or a stranger's.
    """
    earlier = identity().find(email)
    unconfirmed = earlier.user_id if earlier and not earlier.confirmed else None
    profiles.refuse_taken(handle, unless_by=unconfirmed)
    if earlier and earlier.confirmed:
        return _pretend(email)
    if unconfirmed:
        profiles.release(unconfirmed)
        identity().delete(unconfirmed)
    return _open(handle, email, password)


def confirm(email: str, code: str, *, user_id: str | None = None) -> Profile:
    """Believe the address and welcome the person. Raises WrongCode.

    `user_id` names the sign-up this browser made; a code for another one, by whoever, is wrong.
    """
    account = identity().find(email)
    again = account and account.confirmed and account.user_id == user_id
    if not again:
        identity().confirm(user_id or email, code)
    account = identity().find(email)
    if account is None or not account.confirmed:
        raise WrongCode
    return profiles.welcome(account.user_id, email)


def resend(email: str) -> None:
    identity().resend(email)


def sign_in(email: str, password: str) -> Arrival:
    """Raises WrongPassword, NotConfirmed."""
    signed_in = identity().sign_in(email, password)
    if isinstance(signed_in, Challenge):
        raise Refused(_("This account asks for a second step that these pages do not offer."))
    known = profiles.get(signed_in.user_id)
    profile = known or profiles.welcome(signed_in.user_id, signed_in.email)
    return Arrival(sessions.start(signed_in, profile), welcomed=known is None)


def _open(handle: str, email: str, password: str) -> SignUp:
    try:
        user_id = identity().sign_up(email, password)
    except AddressTaken:
        return _pretend(email)  # two at once: the other one's code is on its way
    try:
        profiles.claim(user_id, handle, email)
    except HandleTaken:
        identity().delete(user_id)
        raise
    return SignUp(email, user_id)


def _pretend(email: str) -> SignUp:
    return SignUp(email, str(uuid4()))
