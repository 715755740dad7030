"""Profiles of sign-ups that await confirmation: they expire unless the address is confirmed."""

from datetime import timedelta
from typing import Any

from accounts.errors import HandleTaken
from accounts.profiles import handle_claims
from accounts.profiles.models import HandleClaim, Profile
from aptmagic.aws.dynamodb import ConditionFailed, now, transaction

# As long as a confirmation code of Cognito's is valid.
CONFIRM_WITHIN = timedelta(hours=24)


def claim(user_id: str, handle: str, email: str | None) -> None:
    """Reserve the handle and a profile until the address is confirmed. Raises HandleTaken."""
    until = now() + CONFIRM_WITHIN
    profile = Profile(
        *Profile.key(user_id), user_id=user_id, handle=handle, email=email, expires_at=until
    )
    try:
        with transaction() as work:
            work.put_new("profile", profile)
            handle_claims.add(work, user_id, handle, until=until)
    except ConditionFailed as refused:
        if refused.failed("handle"):
            raise HandleTaken(handle) from refused
        raise


def release(user_id: str) -> None:
    """Delete what an unconfirmed sign-up has claimed. A confirmed account is left as it is."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or found.confirmed:
        return
    own = HandleClaim.user_id == user_id
    try:
        with transaction() as work:
            work.delete("profile", found, condition=Profile.expires_at.exists())
            work.delete("handle", HandleClaim(*HandleClaim.key(found.handle)), condition=own)
    except ConditionFailed:
        return  # the handle was claimed by another account, or the address was just confirmed


def has_expired(user_id: str) -> bool:
    """Whether this sign-up can no longer be confirmed."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    return found is None or handle_claims.has_lapsed(found.expires_at)


def require_new_password(user_id: str) -> None:
    """Refuse the sign-up's password: it may not be the address owner's.

    Does nothing to an account that is confirmed or does not exist.
    """
    _change(user_id, Profile.needs_new_password.set(True))


def clear_new_password_requirement(user_id: str) -> None:
    """The owner of the address has set a password."""
    _change(user_id, Profile.needs_new_password.remove())


def new_password_required(user_id: str) -> bool:
    found = Profile.find(*Profile.key(user_id), consistent=True)
    return bool(found and not found.confirmed and found.needs_new_password)


def _change(user_id: str, action: Any) -> None:
    Profile(*Profile.key(user_id)).update_if([action], condition=Profile.expires_at.exists())
