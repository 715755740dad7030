"""Each kind of notification is one declaration, which everything that shows or sends it reads."""

from typing import Any

import pytest

from accounts.mail.subscriptions import set_switches
from accounts.privacy import import_zip
from aptmagic.aws.dynamodb import new_id
from gallery.notifications import delivery, notifications, weekly_digest
from gallery.notifications.kinds import KINDS, SWITCHES, Kind
from gallery.notifications.models import Notification
from tests.templates import subscriptions

# An event of each kind, without the ids of people and objects. A new kind needs a line here.
EVENTS: dict[str, dict[str, Any]] = {
    "like": {"day": "20261122"},
    "job-ready": {"state": "ready", "pictures": 2, "prompt": "a fox"},
    "job-partial": {"state": "partial", "pictures": 1, "prompt": "a fox"},
    "job-failed": {"state": "failed", "pictures": 0, "prompt": "a fox"},
    "export-ready": {"parts": 1},
    "import-finished": {"pictures": 3},
    "import-failed": {"reason": "damaged"},
}


def event_of(kind: Kind, recipient: Any, actor: Any, share: Any) -> dict[str, Any]:
    object_id = share(recipient, caption="Fox").id if kind.object_id == "post_id" else new_id()
    people = {
        kind.recipient: recipient.user_id,
        **({kind.actor: actor.user_id} if kind.actor else {}),
    }
    return {**EVENTS[kind.name], **people, kind.object_id: object_id}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_event_received_twice_makes_one_notification(
    kind: Kind, ada: Any, bob: Any, share: Any
) -> None:
    data = {**event_of(kind, ada, bob, share), "a field of tomorrow": True}
    assert delivery.consume(kind.event, data)
    assert not delivery.consume(kind.event, data)
    [row] = notifications.list_page(ada.user_id).items
    assert row.kind == kind.name and row.text and row.unread
    assert ada.client.get(row.url).status_code in (200, 404)  # of a job, which isn't stored here
    assert notifications.count_unread(ada.user_id) == 1
    [item] = ada.client.get("/api/v1/notifications/").json()["items"]
    assert (item["kind"], item["text"]) == (kind.name, row.text)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_sent_unless_its_switch_is_off(
    kind: Kind, ada: Any, bob: Any, share: Any
) -> None:
    off = {switch.name: False for switch in SWITCHES}
    set_switches(ada.user_id, off)
    assert delivery.consume(kind.event, event_of(kind, ada, bob, share)) is (kind.switch is None)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.actor], ids=lambda kind: kind.name
)
def test_the_name_of_someone_who_left_is_removed(
    kind: Kind, ada: Any, bob: Any, share: Any
) -> None:
    delivery.consume(kind.event, event_of(kind, ada, bob, share))
    assert notifications.remove_actor(bob.user_id, limit=25)
    [row] = Notification.query(f"N#{ada.user_id}", Notification.sk.startswith("R#"))
    assert (row.last_actor_name, row.last_actor_id, row.actors) == (None, None, 1)
    [shown] = notifications.list_page(ada.user_id).items
    assert "bob" not in shown.text


def test_every_switch_is_on_the_settings_page(ada: Any) -> None:
    page = ada.client.get("/settings/notifications/")
    shown = {field.name: field for field in page.context["form"].in_app}
    assert shown.keys() == {switch.field_name for switch in SWITCHES}
    for switch in SWITCHES:
        assert str(switch.label) in page.text and str(switch.help_text) in page.text


def test_the_subscription_lists_the_events_of_all_kinds() -> None:
    events = {kind.event for kind in KINDS.values()}
    events |= {kind.seen.event for kind in KINDS.values() if kind.seen}
    assert set(subscriptions()["notifications"]) == events


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.digest], ids=lambda kind: kind.name
)
def test_the_weekly_email_has_the_row_that_a_kind_declares(
    kind: Kind, ada: Any, bob: Any, share: Any
) -> None:
    data = event_of(kind, ada, bob, share)
    if kind.day:
        data[kind.day] = f"{delivery.now():%Y%m%d}"
    delivery.consume(kind.event, data)
    [stored] = Notification.query(f"N#{ada.user_id}", Notification.sk.startswith("R#"))
    assert kind.digest is not None
    count = kind.digest.count(stored)
    week = weekly_digest.collect(ada.user_id, delivery.now() + weekly_digest.WEEK / 7)
    texts = [row["text"] for row in week["rows"]] if week else []
    assert texts == ([kind.digest.sentence(count)] if count else [])


def test_a_kind_of_a_later_release_is_left_out(ada: Any) -> None:
    for state in ("ready", "failed"):
        delivery.consume(
            "job.ended", {**EVENTS[f"job-{state}"], "user_id": ada.user_id, "job_id": new_id()}
        )
    [ready] = [
        row
        for row in Notification.query(f"N#{ada.user_id}", Notification.sk.startswith("R#"))
        if row.kind == "job-ready"
    ]
    ready.update([Notification.kind.set("comment-reply")])
    [row] = notifications.list_page(ada.user_id).items
    assert row.kind == "job-failed"
    assert ada.client.get("/notifications/").status_code == 200
    assert weekly_digest.collect(ada.user_id, delivery.now() + weekly_digest.WEEK / 7) is None


def test_an_import_that_failed_for_an_unknown_reason_says_so_without_it(ada: Any) -> None:
    data = {"user_id": ada.user_id, "import_id": new_id(), "reason": "of a later release"}
    assert data["reason"] not in import_zip.REASONS
    delivery.consume("import.failed", data)
    [row] = notifications.list_page(ada.user_id).items
    assert row.text.startswith("Your import failed.")
