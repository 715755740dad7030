"""The deployed workflow and queues, with a worker that writes down what it is asked."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from aptmagic.aws import clients, events
from aptmagic.local import worker_function
from aptmagic.local.processes import wait_until
from tests.embedded_cloud import EmbeddedCloud

SCRIPTED = """\
import json, os, sys, time

def draw(given):
    drawn = {"number": given.get("number"), "drawn": given.get("number") != 1}
    if "pending" not in given.get("user_id", ""):
        return drawn  # as an earlier release answers
    with open(os.environ["DIARY"]) as diary:
        asked = [e for e in map(json.loads, diary) if e.get("command") == "draw"]
    if sum(e["input"] == given for e in asked) < 2:
        return {**drawn, "drawn": False, "pending": True}
    return {**drawn, "pending": False}

def handler(event, context):
    with open(os.environ["DIARY"], "a") as diary:
        diary.write(json.dumps(event) + "\\n")
    print("END", file=sys.stderr, flush=True)
    if "Records" in event:
        time.sleep(sum(8 for r in event["Records"] if "slow" in r["body"]))
        failed = [r for r in event["Records"] if "poison" in r["body"]]
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in failed]}
    command, given = event["command"], event["input"]
    if command in given.get("user_id", "").split():
        raise RuntimeError("as told")
    if command == "touch the books":
        import boto3
        boto3.client("dynamodb").delete_item(
            TableName="local-ledger", Key={"pk": {"S": "a"}, "sk": {"S": "b"}}
        )
    return {
        "prepare": {
            "go": "refused" not in given.get("user_id", ""),
            "pictures": [{"number": n} for n in range(3)],
        },
        "draw": draw(given),
        "settle": {"state": "failed" if given.get("failure") else "ready"},
    }.get(command, {})
"""


class Diary:
    """What the scripted worker was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def events(self) -> list[dict[str, Any]]:
        text = self.path.read_text() if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def commands(self, job: str) -> list[str]:
        asked = [e for e in self.events() if e.get("input", {}).get("job_id") == job]
        return [event["command"] for event in asked]


@pytest.fixture(scope="module")
def diary(
    new_cloud: Callable[[], EmbeddedCloud], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Diary]:
    """A cloud of our own whose worker writes down what it is asked."""
    path = tmp_path_factory.mktemp("diary") / "events.jsonl"
    cloud = new_cloud()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_function, "CODE", SCRIPTED)
        variables = worker_function._variables
        patch.setattr(
            worker_function, "_variables", lambda *args: {**variables(*args), "DIARY": str(path)}
        )
        cloud.deploy()
    with cloud.attached():
        yield Diary(path)


def run_job(job: str, *, told: str = "") -> dict[str, Any]:
    """Run an execution to its end. `told` names the commands that raise."""
    workflow = "arn:aws:states:us-east-1:000000000000:stateMachine:local-generation"
    steps = clients.client("stepfunctions")
    execution = steps.start_execution(
        stateMachineArn=workflow, name=job, input=json.dumps({"user_id": told, "job_id": job})
    )["executionArn"]
    ended: dict[str, Any] = {}

    def has_ended() -> bool:
        ended.update(steps.describe_execution(executionArn=execution))
        return bool(ended["status"] != "RUNNING")

    assert wait_until(has_ended, seconds=60)
    return ended


def test_a_job_goes_through_all_its_steps(diary: Diary) -> None:
    ended = run_job("job-good")
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"]) == {"state": "ready"}
    steps = diary.commands("job-good")
    assert sorted(steps) == sorted(
        ["prepare", *["draw"] * 3, *["derive"] * 2, "settle", "announce"]
    )
    assert steps[0] == "prepare"
    assert steps[-2:] == ["settle", "announce"]


def test_a_job_that_was_turned_away_is_settled_and_nothing_is_drawn(diary: Diary) -> None:
    assert run_job("job-refused", told="refused")["status"] == "SUCCEEDED"
    assert diary.commands("job-refused") == ["prepare", "settle", "announce"]


def test_a_pending_picture_is_asked_for_again_until_it_is_drawn(diary: Diary) -> None:
    ended = run_job("job-pending", told="pending")
    assert json.loads(ended["output"]) == {"state": "ready"}
    steps = diary.commands("job-pending")
    assert (steps.count("draw"), steps.count("derive")) == (3 * 2, 2)
    assert steps[-2:] == ["settle", "announce"]


