"""Commands for a later date, repeated every hour until they are done.

A queued command that failed five times is left in the dead-letter queue. A scheduled task is
enqueued again each hour, until the command itself calls `cancel`.
"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute

from aptmagic.aws import dynamodb, queue
from aptmagic.aws.dynamodb import Item, Work, now, table


class ScheduledTask(Item):
    """`DUE/<due>#<name>` in `users`: a command and its input."""

    class Meta(dynamodb.Meta):
        table_name = table("users")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    command = UnicodeAttribute()
    input: JSONAttribute = JSONAttribute()
    clean_at = UTCDateTimeAttribute(null=True)  # account deletion: when nothing was left to erase

    @classmethod
    def key(cls, at: datetime, name: str) -> tuple[str, str]:
        return "DUE", f"{at:%Y-%m-%dT%H:%M:%SZ}#{name}"


def schedule(work: Work, at: datetime, name: str, command: str, /, **arguments: Any) -> None:
    """Add a task to `work`: a command that is due at `at`. Unique by `at` and `name`."""
    work.put("task", ScheduledTask(*ScheduledTask.key(at, name), command=command, input=arguments))


def cancel(at: datetime, name: str) -> None:
    """Delete the task. Idempotent."""
    ScheduledTask(*ScheduledTask.key(at, name)).delete()


def dispatch_due() -> int:
    """Enqueue every task that is due; how many. A schedule calls this once an hour."""
    pk, due = ScheduledTask.key(now(), "~")
    count = 0
    for task in ScheduledTask.query(pk, ScheduledTask.sk <= due, consistent_read=True):
        queue.enqueue(task.command, **task.input)
        count += 1
    return count
