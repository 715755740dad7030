"""What Step Functions, queues and schedules may ask of us: the commands that settings name."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aptmagic.settings")
django.setup()

from django.conf import settings  # noqa: E402  after setup
from django.utils.module_loading import import_string  # noqa: E402

logger = logging.getLogger(__name__)


class RefusedEvent(Exception):
    """An event that names nothing we run; it is never answered with null."""


class StepFailed(RuntimeError):
    """A step raised; the workflow or the queue tries again."""


def handler(event: Mapping[str, Any], context: object = None) -> Any:
    """Answer a workflow step `{"command", "input"}` or a batch of SQS messages `{"Records"}`."""
    if "Records" in event:
        return {"batchItemFailures": [f for r in event["Records"] if (f := _consume(r))]}
    return _run(event)


def _consume(record: Mapping[str, Any]) -> dict[str, str] | None:
    """Run one message; a failure is reported by its id, so that only that message comes again."""
    try:
        body = json.loads(record["body"])
        _run(json.loads(body["Message"]) if "TopicArn" in body else body)
    except Exception:
        logger.exception("message %s failed", record.get("messageId"))
        return {"itemIdentifier": record["messageId"]}
    return None


def _run(event: Mapping[str, Any]) -> Any:
    command = _command(event.get("command"))
    try:
        return command(**event.get("input", {}))
    except TypeError as error:
        # Zappa calls a handler that raises TypeError again with fewer arguments.
        raise StepFailed(f"{event['command']}: TypeError: {error}") from error


def _command(name: Any) -> Callable[..., Any]:
    if not isinstance(name, str) or name not in settings.WORKER_COMMANDS:
        logger.error("refused an event that names no command of ours: %.100r", name)
        raise RefusedEvent("This event names no command that may be run here.")
    return _imported(settings.WORKER_COMMANDS[name])


@cache
def _imported(path: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(path)
    return found
