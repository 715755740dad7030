"""What has happened, told to whoever listens: today the consumer that writes notifications."""

import json
from typing import Any

from django.conf import settings

from aptmagic.aws import clients


def publish(kind: str, user_id: str, **about: Any) -> None:
    event = {"kind": kind, "user_id": user_id, **about}
    clients.client("sns").publish(
        TopicArn=settings.EVENTS_TOPIC_ARN,
        Message=json.dumps({"command": "notify", "input": event}),
    )