def test_a_picture_that_keeps_failing_does_not_take_the_job_along(diary: Diary) -> None:
    ended = run_job("job-undrawn", told="draw")
    assert json.loads(ended["output"]) == {"state": "ready"}
    assert diary.commands("job-undrawn").count("draw") == 3 * 4


def test_a_job_that_cannot_be_prepared_is_settled_as_a_failure(diary: Diary) -> None:
    ended = run_job("job-unprepared", told="prepare")
    assert json.loads(ended["output"]) == {"state": "failed"}
    assert diary.commands("job-unprepared") == [*["prepare"] * 4, "settle", "announce"]


def test_an_execution_is_started_once(diary: Diary) -> None:
    run_job("job-once")
    steps = clients.client("stepfunctions")
    with pytest.raises(steps.exceptions.ExecutionAlreadyExists):
        run_job("job-once", told="another input")


def test_an_event_reaches_the_worker_through_topic_and_queue(diary: Diary) -> None:
    events.publish("job.ended", job_id="job-told")
    assert wait_until(lambda: "job-told" in str(diary.events()), seconds=20)


def test_a_consumer_receives_the_events_of_its_filter_policy_only(diary: Diary) -> None:
    """Another consumer's queue, beside the one that writes notifications."""
    sqs, queue_arn = clients.client("sqs"), "arn:aws:sqs:us-east-1:000000000000:local-follow-feed"
    sns_may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [sns_may_send]})
    attributes = {"Policy": policy}
    queue = sqs.create_queue(QueueName="local-follow-feed", Attributes=attributes)["QueueUrl"]
    clients.client("sns").subscribe(
        TopicArn=settings.EVENTS_TOPIC_ARN,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"FilterPolicy": json.dumps({"event": ["post.published"]})},
    )
    events.publish("post.published", post_id="published-first")
    events.publish("post.liked", post_id="liked")
    events.publish("post.published", post_id="published-last")
    received: list[str] = []

    def arrived() -> bool:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        received.extend(json.loads(message["Body"])["Message"] for message in messages)
        return any("published-last" in message for message in received)

    assert wait_until(arrived, seconds=20)
    assert not any("liked" in message for message in received)
    assert wait_until(lambda: "liked" in str(diary.events()), seconds=20)
    assert "published-" not in str(diary.events())


def test_a_poisoned_message_ends_up_in_the_dead_letter_queue(diary: Diary) -> None:
    sqs = clients.client("sqs")
    names = ("local-tasks", "local-tasks-dead")
    queue, dead = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in names)
    # A message is tried again after this time; the test need not wait for the real one.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=queue, MessageBody="good")
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    dead_letters: list[str] = []

    def arrived() -> bool:
        found = sqs.receive_message(QueueUrl=dead).get("Messages", [])
        dead_letters.extend(message["Body"] for message in found)
        return bool(dead_letters)

    assert wait_until(arrived, seconds=60, pause=0.1)
    assert dead_letters == ["poison"]
    bodies = [r["body"] for e in diary.events() for r in e.get("Records", [])]
    assert "good" in bodies
    assert bodies.count("poison") >= 5


def test_what_is_urgent_does_not_wait_behind_what_is_slow(diary: Diary) -> None:
    sqs = clients.client("sqs")
    queues = {
        name: sqs.get_queue_url(QueueName=f"local-{name}")["QueueUrl"]
        for name in ("imports", "bulk", "tasks")
    }
    for number in range(4):
        for name in ("imports", "bulk"):
            sqs.send_message(QueueUrl=queues[name], MessageBody=f"slow {name} {number}")
    assert wait_until(lambda: {"imports", "bulk"} <= begun(diary, "slow"), seconds=20)
    sqs.send_message(QueueUrl=queues["tasks"], MessageBody="urgent post")
    assert wait_until(lambda: begun(diary, "urgent"), seconds=6)
    assert len(bodies(diary, "slow")) < 8, "the slow ones were not through yet"


def bodies(diary: Diary, word: str) -> set[str]:
    found = [r["body"] for event in diary.events() for r in event.get("Records", [])]
    return {body for body in found if body.startswith(word)}


def begun(diary: Diary, word: str) -> set[str]:
    """The queues of whose messages that begin with a word the worker has one."""
    return {body.split()[1] for body in bodies(diary, word)}


def test_the_worker_may_not_delete_from_the_books(diary: Diary) -> None:
    event = json.dumps({"command": "touch the books", "input": {}})
    answer = clients.client("lambda").invoke(FunctionName="local-worker", Payload=event)
    assert "AccessDenied" in answer["Payload"].read().decode()
