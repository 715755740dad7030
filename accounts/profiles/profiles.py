"""A person's profile and the handle that is theirs alone.

A sign-up claims both for a day; confirming the address makes them last and grants the free
credits, in one transaction, once.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import email_addresses
from accounts.billing import ledger
from accounts.billing.models import FreeCreditsMarker
from accounts.errors import HandleChangedRecently, HandleTaken
from accounts.profiles import handles, text
from accounts.profiles.models import HandleClaim, Profile
from accounts.profiles.text import ProfileText
from aptmagic.aws import queue
from aptmagic.aws.dynamodb import (
    ConditionFailed,
    Work,
    exists,
    now,
    transaction,
)
from aptmagic.errors import Busy, Conflict, NotFound
from aptmagic.rate_limits import limits

UNTIL_CONFIRMED = timedelta(hours=24)
BETWEEN_RENAMES = timedelta(days=30)
FORMER_HANDLES_LAST = timedelta(days=90)
# After somebody has left; templates/accounts/settings/data_delete.html says so.
MAILBOX_MARKER_LASTS = timedelta(days=730)
# No request lasts longer.
REQUEST_SECONDS = 30
# A handle of five random letters that is taken five times over: somebody else is wrong.
TRIES = 5


def get(user_id: str) -> Profile | None:
    """The profile of somebody who has confirmed their address."""
    found = Profile.find(*Profile.key(user_id))
    return found if found and found.confirmed else None


def by_handle(handle: str) -> Profile | None:
    """Whose handle this is, or was until lately: their profile says what it is now.

    Somebody who is leaving is found by nobody.
    """
    claim = HandleClaim.find(*HandleClaim.key(handle)) if handles.is_possible(handle) else None
    found = get(claim.user_id) if claim and not _lapsed(claim.expires_at) else None
    return found if found and not found.deletes_at else None


def get_own(user_id: str) -> Profile:
    """As get, and as it stands this moment. Raises NotFound."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or not found.confirmed:
        raise NotFound(_("This account was deleted."))
    return found


def refuse_taken(handle: str, *, unless_by: str | None = None) -> None:
    """Raises HandleTaken when somebody else's claim stands."""
    claim = HandleClaim.find(*HandleClaim.key(handle), consistent=True)
    if claim and claim.user_id != unless_by and not _lapsed(claim.expires_at):
        raise HandleTaken(handle)


def claim(user_id: str, handle: str, email: str | None) -> None:
    """Set handle and profile aside until the address is confirmed. Raises HandleTaken."""
    until = now() + UNTIL_CONFIRMED
    profile = Profile(
        *Profile.key(user_id), user_id=user_id, handle=handle, email=email, expires_at=until
    )
    try:
        with transaction() as work:
            work.put_new("profile", profile)
            _claim_handle(work, user_id, handle, until=until)
    except ConditionFailed as refused:
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
    except ConditionFailed:
        return  # the handle went to somebody else, or the address was confirmed this moment


def has_expired(user_id: str) -> bool:
    """Whether the time is up in which this sign-up could be confirmed."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    return found is None or _lapsed(found.expires_at)


def require_new_password(user_id: str) -> None:
    """Before a sign-up is confirmed by somebody else than whoever made it: what they chose as a
    password lets nobody in. Nothing happens to an account that is confirmed, or is none."""
    _change_unconfirmed(user_id, Profile.new_password_required.set(True))


def clear_new_password_requirement(user_id: str) -> None:
    """They have set it."""
    _change_unconfirmed(user_id, Profile.new_password_required.remove())


def new_password_required(user_id: str) -> bool:
    found = Profile.find(*Profile.key(user_id), consistent=True)
    return bool(found and not found.confirmed and found.new_password_required)


def _change_unconfirmed(user_id: str, action: Any) -> None:
    Profile(*Profile.key(user_id)).update_if([action], condition=Profile.expires_at.exists())


def confirm(user_id: str, email: str) -> Profile:
    """Make a confirmed person's profile last and grant the free credits. Any number of times.

    A mailbox has them once, also when its person has left and comes back. It also heals what a
    crash between Cognito and us has left: a missing profile gets a handle, and a handle that was
    lost meanwhile gets a suffix.
    """
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.confirmed:
        return found
    mailbox = email_addresses.fingerprint(email or user_id)
    granted = _granted(mailbox)
    for handle in _handles_for(found.handle if found else None):
        profile = _lasting(found, user_id, handle, email)
        profile.free_credits = mailbox
        try:
            with transaction() as work:
                _welcome(work, profile, grants=not granted)
        except ConditionFailed as refused:
            if refused.failed("mailbox") and not refused.failed("profile"):
                return confirm(user_id, email)  # another account of this mailbox was faster
            if not refused.failed("handle"):
                break  # somebody did the same this moment
        else:
            return profile
    if (found := Profile.find(*Profile.key(user_id), consistent=True)) and found.confirmed:
        return found
    raise Busy(_("We couldn’t create your profile. Please sign in again."))


def keep_mailbox_marker(profile: Profile) -> None:
    """Before it is erased: a mailbox that comes back has had its free credits."""
    known = {profile.free_credits, profile.email and email_addresses.fingerprint(profile.email)}
    for fingerprint in known - {None, ""}:
        # An update, for the worker may put nothing new among people.
        FreeCreditsMarker(*FreeCreditsMarker.key(fingerprint)).update(
            [
                FreeCreditsMarker.created_at.set(now()),
                FreeCreditsMarker.expires_at.set(now() + MAILBOX_MARKER_LASTS),
            ]
        )


def _granted(mailbox: str) -> bool:
    found = FreeCreditsMarker.find(*FreeCreditsMarker.key(mailbox), consistent=True)
    return found is not None and not _lapsed(found.expires_at)


def update_text(
    user_id: str,
    *,
    name: str | None = None,
    bio: str | None = None,
    links: Iterable[str] | None = None,
    private: bool | None = None,
) -> Profile:
    """Change what is given. Raises NotFound, Invalid; RefusedText and TooManyRequests as a
    post's words do."""
    found = get_own(user_id)
    before = ProfileText(found.name or "", found.bio or "", tuple(found.links or ()))
    said = text.validate(
        name=before.name if name is None else name,
        bio=before.bio if bio is None else bio,
        links=before.links if links is None else links,
    )
    if said.words != before.words:
        import_string(settings.TEXT_MODERATION)(*said.words, person=user_id)
    changes = _written(said, before)
    turned = private is not None and private != found.private
    if turned:
        changes.append(Profile.private.set(bool(private)))
    renamed = said.name != before.name
    if renamed or (turned and not private):  # going private is never refused
        limits.hit("profile", person=user_id)
    if turned or renamed:  # what their posts say, or whether they are shown
        with refresh_author(user_id):
            found.update([*changes, Profile.version.add(1)], condition=exists(Profile))
    elif changes:
        found.update(changes, condition=exists(Profile))
    return found


