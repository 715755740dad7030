"""Account deletion: hidden at once, erased after `settings.ACCOUNT_DELETION_DAYS`.

The profile holds the day, and a scheduled task erases everything then, here and at the identity
provider. The task runs once more after the last session cookie has expired, so that nothing written
meanwhile is left. The ledger stays, under an id that identifies nobody.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.billing import ledger
from accounts.mail import outbox
from accounts.privacy.personal_data import sources
from accounts.profiles import preferences, profiles
from accounts.profiles.models import Profile
from aptmagic.aws import queue, scheduled_tasks
from aptmagic.aws.dynamodb import ConditionFailed, exists, now, transaction
from aptmagic.aws.scheduled_tasks import ScheduledTask
from aptmagic.errors import Busy, Conflict

COMMAND = "erase_account"
# `deletes_at` of an account that is being erased: always in the past, so it can't be cancelled.
ERASING = datetime(2000, 1, 1, tzinfo=UTC)
# Longer than a session cookie is believed without a read.
SECOND_PASS_AFTER = timedelta(minutes=30)
# Well below the timeout of the worker's Lambda function.
MAX_SECONDS = 90
BATCH_SIZE = 200
# How often the profile may change between a read and a write.
MAX_ATTEMPTS = 5


def request(user_id: str) -> datetime:
    """Hide the account now and schedule its erasure; returns when. Idempotent.

    Raises NotFound; Busy if the profile keeps changing meanwhile.
    """
    for _attempt in range(MAX_ATTEMPTS):
        at = profiles.get_own(user_id).deletes_at or _schedule(user_id)
        if at:
            # Also for a repeated request: the first e-mail may have been lost.
            outbox.send("account-deletion", user_id, reference=at.isoformat(), until=at.isoformat())
            return at
    raise _busy()


def cancel(user_id: str) -> None:
    """Keep the account. Idempotent.

    Raises Conflict if erasure has begun, NotFound if it is complete; Busy if the profile keeps
    changing meanwhile.
    """
    for _attempt in range(MAX_ATTEMPTS):
        profile = profiles.get_own(user_id)
        if not profile.deletes_at or _unschedule(profile):
            return
        if profile.deletes_at <= now():
            raise Conflict(_("It’s too late to keep your account: it’s already being deleted."))
    raise _busy()


def _schedule(user_id: str) -> datetime | None:
    """When the account will be erased; None if that is scheduled already, or it is gone."""
    at = (now() + timedelta(days=settings.ACCOUNT_DELETION_DAYS)).replace(microsecond=0)
    try:
        with profiles.refresh_author(user_id), transaction() as work:
            work.update(
                "profile",
                Profile(*Profile.key(user_id)),
                actions=[
                    Profile.deletes_at.set(at),
                    Profile.handle_prefix.remove(),
                    Profile.version.add(1),
                ],
                condition=exists(Profile) & Profile.deletes_at.does_not_exist(),
            )
            scheduled_tasks.schedule(work, at, user_id, COMMAND, user_id=user_id, at=at.isoformat())
    except ConditionFailed:
        return None
    return at


def _unschedule(profile: Profile) -> bool:
    """False if erasure has begun, or the profile has changed since it was read."""
    listed = preferences.load(profile.user_id).discoverable
    prefix = Profile.handle_prefix
    try:
        with profiles.refresh_author(profile.user_id), transaction() as work:
            work.update(
                "profile",
                Profile(*Profile.key(profile.user_id)),
                actions=[
                    Profile.deletes_at.remove(),
                    prefix.set(profile.handle[:2]) if listed else prefix.remove(),
                    Profile.version.add(1),
                ],
                condition=(Profile.deletes_at == profile.deletes_at)
                & (Profile.deletes_at > now())
                & (Profile.handle == profile.handle),
            )
            work.delete(
                "task", ScheduledTask(*ScheduledTask.key(profile.deletes_at, profile.user_id))
            )
    except ConditionFailed:
        return False
    return True


def _busy() -> Busy:
    return Busy(
        _("Your profile is being changed elsewhere. Nothing was changed here. Please try again.")
    )


# In the worker ----------------------------------------------------------------------------------
def run(user_id: str, at: str) -> bool:
    """Erase as much as time allows; True if nothing is left.

    An exception means "try again": a job of the user may still be running.
    """
    due = datetime.fromisoformat(at)
    task = ScheduledTask.find(*ScheduledTask.key(due, user_id), consistent=True)
    if task is None or not _begin(user_id):
        return True
    until = time.monotonic() + MAX_SECONDS
    for _batch in _batches(user_id):
        if time.monotonic() > until:
            queue.enqueue(COMMAND, user_id=user_id, at=at)
            return False
    ledger.close_account(user_id)
    if task.clean_at and task.clean_at < now() - SECOND_PASS_AFTER:
        task.delete()
    elif not task.clean_at:
        task.update([ScheduledTask.clean_at.set(now())], condition=exists(ScheduledTask))
    return True


def _begin(user_id: str) -> bool:
    """Mark the account as being erased, which can't be undone. False if its deletion was cancelled
    or is not due. True if the profile is already gone: other data may be left.
    """
    profile = Profile.find(*Profile.key(user_id), consistent=True)
    if profile is None or profile.deletes_at == ERASING:
        return True
    if not profile.deletes_at or profile.deletes_at > now():
        return False
    own = Profile(*Profile.key(user_id))
    try:
        with transaction() as work:
            work.update(
                "profile",
                own,
                actions=[Profile.deletes_at.set(ERASING)],
                condition=Profile.deletes_at == profile.deletes_at,
            )
    except ConditionFailed:
        return False  # the deletion has just been cancelled
    return True


def _batches(user_id: str) -> Iterator[None]:
    """Erase one batch per step. Access is revoked first, then data is deleted."""
    for source in sources():
        source.revoke_access(user_id)
    for source in sources():
        while not source.erase(user_id, limit=BATCH_SIZE):
            yield
