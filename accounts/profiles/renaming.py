"""Changing a handle: once in 30 days, and the former one leads to the account for 90."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.errors import HandleChangedRecently, HandleTaken
from accounts.profiles import handle_claims, handles, profiles
from accounts.profiles.models import HandleClaim, Profile
from aptmagic.aws.dynamodb import ConditionFailed, Work, now, transaction
from aptmagic.errors import Conflict

BETWEEN_RENAMES = timedelta(days=30)
FORMER_HANDLES_LAST = timedelta(days=90)


def rename(user_id: str, typed: str) -> Profile:
    """Change the handle. Raises Invalid, HandleTaken, HandleChangedRecently; Conflict if the
    profile changed meanwhile."""
    found, handle = profiles.get_own(user_id), handles.normalise(typed)
    if handle == found.handle:
        return found
    if (again := next_rename_at(found)) > now():
        raise HandleChangedRecently(found.handle_changed_at, again)
    try:
        with profiles.refresh_author(user_id), transaction() as work:
            _add(work, found, handle)
    except ConditionFailed as refused:
        if refused.failed("handle"):
            raise HandleTaken(handle) from refused
        raise Conflict(
            _("Your profile was just changed elsewhere. Reload the page and try again.")
        ) from refused
    return profiles.get_own(user_id)


def next_rename_at(profile: Profile) -> datetime:
    """The earliest time at which the handle may be changed."""
    changed_at: datetime = profile.handle_changed_at or profile.created_at - BETWEEN_RENAMES
    return changed_at + BETWEEN_RENAMES


def _add(work: Work, profile: Profile, handle: str) -> None:
    former = ({*(profile.former_handles or ()), profile.handle}) - {handle}
    listed = profile.handle_prefix is not None
    prefix = Profile.handle_prefix
    work.update(
        "profile",
        Profile(*Profile.key(profile.user_id)),
        actions=[
            Profile.handle.set(handle),
            *([prefix.set(handle[:2])] if listed else []),
            Profile.handle_changed_at.set(now()),
            Profile.former_handles.set(former),
            Profile.version.add(1),
        ],
        condition=(Profile.handle == profile.handle)
        & (prefix.exists() if listed else prefix.does_not_exist()),
    )
    handle_claims.add(work, profile.user_id, handle, until=None)
    held = HandleClaim(*HandleClaim.key(profile.handle), user_id=profile.user_id)
    held.expires_at = now() + FORMER_HANDLES_LAST
    work.put("former", held, condition=HandleClaim.user_id == profile.user_id)
