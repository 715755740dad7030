"""Letters by e-mail: what somebody has to know though they are not here.

`send` leaves a letter to the chores queue and never stands in the way of what it tells of. The
worker writes it and sends it on; see correspondence.py.
"""

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.utils import translation

from aptmagic.aws import queue
from aptmagic.aws.dynamodb import new_id, now

logger = logging.getLogger(__name__)

# Which switch of a person's preferences stops a kind. Those without one are always sent.
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
    """Have it written soon. That it cannot be left to the queue is logged, and nothing else.

    `to` is another address than the person's own: the one they had before. `reference` names what
    the letter tells of, for callers that may come twice. `about` is what its templates say; it
    travels as JSON.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no letter {kind!r}")
    said: dict[str, Any] = {
        "kind": kind,
        "user_id": user_id,
        "to": to,
        "reference": reference or new_id(),
        "language": translation.get_language() or "",
        "about": {"at": now().isoformat(), **about},
    }
    try:
        queue.enqueue("send_email", **said)
    except (BotoCoreError, ClientError):
        logger.exception("a letter of %s is lost", kind)
