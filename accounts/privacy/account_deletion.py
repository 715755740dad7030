"""Leaving: hidden at once, erased after some days in which one may change one's mind.

The profile holds the day, and an errand of that day has everything erased, here and at the identity
provider. An hour later it looks once more, when no cookie of theirs opens anything any longer, and
only then is done. The books stay, under a number that leads to nobody.
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
# Of somebody who is being erased; before every other moment, so that nobody can stay any more.
ERASING = datetime(2000, 1, 1, tzinfo=UTC)
# Longer than a cookie is believed without asking.
LOOK_AGAIN = timedelta(minutes=30)
# Well below what a Lambda may take.
SECONDS = 90
AT_A_TIME = 200
# So often the profile may change between our look and our write.
TRIES = 5


def request(user_id: str) -> datetime:
    """Hide everything now and have it erased later; when. Any number of times.

    Raises NotFound; Busy when the account is changed elsewhere all the time.
    """
    for _try in range(TRIES):
        at = profiles.get_own(user_id).deletes_at or _leave(user_id)
        if at:
            # Also for who comes again: the answer, or the letter, may have been lost.
            outbox.send("account-deletion", user_id, reference=at.isoformat(), until=at.isoformat())
            return at
    raise _changed_elsewhere()


def cancel(user_id: str) -> None:
    """Everything as it was. Raises Conflict when it is too late, NotFound when all is gone; Busy
    when the account is changed elsewhere all the time."""
    for _try in range(TRIES):
        profile = profiles.get_own(user_id)
        if not profile.deletes_at or _stay(profile):
            return
        if profile.deletes_at <= now():
            raise Conflict(_("It’s too late: your account is being erased."))
    raise _changed_elsewhere()


def _leave(user_id: str) -> datetime | None:
    """The day, once it is written down; None when the profile says it already, or is gone."""
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


def _stay(profile: Profile) -> bool:
    """False when it is too late, or when the profile is no longer as it was read."""
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
                "errand", ScheduledTask(*ScheduledTask.key(profile.deletes_at, profile.user_id))
            )
    except ConditionFailed:
        return False
    return True


def _changed_elsewhere() -> Busy:
    return Busy(
        _("Your profile is being changed elsewhere. Nothing was changed here. Please try again.")
    )


# In the worker ----------------------------------------------------------------------------------
def run(user_id: str, at: str) -> bool:
    """Erase all that is left of somebody, as far as time allows. True when it was all.

    An exception means "try again": somebody's picture is being drawn still.
    """
    due = datetime.fromisoformat(at)
    errand = ScheduledTask.find(*ScheduledTask.key(due, user_id), consistent=True)
    if errand is None or not _begin(user_id):
        return True
    until = time.monotonic() + SECONDS
    for _round in _rounds(user_id):
        if time.monotonic() > until:
            queue.enqueue(COMMAND, user_id=user_id, at=at)
            return False
    ledger.close_account(user_id)
    if errand.clean_at and errand.clean_at < now() - LOOK_AGAIN:
        errand.delete()
    elif not errand.clean_at:
        errand.update([ScheduledTask.clean_at.set(now())], condition=exists(ScheduledTask))
    return True


def _begin(user_id: str) -> bool:
    """From here on there is no way back. False for somebody who stays, or whose time has not come.

    Also True for somebody whose profile is gone: the rest may not be.
    """
    profile = Profile.find(*Profile.key(user_id), consistent=True)
    if profile is None or profile.deletes_at == ERASING:
        return True
    if not profile.deletes_at or profile.deletes_at > now():
        return False
    mine = Profile(*Profile.key(user_id))
    try:
        with transaction() as work:
            work.update(
                "profile",
                mine,
                actions=[Profile.deletes_at.set(ERASING)],
                condition=Profile.deletes_at == profile.deletes_at,
            )
    except ConditionFailed:
        return False  # they stayed, this very moment
    return True


def _rounds(user_id: str) -> Iterator[None]:
    """Erases a little at each step. First nobody comes in any more, then everything goes."""
    for source in sources():
        source.revoke_access(user_id)
    for source in sources():
        while not source.erase(user_id, limit=AT_A_TIME):
            yield
