"""Confirming an account: its permanent profile, its handle and free credits, in one transaction."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import email_addresses
from accounts.billing import ledger
from accounts.billing.entry_kinds import WELCOME
from accounts.billing.models import FreeCreditsMarker
from accounts.profiles import handle_claims, handles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import ConditionFailed, Work, now, transaction
from aptmagic.errors import Busy

# Counted from the erasure of the account; templates/accounts/settings/data_delete.html says so.
MAILBOX_MARKER_LASTS = timedelta(days=730)
# Five random suffixes that are all taken point to another error.
MAX_SUFFIXES = 5


def confirm(user_id: str, email: str) -> Profile:
    """Make the profile permanent and grant the free credits. Idempotent.

    Each mailbox gets free credits once, also if its account was deleted since. This also repairs
    what a crash between Cognito's confirmation and ours has left: a missing profile gets a handle,
    and one whose handle was claimed by another account gets a suffix.
    """
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.confirmed:
        return found
    mailbox = email_addresses.fingerprint(email or user_id)
    granted = _had_free_credits(mailbox)
    for handle in _candidates(found.handle if found else None):
        profile = _confirmed_profile(found, user_id, handle, email)
        profile.mailbox = mailbox
        try:
            with transaction() as work:
                _add(work, profile, grants=not granted)
        except ConditionFailed as refused:
            if refused.failed("mailbox") and not refused.failed("profile"):
                return confirm(user_id, email)  # another account of the mailbox got them first
            if not refused.failed("handle"):
                break  # another request has just confirmed it
        else:
            return profile
    if (found := Profile.find(*Profile.key(user_id), consistent=True)) and found.confirmed:
        return found
    raise Busy(_("We couldn’t create your profile. Please sign in again."))


def keep_mailbox_marker(profile: Profile) -> None:
    """Before a profile is erased: remember that its mailbox has had the free credits."""
    known = {profile.mailbox, profile.email and email_addresses.fingerprint(profile.email)}
    for fingerprint in known - {None, ""}:
        # An update: the worker's role may not put items into this table.
        FreeCreditsMarker(*FreeCreditsMarker.key(fingerprint)).update(
            [
                FreeCreditsMarker.created_at.set(now()),
                FreeCreditsMarker.expires_at.set(now() + MAILBOX_MARKER_LASTS),
            ]
        )


def _had_free_credits(mailbox: str) -> bool:
    found = FreeCreditsMarker.find(*FreeCreditsMarker.key(mailbox), consistent=True)
    return found is not None and not handle_claims.has_lapsed(found.expires_at)


def _add(work: Work, profile: Profile, *, grants: bool) -> None:
    unconfirmed = Profile.pk.does_not_exist() | Profile.expires_at.exists()
    work.put("profile", profile, condition=unconfirmed)
    handle_claims.add(work, profile.user_id, profile.handle, until=None)
    if not grants:
        return
    never = FreeCreditsMarker.pk.does_not_exist() | (FreeCreditsMarker.expires_at < now())
    marker = FreeCreditsMarker(*FreeCreditsMarker.key(profile.mailbox))
    work.put("mailbox", marker, condition=never)
    ledger.add_grant(
        work,
        profile.user_id,
        settings.FREE_CREDITS,
        kind=WELCOME,
        reference=ledger.WELCOME_REFERENCE,
    )


def _candidates(wanted: str | None) -> Iterator[str]:
    if wanted:
        yield wanted
    for _attempt in range(MAX_SUFFIXES):
        yield handles.with_suffix(wanted)


def _confirmed_profile(found: Profile | None, user_id: str, handle: str, email: str) -> Profile:
    profile = found or Profile(*Profile.key(user_id), user_id=user_id)
    profile.handle, profile.handle_prefix, profile.email = handle, handle[:2], email
    profile.expires_at, profile.needs_new_password = None, None
    return profile
