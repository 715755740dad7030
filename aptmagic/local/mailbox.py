"""Everybody's mail, on a laptop: the embedded cloud delivers nothing and shows what it has sent."""

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
from aptmagic.web.middleware import content_security_policy

# A letter brings its styles along, shows pictures, and may do nothing else.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
NEWEST = 100


@dataclass(frozen=True)
class Mail:
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
    """The newest first; `?to=` names whose."""
    to = request.GET.get("to", "").strip()
    mails = [mail for mail in sent() if to.lower() in mail.to.lower()]
    return render(request, "dev/mail.html", {"mails": mails[:NEWEST], "to": to})


@never_cache
@require_safe
def mail(request: HttpRequest, number: str) -> HttpResponse:
    response = render(request, "dev/letter.html", {"mail": _find(number)})
    response["Content-Security-Policy"] = f"{content_security_policy()}; frame-src 'self'"
    return response


@never_cache
@require_safe
@xframe_options_sameorigin
def page(request: HttpRequest, number: str) -> HttpResponse:
    """A letter's HTML, as a mail program would show it; links leave the frame."""
    page = _find(number).page.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(page, headers={"Content-Security-Policy": LETTER_POLICY})


def sent() -> list[Mail]:
    with urlopen(settings.MAILBOX_URL, timeout=10) as answer:  # noqa: S310  # nosec B310
        accounts = json.load(answer)["messages"].values()
    mails = [_mail(message) for messages in accounts for message in messages]
    return sorted(mails, key=lambda mail: mail.at, reverse=True)


def _mail(message: dict[str, Any]) -> Mail:
    return Mail(
        id=message["MessageId"].partition("@")[0],
        sender=message["Source"],
        to=", ".join(message["To"]),
        subject=message["Subject"],
        text=message["BodyText"] or "",
        page=message["BodyHtml"] or "",
        at=datetime.fromtimestamp(message["Timestamp"], UTC),
    )


def _find(number: str) -> Mail:
    for mail in sent():
        if mail.id == number:
            return mail
    raise NotFound
