"""What may be done in a moment: left to a queue, which repeats it until it is done."""

import json
from typing import Any

from django.conf import settings

from aptmagic.aws import clients


def enqueue(command: str, *, delay: int = 0, **about: Any) -> None:
    """Have the worker run a command of `settings.WORKER_COMMANDS`, `delay` seconds from now.

    `settings.QUEUES` says which commands have a queue of their own.
    """
    clients.client("sqs").send_message(
        QueueUrl=getattr(settings, settings.QUEUES.get(command, "TASKS_QUEUE_URL")),
        MessageBody=json.dumps({"command": command, "input": about}),
        DelaySeconds=delay,
    )
