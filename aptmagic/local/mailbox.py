"""The local mailbox: shows every e-mail that the embedded cloud was asked to send."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from aptmagic.errors import NotFound
from aptmagic.web.csp import content_security_policy

# An e-mail may use its own styles and show images, and nothing else.
EMAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
PAGE_SIZE = 100


@dataclass(frozen=True)
class Email:
    id: str
    sender: str
    to: str
    subject: str
    text: str
    page: str
    at: datetime


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Newest first; `?to=` filters by recipient."""
    to = request.GET.get("to", "").strip()
    mails = [mail for mail in sent_emails() if to.lower() in mail.to.lower()]
    return render(request, "dev/inbox.html", {"mails": mails[:PAGE_SIZE], "to": to})


@never_cache
@require_safe
def mail(request: HttpRequest, number: str) -> HttpResponse:
    response = render(request, "dev/email.html", {"mail": _find(number)})
    response["Content-Security-Policy"] = f"{content_security_policy()}; frame-src 'self'"
    return response


@never_cache
@require_safe
@xframe_options_sameorigin
def page(request: HttpRequest, number: str) -> HttpResponse:
    """An e-mail's HTML, for a sandboxed frame; links open outside it."""
    page = _find(number).page.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(page, headers={"Content-Security-Policy": EMAIL_POLICY})


def sent_emails() -> list[Email]:
    with urlopen(settings.MAILBOX_URL, timeout=10) as answer:  # noqa: S310  # nosec B310
        accounts = json.load(answer)["messages"].values()
    mails = [_mail(message) for messages in accounts for message in messages]
    return sorted(mails, key=lambda mail: mail.at, reverse=True)


def _mail(message: dict[str, Any]) -> Email:
    return Email(
        id=message["MessageId"].partition("@")[0],
        sender=message["Source"],
        to=", ".join(message["To"]),
        subject=message["Subject"],
        text=message["BodyText"] or "",
        page=message["BodyHtml"] or "",
        at=datetime.fromtimestamp(message["Timestamp"], UTC),
    )


def _find(number: str) -> Email:
    for mail in sent_emails():
        if mail.id == number:
            return mail
    raise NotFound
