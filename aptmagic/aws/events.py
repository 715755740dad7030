"""Facts published to one SNS topic, for any number of consumers.

Each consumer has a queue, whose subscription in infra/data.yaml filters by event name, and a
command, which `settings.EVENT_CONSUMERS` names.
"""

import json
from typing import Any

from django.conf import settings

from aptmagic.aws import clients


def publish(name: str, /, **data: Any) -> None:
    """Publish a fact, such as `publish("job.ended", job_id=…)`, to the consumers of that name.

    A name is `<thing>.<past participle>`; `data` is JSON, with the ids of what it is about.
    Consumers may receive it twice, late and in any order. Raises botocore's errors, after which
    the event may have been published all the same.
    """
    clients.client("sns").publish(
        TopicArn=settings.EVENTS_TOPIC_ARN,
        Message=json.dumps({"event": name, **data}),
        MessageAttributes={"event": {"DataType": "String", "StringValue": name}},
    )
