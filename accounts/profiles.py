"""A person's profile and the handle that is theirs alone.

A sign-up claims both for a day; confirming the address makes them last and grants the free
credits, in one transaction, once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from accounts import credits, handles
from accounts.errors import HandleTaken
from accounts.models import HandleClaim, Profile
from aptmagic.dynamo import Cancelled, Work, now, transaction
from aptmagic.errors import Busy

UNTIL_CONFIRMED = timedelta(hours=24)
# A handle of five random letters that is taken five times over: somebody else is wrong.
TRIES = 5


def get(user_id: str) -> Profile | None:
    """The profile of somebody who has confirmed their address."""
    found = Profile.find(*Profile.key(user_id))
    return found if found and found.confirmed else None


def by_handle(handle: str) -> Profile | None:
    claim = HandleClaim.find(*HandleClaim.key(handle)) if handles.possible(handle) else None
    return get(claim.user_id) if claim else None


def refuse_taken(handle: str, *, unless_by: str | None = None) -> None:
    """Raises HandleTaken when somebody else's claim stands."""
    claim = HandleClaim.find(*HandleClaim.key(handle), consistent=True)
    if claim and claim.user_id != unless_by and not _lapsed(claim.expires_at):
        raise HandleTaken(handle)


def claim(user_id: str, handle: str, email: str) -> None:
    """Set handle and profile aside until the address is confirmed. Raises HandleTaken."""
    until = now() + UNTIL_CONFIRMED
    profile = Profile(
        *Profile.key(user_id), user_id=user_id, handle=handle, email=email, expires_at=until
    )
    try:
        with transaction() as work:
            work.put_new("profile", profile)
            _claim_handle(work, user_id, handle, until=until)
    except Cancelled as refused:
        if refused.failed("handle"):
            raise HandleTaken(handle) from refused
        raise


def release(user_id: str) -> None:
    """Give up what an unconfirmed sign-up had claimed; a confirmed one stays as it is."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or found.confirmed:
        return
    mine = HandleClaim.user_id == user_id
    try:
        with transaction() as work:
            work.delete("profile", found, condition=Profile.expires_at.exists())
            work.delete("handle", HandleClaim(*HandleClaim.key(found.handle)), condition=mine)
    except Cancelled:
        return  # the handle went to somebody else, or the address was confirmed this moment


def welcome(user_id: str, email: str) -> Profile:
    """Make a confirmed person's profile last and grant the free credits. Any number of times.

    It also heals what a crash between Cognito and us has left: a missing profile gets a handle,
    and a handle that was lost meanwhile gets a suffix.
    """
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.confirmed:
        return found
    for handle in _handles_for(found.handle if found else None):
        profile = _lasting(found, user_id, handle, email)
        try:
            with transaction() as work:
                _welcome(work, profile)
        except Cancelled as refused:
            if not refused.failed("handle"):
                break  # somebody did the same this moment
        else:
            return profile
    if (found := Profile.find(*Profile.key(user_id), consistent=True)) and found.confirmed:
        return found
    raise Busy("Your profile could not be made just now; please sign in again.")


def _welcome(work: Work, profile: Profile) -> None:
    unconfirmed = Profile.pk.does_not_exist() | Profile.expires_at.exists()
    work.put("profile", profile, condition=unconfirmed)
    _claim_handle(work, profile.user_id, profile.handle, until=None)
    credits.add_grant(
        work,
        profile.user_id,
        settings.FREE_CREDITS,
        reference=credits.WELCOME,
        reason="Welcome to APT Magic",
    )


def _claim_handle(work: Work, user_id: str, handle: str, *, until: datetime | None) -> None:
    """DynamoDB removes expired items when it finds the time: a lapsed claim is a free handle."""
    free = HandleClaim.pk.does_not_exist() | (HandleClaim.expires_at < now())
    claim = HandleClaim(*HandleClaim.key(handle), user_id=user_id, expires_at=until)
    work.put("handle", claim, condition=free | (HandleClaim.user_id == user_id))


def _handles_for(wanted: str | None) -> Iterator[str]:
    if wanted:
        yield wanted
    for _ in range(TRIES):
        yield handles.suffixed(wanted)


def _lasting(found: Profile | None, user_id: str, handle: str, email: str) -> Profile:
    profile = found or Profile(*Profile.key(user_id), user_id=user_id)
    profile.handle, profile.handle_prefix, profile.email = handle, handle[:2], email
    profile.expires_at = None
    return profile


def _lapsed(moment: datetime | None) -> bool:
    return moment is not None and moment < now()
