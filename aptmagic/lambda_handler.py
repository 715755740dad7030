"""The Lambda handler: HTTP API requests, and the commands that settings name."""

import gc
import json
import logging
import os
import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import django

AMAZON_ROOTS = Path(__file__).with_name("amazon-roots.pem")
if AMAZON_ROOTS.exists():  # in a package; see libraries.amazon_ca_bundle
    os.environ.setdefault("AWS_CA_BUNDLE", str(AMAZON_ROOTS))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aptmagic.settings")
gc.disable()  # a start creates no garbage, and collecting would take a fifth of its time
django.setup()

from django.conf import settings  # noqa: E402  after setup
from django.utils.module_loading import import_string  # noqa: E402  after setup

from aptmagic.aws import clients  # noqa: E402  after setup
from aptmagic.errors import Busy, Throttled  # noqa: E402  after setup
from aptmagic.observability import metrics  # noqa: E402  after setup

logger = logging.getLogger(__name__)

# Does nothing. Sent to keep a version's snapshot, which AWS deactivates after 14 unused days.
TOUCH = {"command": "touch"}

if settings.FUNCTION == "web":
    from aptmagic import lambda_http  # loads the site during the init phase, or for a snapshot


class RefusedEvent(Exception):
    """An event that this function does not handle. It is never answered with null."""


class StepFailed(RuntimeError):
    """A step failed; the workflow or the queue retries it."""


def handler(event: Any, context: object = None) -> Any:
    """Handle the events that this function is for, and refuse all others.

    `web` handles HTTP API requests. `worker` handles workflow steps and schedules
    (`{"command", "input"}`) and batches of SQS messages (`{"Records"}`).
    """
    handle = _handler_for(event)
    if handle is None:
        raise _refused(event)
    return handle(event)


def _handler_for(event: Any) -> Callable[[Any], Any] | None:
    if not isinstance(event, Mapping):
        return None
    if event == TOUCH:
        return lambda _: {}
    if settings.FUNCTION == "web":
        return lambda_http.handle if lambda_http.is_request(event) else None
    if event.keys() <= {"command", "input"} and "command" in event:
        return _run_directly
    return (
        _consume_batch if event.keys() == {"Records"} and _are_messages(event["Records"]) else None
    )


def _refused(event: Any) -> RefusedEvent:
    """Logs the event's keys but not its values, which may hold anything."""
    shape = sorted(map(str, event))[:12] if isinstance(event, Mapping) else type(event).__name__
    logger.error("refused an unknown event: %.200s", shape)
    metrics.count("RefusedEvents")
    return RefusedEvent("This function does not handle such events.")


# Queues -----------------------------------------------------------------------------------------
def _are_messages(records: Any) -> bool:
    return isinstance(records, list) and all(
        isinstance(record, Mapping) and {"messageId", "body"} <= record.keys() for record in records
    )


def _consume_batch(event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [f for record in event["Records"] if (f := _consume(record))]}


def _consume(record: Mapping[str, Any]) -> dict[str, str] | None:
    """Run one message. A failure is reported by its id, so that only that message is retried."""
    try:
        body = json.loads(record["body"])
        event = _consumed_by(record["eventSourceARN"], body) if "TopicArn" in body else body
        event = _final_attempt(event) if _is_final_attempt(record) else event
        _run(event, settings.WORKER_COMMANDS)
    except Exception:
        logger.exception("message %s failed", record.get("messageId"))
        return {"itemIdentifier": record["messageId"]}
    return None


def _consumed_by(queue_arn: str, notification: Mapping[str, Any]) -> Mapping[str, Any]:
    """What SNS delivered to a consumer's queue, as the command of that consumer."""
    queue = queue_arn.rpartition(":")[2].removeprefix(f"{settings.STAGE}-")
    return {
        "command": settings.EVENT_CONSUMERS[queue],
        "input": json.loads(notification["Message"]),
    }


def _is_final_attempt(record: Mapping[str, Any]) -> bool:
    received = record.get("attributes", {}).get("ApproximateReceiveCount", 1)
    return bool(int(received) >= settings.QUEUE_TRIES)


def _final_attempt(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The command that settles the message instead, for commands that have one.

    Also after attempts that ended silently, as when Lambda kills a worker over its memory or time.
    """
    instead = settings.LAST_TRIES.get(str(event.get("command")))
    if instead is None:
        return event
    logger.error("gave up %s after its last attempt", event["command"])
    return {**event, "command": instead}


# Commands ---------------------------------------------------------------------------------------
def _run_directly(event: Mapping[str, Any]) -> Any:
    """For a workflow, a schedule, or an operator who may invoke the function."""
    return _run(event, {**settings.WORKER_COMMANDS, **settings.OPERATOR_COMMANDS})


def _run(event: Mapping[str, Any], commands: Mapping[str, str]) -> Any:
    command = _command(event.get("command"), commands)
    try:
        return command(**event.get("input", {}))
    except TypeError as error:
        # Some callers of handlers, Zappa among them, take a TypeError for a wrong signature and
        # call again with fewer arguments, which would repeat a half-done step.
        raise StepFailed(f"{event['command']}: TypeError: {error}") from error
    except Exception as error:
        if isinstance(error, Busy) or clients.is_throttled(error):
            raise Throttled(f"{event['command']}: {error}") from error
        raise


def _command(name: Any, commands: Mapping[str, str]) -> Callable[..., Any]:
    if not isinstance(name, str) or name not in commands:
        logger.error("refused an event with an unknown command: %.100r", name)
        metrics.count("RefusedEvents")
        raise RefusedEvent("This event names no command that may run here.")
    return _imported(commands[name])


@cache
def _imported(path: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(path)
    return found


# Snapshots --------------------------------------------------------------------------------------
def _reseed_after_restore() -> None:
    """Without it, every copy of a snapshot would produce the same random numbers."""
    try:
        from snapshot_restore_py import register_after_restore
    except ImportError:
        return  # only Lambda's runtime has it
    register_after_restore(random.seed)


_reseed_after_restore()


# What is loaded stays loaded, so later collections skip it.
gc.freeze()
gc.enable()
