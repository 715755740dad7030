"""Renders and sends e-mails, in the worker. A repeated message sends nothing.

Except after a crash between sending an e-mail and recording that: then it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.mail import outbox, unsubscribe_links
from accounts.mail.models import SentEmail
from accounts.profiles import preferences, profiles
from accounts.profiles.models import Profile
from aptmagic.aws.dynamodb import not_exists, now
from aptmagic.errors import Busy

# Values of the context that are times. JSON has no type for them.
DATETIMES = ("at", "until")
# Longer than sending takes, and than the queue's visibility timeout.
SENDING_SECONDS = 60
# Longer than the queue and its dead-letter queue together keep a message.
REMEMBERED_DAYS = 30


def deliver(
    kind: str, user_id: str, *, to: str, reference: str, language: str, about: dict[str, Any]
) -> bool:
    """Send an e-mail. False if there is no address, the user turned it off, or it was sent before.

    Raises Busy while another worker may be sending it.
    """
    profile = profiles.get(user_id)
    address = to or (profile.email if profile else None)
    if not address or not settings.MAIL_FROM:
        return False
    if outbox.KINDS[kind] and not preferences.is_enabled(user_id, outbox.KINDS[kind]):
        return False
    chosen = preferences.load(user_id)
    spoken = chosen.language or chosen.speaks or language or settings.LANGUAGE_CODE
    with translation.override(spoken):
        message = compose(kind, address, profile, user_id, about)
    sent = SentEmail(*SentEmail.key(kind, reference, address))
    if not _claim(sent):
        return False
    try:
        message.send()
    except Exception:
        sent.delete()
        raise
    sent.update([SentEmail.sent.set(True)])
    return True


def _claim(email: SentEmail) -> bool:
    """Claim the e-mail; False if it was sent. Raises Busy while another worker may send it."""
    email.until = now() + timedelta(seconds=SENDING_SECONDS)
    email.expires_at = now() + timedelta(days=REMEMBERED_DAYS)
    abandoned = SentEmail.sent.is_in(False) & (SentEmail.until < now())
    if email.save_if(not_exists(email) | abandoned):
        return True
    found = SentEmail.find(email.pk, email.sk, consistent=True)
    if found and not found.sent:
        raise Busy(translation.gettext("This e-mail is already being sent."))
    return False


# Rendering ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Recipient:
    name: str
    handle: str


def compose(
    kind: str, address: str, profile: Profile | None, user_id: str, about: Mapping[str, Any]
) -> EmailMultiAlternatives:
    """The e-mail in the active language."""
    unsubscribe_url = (
        unsubscribe_links.url(user_id, outbox.KINDS[kind]) if outbox.KINDS[kind] else ""
    )
    context = {
        **about,
        **{name: datetime.fromisoformat(about[name]) for name in DATETIMES if name in about},
        "to": address,
        "new_email_hidden": _mask(about.get("new_email", "")),
        "reader": Recipient(profile.display_name, profile.handle) if profile else None,
        "SITE_NAME": settings.SITE_NAME,
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "SITE_URL": settings.SITE_URL,
        "unsubscribe_url": unsubscribe_url,
    }
    return _message(kind, address, context, unsubscribe_url)


def _message(
    kind: str, address: str, context: dict[str, Any], unsubscribe_url: str
) -> EmailMultiAlternatives:
    subject = " ".join(render_to_string(f"mail/{kind}.subject.txt", context).split())
    text = render_to_string(f"mail/{kind}.txt", context)
    page = render_to_string(f"mail/{kind}.html", {**context, "subject": subject})
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject, _plain(text), settings.MAIL_FROM, [address], headers=headers
    )
    if settings.SUPPORT_EMAIL:
        message.reply_to = [settings.SUPPORT_EMAIL]
    message.attach_alternative(page, "text/html")
    return message


def _mask(address: str) -> str:
    """Enough to recognise one's own address, too little to write to it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"


def _plain(text: str) -> str:
    """Removes the runs of empty lines that template tags leave."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    collapsed = [line for line, before in zip(lines, ["x", *lines], strict=False) if line or before]
    return "\n".join(collapsed) + "\n"
