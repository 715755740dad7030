"""A letter goes its whole way: the queue, the worker, SES, and everybody's mail on a laptop."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client

from accounts.identity.cognito.protocol import identity_provider
from accounts.mail import outbox, subscriptions, weekly_schedule
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.aws.scheduled_tasks import ScheduledTask
from aptmagic.local import mailbox
from aptmagic.local.processes import wait_until
from gallery.notifications import delivery
from tests.embedded_cloud import EmbeddedCloud


def member() -> tuple[str, str]:
    user_id = new_id().lower()
    handle = f"ada_{user_id[-8:]}"
    unconfirmed.claim(user_id, handle, f"{handle}@example.org")
    confirmation.confirm(user_id, f"{handle}@example.org")
    return user_id, f"{handle}@example.org"


def mails(to: str) -> list[mailbox.Email]:
    return [mail for mail in mailbox.sent_emails() if mail.to == to]


def test_a_letter_reaches_the_mailbox(cloud: EmbeddedCloud) -> None:
    user_id, address = member()
    outbox.send("new-sign-in", user_id, agent="Firefox/Linux")
    assert wait_until(lambda: bool(mails(address)), seconds=60)
    [mail] = mails(address)
    assert mail.sender == "APT Magic <letters@aptmagic.example>"
    assert mail.subject == "New sign-in to APT Magic"
    assert "Browser: Firefox/Linux" in mail.text
    assert "<h1>Was this you?</h1>" in mail.page

    listed = Client().get("/dev/mail/", {"to": address}).content.decode()
    assert f'href="/dev/mail/{mail.id}/"' in listed
    shown = Client().get(f"/dev/mail/{mail.id}/")
    assert "frame-src 'self'" in shown["Content-Security-Policy"]
    assert "Browser: Firefox/Linux" in shown.content.decode()
    page = Client().get(f"/dev/mail/{mail.id}/page/")
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src" not in page["Content-Security-Policy"]


def test_a_letter_that_is_only_a_page_shows_no_empty_text(cloud: EmbeddedCloud) -> None:
    address = f"{new_id().lower()}@example.org"
    identity_provider().sign_up(address, "a fox in the snow")
    assert wait_until(lambda: bool(mails(address)), seconds=60)
    shown = Client().get(f"/dev/mail/{mails(address)[0].id}/").content.decode()
    assert "mailbox-page" in shown and "mailbox-text" not in shown


def test_there_is_no_mailbox_where_mail_is_delivered(settings: Any) -> None:
    settings.MAILBOX_URL = ""
    assert Client().get("/dev/mail/").status_code == 404


def test_the_weekly_letter_takes_its_turn(cloud: EmbeddedCloud) -> None:
    """With the worker's own role, down to setting down the next one."""
    user_id, address = member()
    subscriptions.set_switches(user_id, {"mail:digest": True})
    about = {"job_id": new_id(), "pictures": 2, "prompt": "a fox"}
    delivery.consume("job.ended", {"state": "ready", "user_id": user_id, **about})
    at = now() + timedelta(days=1)
    said = json.dumps(
        {"command": "send_weekly_digest", "input": {"user_id": user_id, "at": at.isoformat()}}
    )
    answer = clients.client("lambda").invoke(FunctionName="local-worker:live", Payload=said)
    assert json.load(answer["Payload"]) == {"sent": True}
    assert wait_until(lambda: bool(mails(address)), seconds=60)
    assert "You created 2 pictures." in mails(address)[0].text
    assert ScheduledTask.find(
        *ScheduledTask.key(weekly_schedule.next_monday(now()), f"digest-{user_id}")
    )
