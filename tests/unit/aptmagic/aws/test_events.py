"""An event reaches each consumer that is subscribed to its name, and no other."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from aptmagic.aws import events
from aptmagic.aws.dynamodb import new_id
from aptmagic.lambda_handler import handler
from tests.templates import queue_name, resources, subscriptions

ROOT = Path(__file__).resolve().parents[4]
APPS = ("accounts", "gallery", "generation")


def published() -> Iterator[str]:
    """The names of all events in the code: the first argument of each `events.publish`."""
    for path in (file for app in APPS for file in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "events.publish":
                yield ast.literal_eval(node.args[0])


def test_every_event_has_a_consumer_and_every_consumer_its_events() -> None:
    consumed = {name for names in subscriptions().values() for name in names}
    assert set(published()) == consumed


def test_every_subscribed_queue_has_a_command() -> None:
    assert subscriptions().keys() == site.EVENT_CONSUMERS.keys()
    assert set(site.EVENT_CONSUMERS.values()) <= site.WORKER_COMMANDS.keys()


def test_the_topic_may_send_to_every_subscribed_queue() -> None:
    policies = resources("AWS::SQS::QueuePolicy", "data").values()
    allowed = {
        queue_name(queue["Ref"])
        for policy in policies
        for queue in policy["Properties"]["Queues"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Events"}}}
    }
    assert allowed == subscriptions().keys()


def received(aws: Callable[[str], Any], queue: str) -> list[dict[str, Any]]:
    sqs = aws("sqs")
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def test_a_queue_receives_the_events_of_its_filter_policy(aws: Callable[[str], Any]) -> None:
    queue = aws("sqs").create_queue(QueueName="local-follow-feed")["QueueUrl"]
    events.publish("post.liked", post_id="1")
    aws("sns").subscribe(
        TopicArn=site.EVENTS_TOPIC_ARN,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:local-follow-feed",
        Attributes={"FilterPolicy": json.dumps({"event": ["post.published"]})},
    )
    events.publish("post.liked", post_id="2")
    events.publish("post.published", post_id="3")
    [notification] = received(aws, queue)
    assert json.loads(notification["Message"]) == {"event": "post.published", "post_id": "3"}


def consume(queue: str, **message: Any) -> list[Any]:
    """The worker gets a message of a queue as SNS delivered it; the failures that it reports."""
    record = {
        "messageId": "1",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{site.STAGE}-{queue}",
        "body": json.dumps({"TopicArn": site.EVENTS_TOPIC_ARN, "Message": json.dumps(message)}),
    }
    failures: list[Any] = handler({"Records": [record]})["batchItemFailures"]
    return failures


def test_the_consumer_of_a_queue_gets_the_event(ada: Any) -> None:
    about = {"event": "job.ended", "state": "ready", "user_id": ada.user_id, "job_id": new_id()}
    assert consume("notifications", **about, pictures=1, prompt="a fox") == []
    assert "a fox" in ada.client.get("/notifications/").text


@pytest.mark.parametrize(
    "message", [{"event": "job.exploded"}, {"command": "erase_account", "user_id": "ada"}]
)
def test_an_event_runs_no_other_command(
    message: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for queue in ("notifications", "unknown"):
        assert consume(queue, **message) == [{"itemIdentifier": "1"}]
    assert "message 1 failed" in caplog.text