def rename(user_id: str, typed: str) -> Profile:
    """Another handle; the one before is kept for them a while, and leads here.

    Raises Invalid, HandleTaken, HandleChangedRecently.
    """
    found, handle = get_own(user_id), handles.normalise(typed)
    if handle == found.handle:
        return found
    if (again := next_rename_at(found)) > now():
        raise HandleChangedRecently(found.handle_changed_at, again)
    try:
        with refresh_author(user_id), transaction() as work:
            _rename(work, found, handle)
    except ConditionFailed as refused:
        if refused.failed("handle"):
            raise HandleTaken(handle) from refused
        raise Conflict(
            _("Your profile was just changed elsewhere. Reload the page and try again.")
        ) from refused
    return get_own(user_id)


def next_rename_at(profile: Profile) -> datetime:
    """From when on the handle may be changed."""
    changed_at: datetime = profile.handle_changed_at or profile.created_at - BETWEEN_RENAMES
    return changed_at + BETWEEN_RENAMES


@contextmanager
def refresh_author(user_id: str) -> Iterator[None]:
    """While what cards show of somebody changes. Their posts hear of it, whatever happens to us:
    at once, and once more when no request can be under way that knew them as they were before.
    """
    queue.enqueue("refresh_author", delay=REQUEST_SECONDS, user_id=user_id)
    yield
    queue.enqueue("refresh_author", user_id=user_id)


def _written(said: ProfileText, before: ProfileText) -> list[Any]:
    """Only what is another, so that two who write at once do not undo each other."""
    changes = []
    if said.name != before.name:
        changes.append(Profile.name.set(said.name) if said.name else Profile.name.remove())
    if said.bio != before.bio:
        changes.append(Profile.bio.set(said.bio) if said.bio else Profile.bio.remove())
    if said.links != before.links:
        links = list(said.links)
        changes.append(Profile.links.set(links) if links else Profile.links.remove())
    return changes


def _rename(work: Work, profile: Profile, handle: str) -> None:
    former = ({*(profile.former_handles or ()), profile.handle}) - {handle}
    listed = profile.handle_prefix is not None
    unlisted_still = Profile.handle_prefix.does_not_exist()
    work.update(
        "profile",
        Profile(*Profile.key(profile.user_id)),
        actions=[
            Profile.handle.set(handle),
            *([Profile.handle_prefix.set(handle[:2])] if listed else []),
            Profile.handle_changed_at.set(now()),
            Profile.former_handles.set(former),
            Profile.version.add(1),
        ],
        condition=(Profile.handle == profile.handle)
        & (Profile.handle_prefix.exists() if listed else unlisted_still),
    )
    _claim_handle(work, profile.user_id, handle, until=None)
    held = HandleClaim(*HandleClaim.key(profile.handle), user_id=profile.user_id)
    held.expires_at = now() + FORMER_HANDLES_LAST
    work.put("former", held, condition=HandleClaim.user_id == profile.user_id)


def _welcome(work: Work, profile: Profile, *, grants: bool) -> None:
    unconfirmed = Profile.pk.does_not_exist() | Profile.expires_at.exists()
    work.put("profile", profile, condition=unconfirmed)
    _claim_handle(work, profile.user_id, profile.handle, until=None)
    if not grants:
        return
    never = FreeCreditsMarker.pk.does_not_exist() | (FreeCreditsMarker.expires_at < now())
    item = FreeCreditsMarker(*FreeCreditsMarker.key(profile.free_credits))
    work.put("mailbox", item, condition=never)
    ledger.add_grant(
        work,
        profile.user_id,
        settings.FREE_CREDITS,
        reference=ledger.WELCOME,
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
    for _try in range(TRIES):
        yield handles.with_suffix(wanted)


def _lasting(found: Profile | None, user_id: str, handle: str, email: str) -> Profile:
    profile = found or Profile(*Profile.key(user_id), user_id=user_id)
    profile.handle, profile.handle_prefix, profile.email = handle, handle[:2], email
    profile.expires_at, profile.new_password_required = None, None
    return profile


def _lapsed(moment: datetime | None) -> bool:
    return moment is not None and moment < now()
