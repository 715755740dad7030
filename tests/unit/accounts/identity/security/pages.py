"""What the tests of the pages under /settings/security/ share."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

from django.conf import settings as site

from accounts.identity import sessions
from accounts.identity.models import Session
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import now
from tests.unit.conftest import Visitor
from tests.unit.fake_identity_provider import PASSWORD, FakeIdentityProvider

HOME = "/settings/security/"

REAUTHENTICATE, NEW_CODES = f"{HOME}proof/", f"{HOME}recovery-codes/new/"

NEW_PASSWORD = "a lighthouse in the fog"

SOON = now() + timedelta(days=1)


def text_of(response: Any) -> str:
    return " ".join(unescape(response.content.decode()).split())


def stored_user(who: Visitor) -> Any:
    return next(each for each in FakeIdentityProvider.users if each.user_id == who.user_id)


def expire_reauthentication(who: Visitor) -> None:
    """Their last proof is too old to count."""
    Session(*Session.key(who.user_id, who.person.session_id)).update(
        [Session.authenticated_at.set(now() - sessions.REAUTHENTICATION_LASTS)]
    )


def reauthenticate(who: Visitor, **changes: str) -> Any:
    return who.client.post(REAUTHENTICATE, {"old_password": PASSWORD, **changes})


def sent_kinds() -> list[str]:
    """The kinds that were left to the worker."""
    return [letter.get("kind", "") for letter in sent_emails()]


def sent_emails() -> list[Any]:
    queue = {"QueueUrl": site.TASKS_QUEUE_URL, "MaxNumberOfMessages": 10}
    found = clients.client("sqs").receive_message(**queue).get("Messages", [])
    return [json.loads(message["Body"])["input"] for message in found]


def active_sessions(who: Visitor) -> set[str]:
    return {session.id for session in sessions.list_active(who.user_id)}


SENSITIVE_PAGES = ["email/", "second-step/", "second-step/off/", "recovery-codes/"]

SECURITY_PAGES = [
    "",
    "proof/",
    "password/",
    "email/",
    "email/code/",
    "second-step/",
    "second-step/off/",
    "recovery-codes/",
]

SESSION_ACTIONS = ["sessions/end/", "sessions/end-all/", "sessions/x/end/"]


def change_password(who: Visitor, **changes: str) -> Any:
    return who.client.post(
        HOME + "password/", {"old_password": PASSWORD, "password": NEW_PASSWORD, **changes}
    )
