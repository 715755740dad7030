"""What is urgent never waits behind what takes long, and every queue has what a queue needs."""

import json
from typing import Any

import pytest
from django.conf import settings as site

from aptmagic.aws import queue
from tests.templates import resources

# The queues that task_queue are left to, by the settings that hold their addresses.
QUEUES = {"TASKS_QUEUE_URL": "Tasks", "BULK_QUEUE_URL": "Bulk", "IMPORTS_QUEUE_URL": "Imports"}
# Each takes as long as the worker may take, or comes by the thousand.
LONG = {"build_export", "erase_account", "import_archive", "send_weekly_digest"}


def messages(aws: Any, queue: str) -> list[dict[str, Any]]:
    about = {"QueueUrl": getattr(site, queue), "MaxNumberOfMessages": 10}
    return [json.loads(m["Body"]) for m in aws("sqs").receive_message(**about).get("Messages", [])]


def test_long_commands_have_queues_of_their_own_and_imports_one_to_themselves(aws: Any) -> None:
    for command in site.WORKER_COMMANDS:
        queue.enqueue(command, about=command)
        [name] = [name for name in QUEUES if messages(aws, name)]
        assert (name != "TASKS_QUEUE_URL") == (command in LONG), command
        assert (name == "IMPORTS_QUEUE_URL") == (command == "import_archive"), command


def test_no_command_is_left_to_a_queue_that_nobody_knows() -> None:
    assert site.QUEUES.keys() <= site.WORKER_COMMANDS.keys()
    assert set(site.QUEUES.values()) <= QUEUES.keys()


def test_whatever_settles_a_last_try_may_be_run() -> None:
    for command, instead in site.LAST_TRIES.items():
        assert {command, instead} <= site.WORKER_COMMANDS.keys()


@pytest.mark.parametrize("name", ["Notifications", *QUEUES.values()])
def test_a_queue_has_dead_letters_a_reader_and_somebody_who_is_told(name: str) -> None:
    queues = resources("AWS::SQS::Queue", "data")
    redrive = queues[name]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == site.QUEUE_TRIES
    dead = queues[redrive["deadLetterTargetArn"]["GetAtt"].removesuffix(".Arn")]["Properties"]
    own = queues[name]["Properties"]["QueueName"]["Sub"].removeprefix("${Stage}-")
    assert dead["QueueName"] == {"Sub": f"${{Stage}}-{own}-dead"}

    readers = resources("AWS::Lambda::EventSourceMapping", "workflow").values()
    sources = [each["Properties"]["EventSourceArn"]["Sub"] for each in readers]
    assert [source for source in sources if source.endswith(f":${{Stage}}-{own}")]

    alarms = resources("AWS::CloudWatch::Alarm", "observability").values()
    watched = [each["Properties"].get("Dimensions", [{}])[0].get("Value") for each in alarms]
    assert dead["QueueName"] in watched


@pytest.mark.parametrize("name", QUEUES.values())
def test_both_functions_may_leave_something_to_it(name: str) -> None:
    own = resources("AWS::SQS::Queue", "data")[name]["Properties"]["QueueName"]["Sub"]
    for role in ("Web", "Worker"):
        policies = resources("AWS::IAM::Role", "roles")[role]["Properties"]["Policies"]
        statements = [each for p in policies for each in p["PolicyDocument"]["Statement"]]
        [sends] = [each for each in statements if "sqs:SendMessage" in each["Action"]]
        assert [place for place in sends["Resource"] if place["Sub"].endswith(f":{own}")]
