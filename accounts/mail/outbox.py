"""E-mails to users, handed to the worker, which renders and sends them (see `delivery`).

An e-mail that can't be enqueued is logged and never fails the action it reports.
"""

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.utils import translation

from aptmagic.aws import queue
from aptmagic.aws.dynamodb import new_id, now

logger = logging.getLogger(__name__)

# Kinds of e-mail, and the preference that turns each off. Without one they are always sent.
KINDS: Mapping[str, str] = {
    "new-sign-in": "mail:new-sign-in",
    "password-changed": "",
    "email-changed": "",
    "two-step-verification": "",
    "token-created": "",
    "export-ready": "",
    "account-deletion": "",
    "digest": "mail:digest",
}


def send(kind: str, user_id: str, *, to: str = "", reference: str = "", **about: Any) -> None:
    """Enqueue an e-mail. A failure is logged, not raised.

    `to` replaces the user's own address, for instance with a previous one. Repeated calls with one
    `reference` send one e-mail. `about` is the context of the templates, as JSON values.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of e-mail: {kind!r}")
    message: dict[str, Any] = {
        "kind": kind,
        "user_id": user_id,
        "to": to,
        "reference": reference or new_id(),
        "language": translation.get_language() or "",
        "about": {"at": now().isoformat(), **about},
    }
    try:
        queue.enqueue("send_email", **message)
    except (BotoCoreError, ClientError):
        logger.exception("an e-mail about %s could not be enqueued", kind)
