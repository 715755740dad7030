"""The weekly letter's turns: for whoever wants one, an errand of the coming Monday's morning."""

from datetime import datetime, timedelta

from aptmagic.aws import scheduled_tasks
from aptmagic.aws.dynamodb import now
from aptmagic.aws.scheduled_tasks import ScheduledTask

COMMAND = "send_weekly_digest"
MONDAY, HOUR = 0, 8  # in UTC


def subscribe(user_id: str) -> None:
    """From the coming Monday on. Any number of times."""
    at = next_monday(now())
    about = {"user_id": user_id, "at": at.isoformat()}
    # An update, for the worker begins the next week's, and may put nothing new among people.
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
    """This Monday's is written, or is not to be."""
    scheduled_tasks.cancel(at, _name(user_id))


def next_monday(moment: datetime) -> datetime:
    """The next Monday's morning after this moment."""
    morning = moment.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(MONDAY - moment.weekday()) % 7)
    return monday if monday > moment else monday + timedelta(days=7)


def _name(user_id: str) -> str:
    return f"digest-{user_id}"
