"""What somebody has to know reaches them by e-mail, once, in their language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from accounts import letters
from aptmagic import lambda_handler
from tests.unit.conftest import Visitor


@pytest.fixture
def post(aws: Callable[[str], Any], settings: Any) -> Callable[[], list[EmailMultiAlternatives]]:
    """Brings what waits in the queue to the worker; the letters that it has sent so far."""
    settings.MAIL_FROM = "APT Magic <letters@aptmagic.example>"

    def carry() -> list[EmailMultiAlternatives]:
        queue = settings.CHORES_QUEUE_URL
        while found := aws("sqs").receive_message(QueueUrl=queue).get("Messages"):
            for message in found:
                record = {"messageId": message["MessageId"], "body": message["Body"]}
                assert lambda_handler.handler({"Records": [record]}) == {"batchItemFailures": []}
                aws("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return mail.outbox

    return carry


def test_a_letter_is_written_by_the_worker(ada: Visitor, post: Callable[[], list[Any]]) -> None:
    letters.send("new-sign-in", ada.user_id, agent="Firefox/Linux")
    assert mail.outbox == []
    [letter] = post()
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "New sign-in to APT Magic"
    assert "Somebody signed in to @ada from a browser" in letter.body
    assert "Browser: Firefox/Linux\n" in letter.body
    assert "\n\n\n" not in letter.body
    page, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert "Somebody signed in to <strong>@ada</strong>" in page
