"""Urgent commands never wait behind long ones, and every queue has what a queue needs."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings as site

from aptmagic.aws import clients, queue
from aptmagic.errors import Busy
from tests.templates import resources
from tests.unit.failures import failing

# The queues of `queue.enqueue`, by the settings that hold their addresses.
QUEUES = {"TASKS_QUEUE_URL": "Tasks", "BULK_QUEUE_URL": "Bulk", "IMPORTS_QUEUE_URL": "Imports"}
LIVING = [name for name in resources("AWS::SQS::Queue", "data") if not name.endswith("Dead")]
# Each takes as long as the worker may take, or comes by the thousand.
LONG = {"build_export", "erase_account", "import_archive", "send_weekly_digest"}


def statements(role: str) -> list[dict[str, Any]]:
    policies = resources("AWS::IAM::Role", "roles")[role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def messages(aws: Any, queue: str) -> list[dict[str, Any]]:
    about = {"QueueUrl": getattr(site, queue), "MaxNumberOfMessages": 10}
    return [json.loads(m["Body"]) for m in aws("sqs").receive_message(**about).get("Messages", [])]


def test_long_commands_have_queues_of_their_own_and_imports_one_to_themselves(aws: Any) -> None:
    for command in site.WORKER_COMMANDS:
        queue.enqueue(command, about=command)
        [name] = [name for name in QUEUES if messages(aws, name)]
        assert (name != "TASKS_QUEUE_URL") == (command in LONG), command
        assert (name == "IMPORTS_QUEUE_URL") == (command == "import_archive"), command


def test_a_command_that_does_not_exist_is_not_queued(aws: Any) -> None:
    with pytest.raises(ValueError, match="delete_flies"):
        queue.enqueue("delete_flies")
    assert not any(messages(aws, name) for name in QUEUES)


def test_a_throttled_queue_is_busy(aws: Any) -> None:
    throttled = failing(aws("sqs"), kind="throttling", operation="SendMessage")
    with throttled, pytest.raises(ClientError) as error:
        queue.enqueue("delete_files")
    assert isinstance(clients.busy_if_throttled(error.value), Busy)


def test_every_queue_of_a_command_exists() -> None:
    assert site.QUEUES.keys() <= site.WORKER_COMMANDS.keys()
    assert set(site.QUEUES.values()) <= QUEUES.keys()


def test_every_command_for_a_last_try_exists() -> None:
    for command, instead in site.LAST_TRIES.items():
        assert {command, instead} <= site.WORKER_COMMANDS.keys()


@pytest.mark.parametrize("name", LIVING)
def test_a_queue_has_a_dead_letter_queue_a_poller_and_an_alarm(name: str) -> None:
    queues = resources("AWS::SQS::Queue", "data")
    redrive = queues[name]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == site.QUEUE_TRIES
    dead = queues[redrive["deadLetterTargetArn"]["GetAtt"].removesuffix(".Arn")]["Properties"]
    own = queues[name]["Properties"]["QueueName"]["Sub"].removeprefix("${Stage}-")
    assert dead["QueueName"] == {"Sub": f"${{Stage}}-{own}-dead"}

    readers = resources("AWS::Lambda::EventSourceMapping", "workflow").values()
    sources = [each["Properties"]["EventSourceArn"]["Sub"] for each in readers]
    assert [source for source in sources if source.endswith(f":${{Stage}}-{own}")]

    [polls] = [each for each in statements("Worker") if "sqs:ReceiveMessage" in each["Action"]]
    assert [place for place in polls["Resource"] if place["Sub"].endswith(f":${{Stage}}-{own}")]

    alarms = resources("AWS::CloudWatch::Alarm", "observability").values()
    watched = [each["Properties"].get("Dimensions", [{}])[0].get("Value") for each in alarms]
    assert dead["QueueName"] in watched


@pytest.mark.parametrize("name", QUEUES.values())
def test_both_functions_may_send_to_it(name: str) -> None:
    own = resources("AWS::SQS::Queue", "data")[name]["Properties"]["QueueName"]["Sub"]
    for role in ("Web", "Worker"):
        [sends] = [each for each in statements(role) if "sqs:SendMessage" in each["Action"]]
        assert [place for place in sends["Resource"] if place["Sub"].endswith(f":{own}")]
