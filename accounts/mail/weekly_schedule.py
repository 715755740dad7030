"""The schedule of the weekly digest: a task next Monday morning for each subscriber."""

from datetime import datetime, timedelta

from aptmagic.aws import scheduled_tasks
from aptmagic.aws.dynamodb import now
from aptmagic.aws.scheduled_tasks import ScheduledTask

COMMAND = "send_weekly_digest"
MONDAY, HOUR = 0, 8  # in UTC


def subscribe(user_id: str) -> None:
    """Schedule the digest of next Monday. Idempotent."""
    at = next_monday(now())
    about = {"user_id": user_id, "at": at.isoformat()}
    # An update: the worker schedules the next week, and its role may not put items here.
    ScheduledTask(*ScheduledTask.key(at, _name(user_id))).update(
        [
            ScheduledTask.command.set(COMMAND),
            ScheduledTask.input.set(about),
            ScheduledTask.created_at.set(now()),
        ]
    )


def unsubscribe(user_id: str) -> None:
    scheduled_tasks.cancel(next_monday(now()), _name(user_id))


def complete(user_id: str, at: datetime) -> None:
    """The digest of this Monday has been sent, or is not needed."""
    scheduled_tasks.cancel(at, _name(user_id))


def next_monday(moment: datetime) -> datetime:
    """The first Monday after `moment`, at 08:00 UTC."""
    morning = moment.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(MONDAY - moment.weekday()) % 7)
    return monday if monday > moment else monday + timedelta(days=7)


def _name(user_id: str) -> str:
    return f"digest-{user_id}"
