"""Pictures to share, a clock for posts, and ears for what is asked of queues and of DynamoDB."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as site
from ulid import ULID

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.lambda_handler import handler
from gallery.feeds import feeds
from gallery.posts import posts
from gallery.posts.models import Post
from generation.jobs.models import Job, Slot
from generation.library import picture_files
from generation.library.models import Picture
from tests.templates import subscriptions
from tests.unit.failures import dynamodb, refusing

# {size 1, luma and colours in the middle}: any valid thumbhash will do.
THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fake_moderation(aws: Callable[[str], Any], settings: Any) -> None:
    settings.MODERATION = {"BACKEND": "tests.unit.fake_services.FakeModeration", "OPTIONS": {}}


@pytest.fixture
def draw(aws: Callable[[str], Any]) -> Callable[..., str]:
    """`draw(ada)`: the id of a picture that ada has made, with its files."""

    def drawn(owner: Any, prompt: str = "a fox in the snow") -> str:
        picture_id, job_id = new_id(), new_id()
        slot = Slot(id=picture_id, number=0, seed=7, width=64, height=48)
        Job(
            *Job.key(owner.user_id, job_id),
            id=job_id,
            user_id=owner.user_id,
            request={"prompt": prompt, "model": "fast"},
            slots=[slot],
            held=3,
        ).save()
        base = picture_files.folder(owner.user_id, picture_id)
        for name in [picture_files.ORIGINAL, *picture_files.variant_names(64)]:
            aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=base + name, Body=b"file")
        Picture(
            *Picture.key(picture_id),
            id=picture_id,
            owner_id=owner.user_id,
            job_id=job_id,
            number=0,
            seed=7,
            width=64,
            height=48,
            thumbhash=THUMBHASH,
            sha256="0" * 64,
            alt=prompt,
            note=f"Sketched for a test: {prompt}.",
            recipe={"prompt": prompt, "model": "fast", "aspect_ratio": "4:3", "seed": 7},
            credits=3,
            grid=f"{owner.user_id}#library",
        ).save()
        return picture_id

    return drawn


@pytest.fixture
def share(draw: Callable[..., str]) -> Callable[..., Post]:
    """`share(ada, caption="Fox")`: a post of a new picture."""
    return lambda owner, **said: posts.publish(owner.person, draw(owner), **said)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`clock(days=-1)`: posts are published, and feeds looked at, so long after noon."""
    ticks = iter(range(1_000_000))
    moment = [NOON]

    def tick() -> datetime:
        return moment[0] + timedelta(milliseconds=next(ticks))

    def set_to(**after_noon: float) -> None:
        moment[0] = NOON + timedelta(**after_noon)

    monkeypatch.setattr(posts, "new_id", lambda: str(ULID.from_datetime(tick())))
    monkeypatch.setattr(feeds, "now", tick)
    return set_to


@pytest.fixture
def hook(aws: Callable[[str], Any]) -> Iterator[Callable[..., None]]:
    """`hook(client, event, handler)` until the test ends: clients outlive it."""
    with ExitStack() as ending:

        def register(client: Any, event: str, handler: Callable[..., Any]) -> None:
            client.meta.events.register(event, handler)
            ending.callback(client.meta.events.unregister, event, handler)

        yield register


@pytest.fixture
def before(hook: Callable[..., None]) -> Callable[..., None]:
    """`before("TransactWriteItems", verb)`: once, just before the next such request is sent."""

    def arrange(operation: str, verb: Callable[[], Any], *, service: str = "dynamodb") -> None:
        waiting = [verb]

        def interfere(**_: Any) -> None:
            if waiting:
                waiting.pop()()

        client = dynamodb() if service == "dynamodb" else clients.client(service)
        hook(client, f"before-call.{service}.{operation}", interfere)

    return arrange


@pytest.fixture
def busy() -> Iterator[Callable[..., list[str]]]:
    """`busy(times=3)`: transactions meet others at the same item (no stand-in ever says so)."""
    with ExitStack() as ending:
        yield lambda times: ending.enter_context(refusing("TransactionConflict", times=times))


@pytest.fixture
def requests(hook: Callable[..., None]) -> list[str]:
    """The names of the requests to DynamoDB, as they are made."""
    seen: list[str] = []
    hook(dynamodb(), "before-call.dynamodb", lambda model, **_: seen.append(model.name))
    return seen


class SentMessages:
    """Messages sent to a queue or a topic, delivered when a test says so."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def record(self, params: dict[str, Any], **_: Any) -> None:
        self.messages.append(json.loads(params.get("MessageBody") or params["Message"]))

    def deliver(self, *, times: int = 1) -> list[Any]:
        messages, self.messages = self.messages, []
        return [
            answer for message in messages for _ in range(times) for answer in self.run(message)
        ]

    def run(self, message: dict[str, Any]) -> list[Any]:
        return [handler(command) for command in self.commands(message)]

    def commands(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        return [message]


class PublishedEvents(SentMessages):
    """Each event goes to the consumers whose subscriptions let it through, as on AWS."""

    def commands(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"command": site.EVENT_CONSUMERS[queue], "input": message}
            for queue, names in subscriptions().items()
            if message["event"] in names
        ]


@pytest.fixture
def task_queue(aws: Callable[[str], Any], hook: Callable[..., None]) -> SentMessages:
    sent = SentMessages()
    hook(aws("sqs"), "provide-client-params.sqs.SendMessage", sent.record)
    return sent


@pytest.fixture
def events(aws: Callable[[str], Any], hook: Callable[..., None]) -> PublishedEvents:
    sent = PublishedEvents()
    hook(aws("sns"), "provide-client-params.sns.Publish", sent.record)
    return sent


@pytest.fixture
def public_files(aws: Callable[[str], Any]) -> Callable[[], list[str]]:
    def listed() -> list[str]:
        found = aws("s3").list_objects_v2(Bucket=site.PUBLIC_BUCKET)
        return [item["Key"] for item in found.get("Contents", [])]

    return listed
