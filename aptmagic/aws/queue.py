"""The task queues: commands that the worker runs soon, and again until they succeed."""

import json
from typing import Any

from django.conf import settings

from aptmagic.aws import clients


def enqueue(command: str, /, *, delay: int = 0, **arguments: Any) -> None:
    """Have the worker call a command of `settings.WORKER_COMMANDS` with `arguments` (JSON).

    It runs `delay` seconds from now at the earliest (at most 900), at least once, and up to
    `settings.QUEUE_TRIES` times if it raises; `settings.QUEUES` says in which queue it waits.
    Raises ValueError for a command that doesn't exist, and botocore's errors, after which the
    command may be queued all the same.
    """
    if command not in settings.WORKER_COMMANDS:
        raise ValueError(f"not in settings.WORKER_COMMANDS: {command!r}")
    clients.client("sqs").send_message(
        QueueUrl=getattr(settings, settings.QUEUES.get(command, "TASKS_QUEUE_URL")),
        MessageBody=json.dumps({"command": command, "input": arguments}),
        DelaySeconds=delay,
    )
