"""Bedrock Guardrails for words and Rekognition for pictures."""

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aptmagic.aws import clients
from aptmagic.aws.uploads import Rejected
from aptmagic.errors import Busy

if TYPE_CHECKING:
    from PIL import Image

logger = logging.getLogger(__name__)

# DetectModerationLabels takes at most 5 MB, and sides of at least 50 pixels.
# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
REKOGNITION_MAX = 5 * 1024 * 1024
REKOGNITION_SIDE = 50
# A JPEG with this side is far below 5 MB.
ENOUGH = 2048
# What Rekognition says of a picture, and would say again.
FINAL = {"ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException"}
CONFIDENCE = 75.0
REFUSED_LABELS = {"Explicit", "Explicit Nudity", "Violence", "Visually Disturbing", "Hate Symbols"}
# ApplyGuardrail reads at most this many characters a call.
GUARDRAIL_MAX = 25_000
AWAY = _("We couldn’t check your text right now. You weren’t charged. Try again in a minute.")


class GuardrailAndRekognition:
    def refuses_text(self, words: str) -> bool:
        """Raises Busy if the guardrail is unavailable: unchecked text is never accepted."""
        try:
            answer = clients.client("bedrock-runtime").apply_guardrail(
                guardrailIdentifier=settings.GUARDRAIL_ID,
                guardrailVersion=settings.GUARDRAIL_VERSION,
                source="INPUT",
                content=[{"text": {"text": words[:GUARDRAIL_MAX]}}],
            )
        except (ClientError, BotoCoreError) as error:
            logger.exception("the guardrail does not answer")
            raise Busy(str(AWAY), retry_after=30) from error
        return bool(answer["action"] == "GUARDRAIL_INTERVENED")

    def refuses_picture(self, picture: bytes) -> bool:
        """Raises uploads.Rejected for what Rekognition will never look at."""
        try:
            answer = clients.client("rekognition").detect_moderation_labels(
                Image={"Bytes": _as_it_is_looked_at(picture)}, MinConfidence=CONFIDENCE
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in FINAL:
                raise
            logger.exception("Rekognition does not look at a picture of %s bytes", len(picture))
            raise Rejected("damaged") from error
        labels = answer["ModerationLabels"]
        return any({label["Name"], label.get("ParentName")} & REFUSED_LABELS for label in labels)


def _as_it_is_looked_at(picture: bytes) -> bytes:
    """The same picture, or one within Rekognition's limits."""
    from io import BytesIO

    from PIL import Image  # words are judged in the web function, which does without Pillow

    with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as image:
        if len(picture) <= REKOGNITION_MAX and min(image.size) >= REKOGNITION_SIDE:
            return picture
        file = BytesIO()
        _within_limits(image.convert("RGB")).save(file, "JPEG", quality=90)
    return file.getvalue()


def _within_limits(image: "Image.Image") -> "Image.Image":
    """Made smaller if it is large, with white beside it if it is narrow."""
    from PIL import ImageOps

    image.thumbnail((ENOUGH, ENOUGH))
    size = (max(image.width, REKOGNITION_SIDE), max(image.height, REKOGNITION_SIDE))
    return ImageOps.pad(image, size, color="white") if size != image.size else image
