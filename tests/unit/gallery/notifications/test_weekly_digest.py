"""The weekly e-mail: what happened to one's pictures and what is new, for those who want it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.core import mail

from accounts.mail import outbox, subscriptions, weekly_schedule
from accounts.profiles import preferences, profiles
from accounts.profiles.models import Profile
from accounts.profiles.switches import DIGEST
from aptmagic.aws import scheduled_tasks
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.aws.scheduled_tasks import ScheduledTask
from aptmagic.lambda_handler import handler
from gallery.notifications import delivery, weekly_digest
from gallery.posts.models import Post, day_of_id
from tests.unit.conftest import Visitor

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
Share = Callable[..., Post]


@pytest.fixture(autouse=True)
def mail_from(settings: Any) -> None:
    settings.MAIL_FROM = "APT Magic <digest@aptmagic.example>"


@pytest.fixture
def subscriber(ada: Visitor) -> Visitor:
    """Ada, who turned the weekly e-mail on."""
    subscriptions.set_switches(ada.user_id, {"mail:digest": True})
    return ada


def scheduled(who: Visitor) -> list[ScheduledTask]:
    found = ScheduledTask.query("DUE", consistent_read=True)
    return [task for task in found if task.input.get("user_id") == who.user_id]


def deliver(aws: Callable[[str], Any]) -> list[Any]:
    """Run what waits in the queues, and return the e-mails sent so far."""
    for queue in (site.BULK_QUEUE_URL, site.TASKS_QUEUE_URL):
        while found := aws("sqs").receive_message(QueueUrl=queue).get("Messages"):
            for message in found:
                record = {"messageId": "m", "body": message["Body"]}
                assert handler({"Records": [record]}) == {"batchItemFailures": []}
                aws("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return mail.outbox


def send(who: Visitor, at: datetime) -> bool:
    answer = handler(
        {"command": "send_weekly_digest", "input": {"user_id": who.user_id, "at": at.isoformat()}}
    )
    return bool(answer["sent"])


def like(post: Post, *people: Visitor) -> None:
    for who in people:
        day = day_of_id(new_id())
        delivery.consume(
            "post.liked",
            {"author_id": post.author_id, "post_id": post.id, "user_id": who.user_id, "day": day},
        )


def tomorrow() -> datetime:
    return now() + timedelta(days=1)


def test_the_email_tells_of_likes_and_new_pictures(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    fox = share(subscriber, caption="A fox\nin two lines", alt="A fox in the snow")
    share(bob, caption="A lighthouse")
    like(fox, bob)
    about = {"job_id": new_id(), "pictures": 2, "prompt": "a fox"}
    delivery.consume("job.ended", {"state": "ready", "user_id": subscriber.user_id, **about})
    assert send(subscriber, tomorrow())
    [email] = deliver(aws)
    assert email.subject == "1 like this week on APT Magic"
    assert "Your pictures got 1 like this week." in email.body
    assert f"- A fox (1 like)\n  {site.SITE_URL}/p/{fox.id}/" in email.body
    assert "You created 2 pictures." in email.body
    assert "- A lighthouse (by @bob)" in email.body
    page = email.alternatives[0][0]
    assert f'src="{site.SITE_URL}/media/p/{fox.id}/' in page
    assert 'alt="A fox in the snow"' in page
    assert email.extra_headers["List-Unsubscribe-Post"]


def test_a_quiet_week_has_no_email(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    share(bob, caption="A lighthouse")
    assert not send(subscriber, tomorrow())
    assert deliver(aws) == []
    assert len(scheduled(subscriber)) == 1, "the next week may be another one"


def test_nobody_gets_it_without_asking(
    ada: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    like(share(ada), bob)
    assert scheduled(ada) == []
    assert not send(ada, tomorrow())
    assert deliver(aws) == []


def test_a_repeated_message_sends_one_email(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    like(share(subscriber), bob)
    at = tomorrow()
    assert send(subscriber, at) and send(subscriber, at)
    assert len(deliver(aws)) == 1


def test_deleted_hidden_and_filtered_posts_are_left_out(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    preferences.update(subscriber.user_id, hidden_tags={"spiders"})
    secret = share(subscriber, caption="My secret", visibility="private")
    like(share(subscriber, caption="A fox"), bob)
    like(secret, bob)
    share(bob, caption="Eight legs", tags=["spiders"])
    share(bob, caption="Not for all", tags=["sensitive"])
    share(bob, caption="Only for friends", visibility="unlisted")
    assert send(subscriber, tomorrow())
    [email] = deliver(aws)
    for hidden in ("My secret", "Eight legs", "Not for all", "Only for friends"):
        assert hidden not in email.body + email.alternatives[0][0]


def test_it_is_in_the_readers_language(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    preferences.update(subscriber.user_id, language="vi")
    like(share(subscriber), bob)
    assert send(subscriber, tomorrow())
    [email] = deliver(aws)
    assert '<html lang="vi">' in email.alternatives[0][0]


# Its schedule -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), MONDAY),
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), MONDAY),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), MONDAY + timedelta(days=7)),
        (datetime(2026, 11, 25, 12, 0, tzinfo=UTC), MONDAY + timedelta(days=7)),
    ],
)
def test_it_is_sent_on_monday_mornings(moment: datetime, monday: datetime) -> None:
    assert weekly_schedule.next_monday(moment) == monday


def test_turning_it_on_twice_schedules_it_once(subscriber: Visitor) -> None:
    subscriptions.set_switches(subscriber.user_id, {"mail:digest": True})
    assert len(scheduled(subscriber)) == 1


def test_turning_it_off_unschedules_it(subscriber: Visitor) -> None:
    subscriptions.set_switches(subscriber.user_id, {"mail:digest": False})
    assert scheduled(subscriber) == []


def test_each_email_schedules_the_next(subscriber: Visitor, aws: Callable[[str], Any]) -> None:
    [first] = scheduled(subscriber)
    at = datetime.fromisoformat(first.input["at"])
    first.delete()
    late = ScheduledTask(*ScheduledTask.key(at - timedelta(days=7), f"digest-{subscriber.user_id}"))
    late.command, late.input = (
        "send_weekly_digest",
        {
            "user_id": subscriber.user_id,
            "at": (at - timedelta(days=7)).isoformat(),
        },
    )
    late.save()
    assert scheduled_tasks.dispatch_due() == 1
    deliver(aws)
    [left] = scheduled(subscriber)
    assert datetime.fromisoformat(left.input["at"]) == at


def test_an_account_scheduled_for_deletion_gets_none(
    subscriber: Visitor, bob: Visitor, share: Share, aws: Callable[[str], Any]
) -> None:
    like(share(subscriber), bob)
    profile = profiles.get_own(subscriber.user_id)
    profile.update([Profile.deletes_at.set(now() + timedelta(days=14))])
    assert not send(subscriber, tomorrow())
    assert len(scheduled(subscriber)) == 1


def test_its_content_is_json(subscriber: Visitor, bob: Visitor, share: Share) -> None:
    like(share(subscriber), bob)
    about = weekly_digest.collect(subscriber.user_id, tomorrow())
    assert json.loads(json.dumps(about)) == about
    assert outbox.KINDS["digest"] == DIGEST


def test_it_does_not_read_which_posts_its_reader_likes(
    subscriber: Visitor, bob: Visitor, share: Share, requests: list[str]
) -> None:
    """The worker may not read likes (infra/roles.yaml), and the e-mail doesn't show them."""
    like(share(subscriber), bob)
    share(bob, caption="Fox")
    requests.clear()
    found = weekly_digest.collect(subscriber.user_id, tomorrow())
    assert found and [post["title"] for post in found["others"]] == ["Fox"]
    assert "BatchGetItem" not in requests
