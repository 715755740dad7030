"""Notifications: once per event, merged by object and day, with an exact unread count."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from ulid import ULID

from accounts.mail import subscriptions
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Throttled
from aptmagic.lambda_handler import handler
from aptmagic.web import cursors
from gallery.notifications import notifications
from gallery.notifications.models import Notification
from gallery.posts import posts
from gallery.posts.models import Post
from gallery.social import likes
from tests.unit.failures import dynamodb
from tests.unit.posts_and_queues import NOON, PublishedEvents

Share = Callable[..., Post]


def texts(who: Any, *, unread_only: bool = False) -> list[str]:
    rows = notifications.list_page(who.user_id).items
    return [row.text for row in rows if row.unread or not unread_only]


def job_ready(who: Any, **more: Any) -> dict[str, Any]:
    about = {"user_id": who.user_id, "job_id": new_id(), "prompt": "a fox", "pictures": 4}
    return {"command": "notify", "input": {"event": "job.ended", "state": "ready", **about, **more}}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "Your 4 pictures are ready: “a fox”"),
        ({"pictures": 1}, "Your picture is ready: “a fox”"),
        (
            {"state": "partial", "pictures": 2},
            "Your 2 pictures are ready: “a fox”. The others failed; you weren’t charged for them.",
        ),
        ({"state": "failed", "pictures": 0}, "We couldn’t generate “a fox”. You weren’t charged."),
        ({"a field of tomorrow": True}, "Your 4 pictures are ready: “a fox”"),
    ],
)
def test_a_finished_job_makes_one_notification(ada: Any, data: dict[str, Any], text: str) -> None:
    message = job_ready(ada, **data)
    assert handler(message) == {"changed": True}
    assert handler(message) == {"changed": False}
    [row] = notifications.list_page(ada.user_id).items
    assert (row.text, row.unread, notifications.count_unread(ada.user_id)) == (text, True, 1)
    assert row.url == f"/jobs/{message['input']['job_id']}/"


def test_a_notification_belongs_to_the_day_of_its_event(ada: Any) -> None:
    job_id = str(ULID.from_datetime(NOON - timedelta(days=3)))
    for _ in range(2):
        handler(job_ready(ada, job_id=job_id))
    [row] = Notification.query(f"N#{ada.user_id}", Notification.sk.startswith("R#"))
    assert row.sk == f"R#20261119#job-ready#{job_id}"


def test_likes_of_a_post_in_a_day_are_one_row(
    ada: Any, bob: Any, join: Any, share: Share, events: PublishedEvents
) -> None:
    post = share(ada, caption="Fox\nin the snow")
    likes.like(bob.user_id, post.id)
    events.deliver(times=3)
    assert texts(ada) == ["@bob liked “Fox”"]
    for name in ("cleo", "dan"):
        likes.like(join(name).user_id, post.id)
        events.deliver(times=2)
    assert texts(ada) == ["@dan and 2 others liked “Fox”"]
    assert notifications.count_unread(ada.user_id) == 1


def test_liking_again_counts_once(
    ada: Any, bob: Any, share: Share, events: PublishedEvents
) -> None:
    post = share(ada)
    for _ in range(3):
        likes.like(bob.user_id, post.id)
        likes.unlike(bob.user_id, post.id)
    events.deliver()
    assert texts(ada) == ["@bob liked your picture"]


def test_a_read_row_is_unread_again_when_more_happens(
    ada: Any, bob: Any, join: Any, share: Share, events: PublishedEvents
) -> None:
    post = share(ada, caption="Fox")
    likes.like(bob.user_id, post.id)
    events.deliver()
    handler(job_ready(ada))
    assert notifications.count_unread(ada.user_id) == 2
    notifications.mark_all_read(ada.user_id)
    assert notifications.count_unread(ada.user_id) == 0 and texts(ada, unread_only=True) == []

    likes.like(join("cleo").user_id, post.id)
    events.deliver(times=2)
    assert notifications.count_unread(ada.user_id) == 1
    assert texts(ada, unread_only=True) == ["@cleo and 1 other liked “Fox”"]


def test_marking_as_read_meanwhile_keeps_the_count_exact(
    ada: Any, bob: Any, join: Any, share: Share, events: PublishedEvents, before: Any
) -> None:
    post = share(ada)
    likes.like(bob.user_id, post.id)
    events.deliver()
    likes.like(join("cleo").user_id, post.id)
    before("TransactWriteItems", lambda: notifications.mark_all_read(ada.user_id))
    events.deliver()
    assert notifications.count_unread(ada.user_id) == 1 and len(texts(ada, unread_only=True)) == 1


def test_two_events_at_once_are_both_counted(
    ada: Any, bob: Any, join: Any, share: Share, events: PublishedEvents, before: Any
) -> None:
    post = share(ada)
    likes.like(bob.user_id, post.id)
    likes.like(join("cleo").user_id, post.id)
    first, second = events.messages
    before("TransactWriteItems", lambda: events.run(second))
    assert events.run(first) == [{"changed": True}]
    assert texts(ada) == ["@bob and 1 other liked your picture"]
    assert notifications.count_unread(ada.user_id) == 1


def test_constant_changes_make_the_message_retry(ada: Any, hook: Any) -> None:
    message, changing = job_ready(ada), [True]
    handler(job_ready(ada))

    def read(**_: Any) -> None:
        if changing:
            notifications.mark_all_read(ada.user_id)

    hook(dynamodb(), "before-call.dynamodb.TransactWriteItems", read)
    with pytest.raises(Throttled):
        handler(message)
    changing.clear()
    assert handler(message) == {"changed": True}


def test_a_like_of_a_deleted_post_makes_no_notification(
    ada: Any, bob: Any, share: Share, events: PublishedEvents
) -> None:
    post = share(ada)
    likes.like(bob.user_id, post.id)
    posts.delete(ada.person, post.id)
    assert events.deliver() == [{"changed": False}] and texts(ada) == []


def test_an_unknown_or_incomplete_event_is_refused(ada: Any) -> None:
    with pytest.raises(ValueError, match="nobody is notified"):
        handler(job_ready(ada, state="exploded"))
    with pytest.raises(ValueError, match="nobody is notified"):
        handler(job_ready(ada, event="job.exploded"))
    with pytest.raises(KeyError):
        handler({"command": "notify", "input": {"event": "post.liked", "user_id": ada.user_id}})
    assert texts(ada) == []


def test_the_page_lists_the_newest_first_and_marks_them_as_read(ada: Any, bob: Any) -> None:
    for number in range(notifications.PAGE_SIZE + 3):
        handler(job_ready(ada, state="failed", prompt=f"fox {number}"))
    first = ada.client.get("/notifications/")
    assert b"fox 32" in first.content and b"New: " in first.content
    older = ada.client.get(first.context["older_url"])
    assert [row[0] for row in older.context["rows"]] == [
        f"We couldn’t generate “fox {number}”. You weren’t charged." for number in (2, 1, 0)
    ]
    assert older.context["older_url"] is None
    assert not any(row[3] for row in older.context["rows"])
    assert b"New: " not in ada.client.get("/notifications/").content
    assert bob.client.get("/notifications/").context["rows"] == []
    stolen = cursors.sign(notifications.NOTIFICATIONS_FEED, ada.user_id, "R#20991231")
    assert bob.client.get("/notifications/", {"before": stolen}).context["rows"] == []


def test_the_api_lists_notifications_without_marking_them(ada: Any) -> None:
    handler(job_ready(ada))
    [item] = ada.client.get("/api/v1/notifications/").json()["items"]
    assert item["unread"] and item["url"].startswith("http://testserver/jobs/")
    assert notifications.count_unread(ada.user_id) == 1


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        ("bell:like", ["Your 4 pictures are ready: “a fox”"]),
        ("bell:job", ["@bob liked your picture"]),
    ],
)
def test_a_kind_that_is_turned_off_makes_no_notification(
    ada: Any, bob: Any, share: Share, events: PublishedEvents, off: str, expected: list[str]
) -> None:
    subscriptions.set_switches(ada.user_id, {off: False})
    likes.like(bob.user_id, share(ada).id)
    events.deliver()
    handler(job_ready(ada))
    assert texts(ada) == expected and notifications.count_unread(ada.user_id) == 1
    subscriptions.set_switches(ada.user_id, {off: True})
    handler(job_ready(ada, state="failed"))
    assert "We couldn’t generate “a fox”. You weren’t charged." in texts(ada)
