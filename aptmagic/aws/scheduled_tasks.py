"""Tasks for a later day, repeated every hour until they succeed.

A queued command that fails five times waits for a person; a scheduled task is run again every
hour until it has been done, and whoever does it ends it.
"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute

from aptmagic.aws import dynamodb, queue
from aptmagic.aws.dynamodb import Item, Work, now, table


class ScheduledTask(Item):
    """`DUE/<moment>#<name>` in `users`: a command, run then and every hour until it is
    cancelled."""

    class Meta(dynamodb.Meta):
        table_name = table("users")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    command = UnicodeAttribute()
    input: JSONAttribute = JSONAttribute()
    clean_at = UTCDateTimeAttribute(null=True)  # when nothing was left for the first time

    @classmethod
    def key(cls, at: datetime, name: str) -> tuple[str, str]:
        return "DUE", f"{at:%Y-%m-%dT%H:%M:%SZ}#{name}"


def schedule(work: Work, at: datetime, name: str, command: str, /, **about: Any) -> None:
    """Put a task into `work`. `name` tells it from others of that moment."""
    work.put("task", ScheduledTask(*ScheduledTask.key(at, name), command=command, input=about))


def cancel(at: datetime, name: str) -> None:
    ScheduledTask(*ScheduledTask.key(at, name)).delete()


def dispatch_due() -> int:
    """Have the worker do whatever is due; the number of tasks."""
    pk, soon = ScheduledTask.key(now(), "~")
    given = 0
    for task in ScheduledTask.query(pk, ScheduledTask.sk <= soon, consistent_read=True):
        queue.enqueue(task.command, **task.input)
        given += 1
    return given
