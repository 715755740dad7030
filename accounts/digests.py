"""The weekly letter's turns: for whoever wants one, an errand of the coming Monday's morning."""

from datetime import datetime, timedelta

from accounts.rights import errands
from accounts.rights.models import Errand
from aptmagic.dynamo import now

COMMAND = "write_digest"
MONDAY, HOUR = 0, 8  # in UTC


def begin(user_id: str) -> None:
    """From the coming Monday on. Any number of times."""
    at = coming(now())
    about = {"user_id": user_id, "at": at.isoformat()}
    # An update, for the worker begins the next week's, and may put nothing new among people.
    Errand(*Errand.key(at, _name(user_id))).update(
        [Errand.command.set(COMMAND), Errand.input.set(about), Errand.created_at.set(now())]
    )


def stop(user_id: str) -> None:
    errands.end(coming(now()), _name(user_id))


def end(user_id: str, at: datetime) -> None:
    """This Monday's is written, or is not to be."""
    errands.end(at, _name(user_id))


def coming(moment: datetime) -> datetime:
    """The next Monday's morning after this moment."""
    morning = moment.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(MONDAY - moment.weekday()) % 7)
    return monday if monday > moment else monday + timedelta(days=7)


def _name(user_id: str) -> str:
    return f"digest-{user_id}"
