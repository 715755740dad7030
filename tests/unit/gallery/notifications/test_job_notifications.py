"""Notifications of jobs: none for those who watched, one row for several at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.test import Client

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id, now
from gallery.notifications import notifications, weekly_digest
from gallery.notifications.models import Notification
from generation.jobs import jobs, steps, submission
from tests.unit.fake_services import prompt_request, run_workflow
from tests.unit.posts_and_queues import PublishedEvents

PIECE = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("fake_services")


def submit(who: Any, prompt: str = "a fox", **more: Any) -> Any:
    return submission.submit(who.user_id, prompt_request(prompt=prompt, **more), key=new_id())


def texts(who: Any) -> list[str]:
    return [row.text for row in notifications.list_page(who.user_id).items]


@pytest.fixture
def ended(ada: Any, events: PublishedEvents) -> Callable[..., Any]:
    """`ended(job)`: it runs to its end, and its event waits in `events`."""

    def end(job: Any) -> Any:
        run_workflow(job)
        steps.announce(ada.user_id, job.id)
        return jobs.get(ada.user_id, job.id)

    return end


def test_a_job_watched_to_its_end_makes_no_notification(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    job = submit(ada)
    ada.client.get(f"/jobs/{job.id}/")
    ended(job)
    ada.client.get(f"/jobs/{job.id}/", headers=PIECE)
    events.deliver(times=2)
    assert texts(ada) == [] and notifications.count_unread(ada.user_id) == 0


def test_a_notification_is_withdrawn_once_the_result_was_seen(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    job = ended(submit(ada))
    events.deliver()
    assert notifications.count_unread(ada.user_id) == 1
    ada.client.get(f"/jobs/{job.id}/", headers=PIECE)
    events.deliver(times=2)
    assert texts(ada) == [] and notifications.count_unread(ada.user_id) == 0


def test_leaving_the_job_page_brings_a_notification(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    job = submit(ada)
    ada.client.get(f"/jobs/{job.id}/")
    ended(job)
    events.deliver(times=2)
    assert texts(ada) == ["Your picture is ready: “a fox”"]
    assert notifications.count_unread(ada.user_id) == 1


def test_an_api_call_does_not_count_as_seeing_the_result(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    job = ended(submit(ada))
    Client().get(f"/jobs/{job.id}/")  # a stranger
    jobs.get(ada.user_id, job.id)
    events.deliver()
    assert len(texts(ada)) == 1


def test_seeing_the_result_while_the_notification_is_written_withdraws_it(
    ada: Any,
    ended: Callable[..., Any],
    events: PublishedEvents,
    before: Callable[..., None],
) -> None:
    job = ended(submit(ada))
    [alert], events.messages = events.messages, []
    before("TransactWriteItems", lambda: ada.client.get(f"/jobs/{job.id}/"))
    events.run(alert)
    events.deliver()
    assert texts(ada) == [] and notifications.count_unread(ada.user_id) == 0


def test_marking_as_read_meanwhile_counts_nothing_twice(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents, before: Callable[..., None]
) -> None:
    job = ended(submit(ada))
    events.deliver()
    ada.client.get(f"/jobs/{job.id}/")
    before("TransactWriteItems", lambda: notifications.mark_all_read(ada.user_id))
    events.deliver()
    assert notifications.count_unread(ada.user_id) == 0
    ended(submit(ada, "an owl"))
    events.deliver()
    assert notifications.count_unread(ada.user_id) == 1


def test_the_weekly_email_counts_jobs_that_were_watched(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    job = ended(submit(ada, count=2))
    ada.client.get(f"/jobs/{job.id}/")
    events.deliver()
    week = weekly_digest.collect(ada.user_id, now() + timedelta(days=1))
    assert week and [row["text"] for row in week["rows"]] == ["You created 2 pictures."]


def test_a_job_page_opens_even_if_its_event_cannot_be_published(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents, hook: Callable[..., None]
) -> None:
    job = ended(submit(ada))

    def away(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="sns")

    hook(clients.client("sns"), "before-call.sns.Publish", away)
    assert ada.client.get(f"/jobs/{job.id}/").status_code == 200


def test_jobs_ready_within_an_hour_are_one_row(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    for prompt, count in (("a fox", 1), ("an owl", 2), ("a bear", 1)):
        ended(submit(ada, prompt, count=count))
    events.deliver()
    [row] = notifications.list_page(ada.user_id).items
    assert row.text == "Your 4 pictures are ready: “a bear” and 2 other prompts"
    assert row.url == "/library/" and row.unread


def test_read_and_earlier_jobs_are_separate_rows(
    ada: Any, ended: Callable[..., Any], events: PublishedEvents
) -> None:
    first = ended(submit(ada))
    events.deliver()
    key = Notification.key(ada.user_id, f"{now():%Y%m%d}", "job-ready", first.id)
    Notification(*key).update([Notification.at.set(now() - timedelta(hours=2))])
    ended(submit(ada, "an owl"))
    events.deliver()
    assert len(texts(ada)) == 2
    ada.client.get("/notifications/")
    ended(submit(ada, "a bear"))
    events.deliver()
    assert texts(ada)[0] == "Your picture is ready: “a bear”"
