"""Amazon SES through anymail, with our own boto3 client. Only the worker has the library."""

import logging
from typing import Any

from anymail.backends.amazon_ses import EmailBackend
from anymail.exceptions import AnymailAPIError
from django.core.mail import EmailMessage

from aptmagic.aws import clients

logger = logging.getLogger(__name__)

# Errors that would be the same at every attempt.
PERMANENT = {"MessageRejected", "BadRequestException"}


class AmazonSes(EmailBackend):  # type: ignore[misc]  # anymail has no types
    def open(self) -> bool:
        self.client = clients.client("sesv2")
        return False  # the client is shared

    def close(self) -> None:
        self.client = None

    def post_to_esp(self, payload: Any, message: EmailMessage) -> Any:
        payload.params["FromEmailAddress"] = message.from_email  # otherwise only the message has it
        return super().post_to_esp(payload, message)

    def _send(self, message: EmailMessage) -> Any:
        try:
            return super()._send(message)
        except AnymailAPIError as error:
            details = (getattr(error, "response", None) or {}).get("Error", {})
            if details.get("Code") not in PERMANENT:
                raise
            logger.exception("SES rejected an e-mail: %s", details.get("Message"))
            return False
