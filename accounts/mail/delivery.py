"""Letters, written and sent by the worker: once, however often the message comes.

Unless whoever sends one dies between sending it and writing that down.
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

# Of what a letter tells, what are moments; JSON knows none.
MOMENTS = ("at", "until")
# Longer than sending takes, and than a queue waits before it brings a message again.
SENDING_SECONDS = 60
# Longer than a queue and its dead letters together keep a message.
REMEMBERED_DAYS = 30


def deliver(
    kind: str, user_id: str, *, to: str, reference: str, language: str, about: dict[str, Any]
) -> bool:
    """Write it and send it. False when there is nobody to send it to, or it was sent before."""
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
    letter = SentEmail(*SentEmail.key(kind, reference, address))
    if not _take(letter):
        return False
    try:
        message.send()
    except Exception:
        letter.delete()
        raise
    letter.update([SentEmail.sent.set(True)])
    return True


def _take(letter: SentEmail) -> bool:
    """Whether it is ours to send. Raises Busy while another may be sending it."""
    letter.until = now() + timedelta(seconds=SENDING_SECONDS)
    letter.expires_at = now() + timedelta(days=REMEMBERED_DAYS)
    given_up = (SentEmail.sent == False) & (SentEmail.until < now())  # noqa: E712  a condition's words
    if letter.save_if(not_exists(letter) | given_up):
        return True
    found = SentEmail.find(letter.pk, letter.sk, consistent=True)
    if found and not found.sent:
        raise Busy(translation.gettext("This e-mail is already being sent."))
    return False


# Writing ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Recipient:
    name: str
    handle: str


def compose(
    kind: str, address: str, profile: Profile | None, user_id: str, about: Mapping[str, Any]
) -> EmailMultiAlternatives:
    """The letter in the language that is active."""
    leave = unsubscribe_links.url(user_id, outbox.KINDS[kind]) if outbox.KINDS[kind] else ""
    context = {
        **about,
        **{name: datetime.fromisoformat(about[name]) for name in MOMENTS if name in about},
        "to": address,
        "new_email_hidden": _hidden(about.get("new_email", "")),
        "reader": Recipient(profile.display_name, profile.handle) if profile else None,
        "SITE_NAME": settings.SITE_NAME,
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "SITE_URL": settings.SITE_URL,
        "unsubscribe_url": leave,
    }
    return _message(kind, address, context, leave)


def _message(
    kind: str, address: str, context: dict[str, Any], leave: str
) -> EmailMultiAlternatives:
    subject = " ".join(render_to_string(f"mail/{kind}.subject.txt", context).split())
    text = render_to_string(f"mail/{kind}.txt", context)
    page = render_to_string(f"mail/{kind}.html", {**context, "subject": subject})
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject, _plain(text), settings.MAIL_FROM, [address], headers=headers
    )
    if settings.SUPPORT_EMAIL:
        message.reply_to = [settings.SUPPORT_EMAIL]
    message.attach_alternative(page, "text/html")
    return message


def _hidden(address: str) -> str:
    """Enough to know one's own address by, and too little to write to it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"


def _plain(text: str) -> str:
    """Templates leave holes where their tags were: no two empty lines follow each other."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for line, before in zip(lines, ["x", *lines], strict=False) if line or before]
    return "\n".join(kept) + "\n"
