"""Pictures to share, a clock for posts, and ears for what is asked of queues and of DynamoDB."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings as site
from ulid import ULID

from aptmagic.dynamo import new_id
from aptmagic.lambda_handler import handler
from gallery import feeds, posts
from gallery.models import Post
from generation import pictures
from generation.models import Picture

# {size 1, luma and colours in the middle}: any valid thumbhash will do.
THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def easygoing(aws: Callable[[str], Any], settings: Any) -> None:
    settings.MODERATION = {"BACKEND": "tests.unit.services.Easygoing", "OPTIONS": {}}


@pytest.fixture
def draw(aws: Callable[[str], Any]) -> Callable[..., str]:
    """`draw(ada)`: the id of a picture that ada has made, with its files."""

    def drawn(owner: Any, prompt: str = "a fox in the snow") -> str:
        picture_id = new_id()
        base = pictures.folder(owner.user_id, picture_id)
        for name in [pictures.ORIGINAL, *pictures.names(64)]:
            aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=base + name, Body=b"file")
        Picture(
            *Picture.key(picture_id),
            id=picture_id,
            owner_id=owner.user_id,
            job_id=new_id(),
            number=0,
            seed=7,
            width=64,
            height=48,
            thumbhash=THUMBHASH,
            sha256="0" * 64,
            alt=prompt,
            note="Sketched for a test.",
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


class Mail:
    """Messages sent to a queue or a topic, delivered when a test says so."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def deliver(self, *, times: int = 1) -> list[Any]:
        messages, self.messages = self.messages, []
        return [handler(message) for message in messages for _ in range(times)]


@pytest.fixture
def chores(aws: Callable[[str], Any]) -> Mail:
    mail = Mail()

    def hear(params: dict[str, Any], **_: Any) -> None:
        mail.messages.append(json.loads(params["MessageBody"]))

    aws("sqs").meta.events.register("provide-client-params.sqs.SendMessage", hear)
    return mail


@pytest.fixture
def events(aws: Callable[[str], Any]) -> Mail:
    mail = Mail()

    def hear(params: dict[str, Any], **_: Any) -> None:
        mail.messages.append(json.loads(params["Message"]))

    aws("sns").meta.events.register("provide-client-params.sns.Publish", hear)
    return mail


@pytest.fixture
def requests(aws: Callable[[str], Any]) -> list[str]:
    """The names of the requests to DynamoDB, as they are made."""
    seen: list[str] = []

    def count(model: Any, **_: Any) -> None:
        seen.append(model.name)

    dynamodb().meta.events.register("before-call.dynamodb", count)
    return seen


@pytest.fixture
def public_files(aws: Callable[[str], Any]) -> Callable[[], list[str]]:
    def listed() -> list[str]:
        found = aws("s3").list_objects_v2(Bucket=site.PUBLIC_BUCKET)
        return [item["Key"] for item in found.get("Contents", [])]

    return listed


@pytest.fixture
def before_write(aws: Callable[[str], Any]) -> Callable[[Callable[[], Any]], None]:
    """`before_write(verb)`: do this once, just before the next transaction reaches DynamoDB."""

    def arrange(verb: Callable[[], Any]) -> None:
        waiting = [verb]

        def interfere(**_: Any) -> None:
            if waiting:
                waiting.pop()()

        dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", interfere)

    return arrange


def dynamodb() -> Any:
    return Post._get_connection().connection.client


@pytest.fixture
def busy(aws: Callable[[str], Any]) -> Callable[..., list[str]]:
    """`busy(times=3)`: transactions meet others at the same item (no stand-in ever says so)."""

    def arrange(times: int) -> list[str]:
        seen: list[str] = []

        def refuse(**_: Any) -> None:
            if len(seen) < times:
                seen.append("conflict")
                raise ClientError(
                    {
                        "Error": {"Code": "TransactionCanceledException", "Message": "busy"},
                        "CancellationReasons": [{"Code": "TransactionConflict"}],
                    },
                    "TransactWriteItems",
                )

        dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", refuse)
        return seen

    return arrange
