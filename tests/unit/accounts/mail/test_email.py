"""What somebody has to know reaches them by e-mail, once, in their language."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core import mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from accounts.mail import delivery, outbox, subscriptions
from accounts.mail.models import SentEmail
from accounts.profiles import preferences, profiles
from aptmagic import lambda_handler
from aptmagic.aws import clients
from tests.unit.conftest import Visitor

Post = Callable[[], list[EmailMultiAlternatives]]


@pytest.fixture
def post(aws: Callable[[str], Any], settings: Any) -> Post:
    """Brings what waits in the queue to the worker; the letters that it has sent so far."""
    settings.MAIL_FROM = "APT Magic <letters@aptmagic.example>"

    def carry() -> list[EmailMultiAlternatives]:
        queue = settings.TASKS_QUEUE_URL
        while found := aws("sqs").receive_message(QueueUrl=queue).get("Messages"):
            for message in found:
                assert deliver(message["Body"]) == []
                aws("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return mail.outbox

    return carry


def deliver(body: str) -> list[dict[str, str]]:
    """What of it has to come again."""
    failures: list[dict[str, str]] = lambda_handler.handler(
        {"Records": [{"messageId": "m", "body": body}]}
    )["batchItemFailures"]
    return failures


def waiting(aws: Callable[[str], Any], settings: Any) -> str:
    """The one message that is in the queue."""
    [message] = aws("sqs").receive_message(QueueUrl=settings.TASKS_QUEUE_URL)["Messages"]
    return str(message["Body"])


def html(letter: EmailMultiAlternatives) -> str:
    [(page, kind)] = letter.alternatives
    assert kind == "text/html"
    return str(page)


def test_a_letter_is_written_by_the_worker(ada: Visitor, post: Post) -> None:
    outbox.send("new-sign-in", ada.user_id, agent="Firefox/Linux", network="81.2.69.0/24")
    assert mail.outbox == []
    [letter] = post()
    assert letter.to == ["ada@example.org"]
    assert letter.from_email == "APT Magic <letters@aptmagic.example>"
    assert letter.subject == "New sign-in to APT Magic"
    assert "We noticed a sign-in to your account @ada from a browser" in letter.body
    assert "Browser: Firefox/Linux\n" in letter.body
    assert "We noticed a sign-in to your account <strong>@ada</strong>" in html(letter)


ABOUT: dict[str, dict[str, Any]] = {
    "email-changed": {"new_email": "new@example.org"},
    "token-created": {"name": "My script"},
    "account-deletion": {"until": (timezone.now() + timedelta(days=14)).isoformat()},
    "digest": {
        "subject": "3 likes in your week",
        "rows": [
            {
                "text": "Your pictures got 3 likes this week.",
                "link": None,
                "posts": [
                    {
                        "title": "A fox",
                        "note": "3 likes",
                        "alt": "A fox",
                        "url": "http://127.0.0.1:8000/p/1/",
                        "image": "http://127.0.0.1:8000/media/p/1/320.webp",
                        "height": 96,
                    }
                ],
            },
            {
                "text": "You made 1 picture.",
                "link": {"url": "http://127.0.0.1:8000/library/", "text": "It is there."},
                "posts": [],
            },
        ],
        "others": [],
    },
}


@pytest.mark.parametrize("kind", outbox.KINDS)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_kind_is_whole_as_text_and_as_a_page(
    ada: Visitor, post: Post, settings: Any, kind: str, language: str
) -> None:
    preferences.update(ada.user_id, language=language)
    subscriptions.set_switches(ada.user_id, {"mail:digest": True})
    outbox.send(kind, ada.user_id, **ABOUT.get(kind, {}))
    [letter] = post()
    page = html(letter)
    assert letter.subject and "\n" not in letter.subject
    assert f'<html lang="{language}">' in page
    for text in (letter.subject, letter.body, page):
        assert not re.search(r"{[{%]|[%#]}|%\(|None|\bTrue\b", text)
    assert "\n\n\n" not in letter.body and "<" not in letter.body
    links = set(re.findall(r'href="([^"]+)"', page)) - {settings.SITE_URL + "/"}
    assert links
    for link in links:
        assert link.startswith(settings.SITE_URL)
        resolve(link.removeprefix(settings.SITE_URL))
        assert link in letter.body, "who reads plain text gets as far"
    assert "@ada" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_letter_is_in_the_language_of_its_reader(ada: Visitor, post: Post) -> None:
    from django.utils import translation

    with translation.override("vi"):  # as the page was on which it happened
        outbox.send("password-changed", ada.user_id)
    assert '<html lang="vi">' in html(post()[-1])
    preferences.update(ada.user_id, language="en")
    with translation.override("vi"):
        outbox.send("password-changed", ada.user_id)
    assert '<html lang="en">' in html(post()[-1])


def test_whoever_changes_an_address_is_told_of_at_both(ada: Visitor, post: Post) -> None:
    for to in ("ada@example.org", "lovelace@example.org"):
        outbox.send("email-changed", ada.user_id, to=to, new_email="lovelace@example.org")
    old, new = sorted(post(), key=lambda letter: letter.to[0])
    assert (old.to, new.to) == (["ada@example.org"], ["lovelace@example.org"])
    assert "lovelace@example.org" in new.body
    assert "lovelace" not in old.body + html(old)
    assert "New address: l…@example.org" in old.body


def test_what_a_stranger_wrote_is_text_and_nothing_else(ada: Visitor, post: Post) -> None:
    outbox.send(
        "token-created", ada.user_id, name='<a href="//evil.example">\nBcc: eve@example.org'
    )
    [letter] = post()
    assert "<a href=" in letter.body
    assert '<a href="//evil' not in html(letter)
    assert letter.recipients() == ["ada@example.org"]
    assert "Bcc" not in letter.message()


# Once -------------------------------------------------------------------------------------------
def test_a_message_that_comes_twice_is_one_letter(
    ada: Visitor, post: Post, aws: Callable[[str], Any], settings: Any
) -> None:
    outbox.send("password-changed", ada.user_id)
    message = waiting(aws, settings)
    assert deliver(message) == deliver(message) == []
    assert len(mail.outbox) == 1


def test_what_is_told_twice_is_one_letter(ada: Visitor, post: Post) -> None:
    for _ in range(2):
        outbox.send("export-ready", ada.user_id, reference="archive-1")
    assert len(post()) == 1


def test_a_letter_that_was_not_taken_is_sent_again(
    ada: Visitor, post: Post, aws: Callable[[str], Any], settings: Any
) -> None:
    outbox.send("password-changed", ada.user_id)
    message = waiting(aws, settings)
    settings.EMAIL_BACKEND = f"{__name__}.Closed"
    assert deliver(message) == [{"itemIdentifier": "m"}]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver(message) == []
    assert len(mail.outbox) == 1


class Closed:
    """A post office with nobody in it."""

    def __init__(self, **_: Any) -> None: ...

    def send_messages(self, messages: Any) -> int:
        raise ConnectionError("nobody there")


def test_while_one_sends_it_nobody_else_does(
    ada: Visitor, post: Post, aws: Callable[[str], Any], settings: Any
) -> None:
    outbox.send("password-changed", ada.user_id, reference="r")
    message = waiting(aws, settings)
    [item] = [SentEmail(*SentEmail.key("password-changed", "r", "ada@example.org"))]
    assert delivery._claim(item), "somebody began, and may have died"
    assert deliver(message) == [{"itemIdentifier": "m"}]
    item.update([SentEmail.until.set(timezone.now() - timedelta(seconds=1))])
    assert deliver(message) == []
    assert len(mail.outbox) == 1


# Not at all -------------------------------------------------------------------------------------
def test_nobody_gets_what_they_do_not_want(ada: Visitor, post: Post) -> None:
    subscriptions.set_switches(ada.user_id, {"mail:new-sign-in": False})
    outbox.send("new-sign-in", ada.user_id)
    outbox.send("digest", ada.user_id, **ABOUT["digest"])
    assert post() == []


def test_letters_about_security_cannot_be_switched_off() -> None:
    for kind in ("password-changed", "email-changed", "token-created", "account-deletion"):
        assert outbox.KINDS[kind] == ""


def test_who_is_gone_gets_no_letter(post: Post) -> None:
    outbox.send("password-changed", "nobody")
    assert post() == []


def test_without_a_domain_nobody_gets_letters(ada: Visitor, post: Post, settings: Any) -> None:
    settings.MAIL_FROM = ""
    outbox.send("password-changed", ada.user_id)
    assert post() == []


def test_a_queue_that_is_away_stops_nobody(ada: Visitor, settings: Any) -> None:
    settings.TASKS_QUEUE_URL = "http://sqs.us-east-1.amazonaws.com/000000000000/not-there"
    outbox.send("password-changed", ada.user_id)


# To Amazon SES ----------------------------------------------------------------------------------
@pytest.fixture
def ses(aws: Callable[[str], Any], settings: Any) -> Any:
    """Amazon SES, for a domain that is ours."""
    settings.EMAIL_BACKEND = "accounts.mail.ses.AmazonSes"
    aws("sesv2").create_email_identity(EmailIdentity="aptmagic.example")
    return aws("sesv2")


def refuse(client: Any, code: str, operation: str = "SendEmail") -> None:
    def refused(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    client.meta.events.register(f"before-call.sesv2.{operation}", refused, unique_id="refuse")


def allow(client: Any, operation: str = "SendEmail") -> None:
    client.meta.events.unregister(f"before-call.sesv2.{operation}", unique_id="refuse")


def test_a_letter_goes_to_ses_with_all_its_headers(ada: Visitor, post: Post, ses: Any) -> None:
    sent: list[dict[str, Any]] = []
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: sent.append(params), "headers"
    )
    outbox.send("new-sign-in", ada.user_id)
    post()
    ses.meta.events.unregister("provide-client-params.sesv2.SendEmail", unique_id="headers")
    [request] = sent
    assert request["FromEmailAddress"] == "APT Magic <letters@aptmagic.example>"
    raw = request["Content"]["Raw"]["Data"].decode()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert re.search(r"List-Unsubscribe:\s+<http", raw)
    assert "multipart/alternative" in raw


@pytest.mark.parametrize(
    ("code", "again"),
    [("MessageRejected", False), ("TooManyRequestsException", True), ("SendingPaused", True)],
)
def test_only_what_may_pass_is_tried_again(
    ada: Visitor,
    post: Post,
    ses: Any,
    aws: Callable[[str], Any],
    settings: Any,
    code: str,
    again: bool,
) -> None:
    outbox.send("password-changed", ada.user_id)
    message = waiting(aws, settings)
    refuse(ses, code)
    try:
        assert bool(deliver(message)) is again
    finally:
        allow(ses)


def test_the_client_outlives_its_letters(ses: Any) -> None:
    with get_connection() as office:
        assert office.client is clients.client("sesv2")
    clients.client("sesv2").list_email_identities()


# Fewer of them ----------------------------------------------------------------------------------
def link_of(letter: EmailMultiAlternatives, settings: Any) -> str:
    said = letter.extra_headers["List-Unsubscribe"]
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(re.fullmatch(r"<(.+)>", said)[1])  # type: ignore[index]
    assert link in letter.body and link in html(letter)
    return link.removeprefix(settings.SITE_URL)


def test_one_click_in_the_mail_program_stops_a_kind(
    ada: Visitor, post: Post, settings: Any
) -> None:
    outbox.send("new-sign-in", ada.user_id)
    link = link_of(post()[0], settings)
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(link, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert not preferences.is_enabled(ada.user_id, "mail:new-sign-in")
    outbox.send("new-sign-in", ada.user_id)
    assert len(post()) == 1


def test_looking_at_the_link_changes_nothing(ada: Visitor, post: Post, settings: Any) -> None:
    outbox.send("new-sign-in", ada.user_id)
    link = link_of(post()[0], settings)
    page = Client().get(link)
    assert "Unsubscribe from e-mails about new sign-ins?" in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0")
    assert preferences.is_enabled(ada.user_id, "mail:new-sign-in")


def test_a_link_that_we_did_not_sign_is_nothing(ada: Visitor, post: Post, settings: Any) -> None:
    outbox.send("new-sign-in", ada.user_id)
    link = link_of(post()[0], settings)
    for forged in (link[:-6] + "AAAA/", "/unsubscribe/nothing/", link.replace(":", "", 1)):
        assert Client().post(forged).status_code == 404
    assert preferences.is_enabled(ada.user_id, "mail:new-sign-in")


def test_a_letter_that_cannot_be_stopped_has_no_such_link(ada: Visitor, post: Post) -> None:
    outbox.send("password-changed", ada.user_id)
    [letter] = post()
    assert "List-Unsubscribe" not in letter.extra_headers
    assert "/unsubscribe/" not in letter.body + html(letter)


def test_answers_go_to_somebody_who_reads_them(ada: Visitor, post: Post, settings: Any) -> None:
    outbox.send("password-changed", ada.user_id)
    assert "Reply to this e-mail" not in post()[0].body
    settings.SUPPORT_EMAIL = "help@aptmagic.example"
    outbox.send("password-changed", ada.user_id)
    letter = post()[1]
    assert letter.reply_to == ["help@aptmagic.example"]
    assert "Reply to this e-mail" in letter.body


def test_who_leaves_is_written_to_before_they_are_gone(ada: Visitor, post: Post) -> None:
    assert profiles.get(ada.user_id)
    outbox.send("account-deletion", ada.user_id, until="2027-01-30T08:00:00+00:00")
    assert "On 30 January 2027 we’ll delete it permanently" in post()[0].body
