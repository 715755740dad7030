"""Amazon SES through anymail, over our own client; only the worker has the library."""

import logging
from typing import Any

from anymail.backends.amazon_ses import EmailBackend
from anymail.exceptions import AnymailAPIError
from django.core.mail import EmailMessage

from aptmagic.aws import clients

logger = logging.getLogger(__name__)

# SES will never take this letter: nobody has to try again.
FINAL = {"MessageRejected", "BadRequestException"}


class AmazonSes(EmailBackend):  # type: ignore[misc]  # anymail has no types
    def open(self) -> bool:
        self.client = clients.client("sesv2")
        return False  # it is not ours to close

    def close(self) -> None:
        self.client = None

    def post_to_esp(self, payload: Any, message: EmailMessage) -> Any:
        payload.params["FromEmailAddress"] = message.from_email  # else it is only in the letter
        return super().post_to_esp(payload, message)

    def _send(self, message: EmailMessage) -> Any:
        try:
            return super()._send(message)
        except AnymailAPIError as error:
            said = (getattr(error, "response", None) or {}).get("Error", {})
            if said.get("Code") not in FINAL:
                raise
            logger.exception("SES will not take a letter: %s", said.get("Message"))
            return False
