"""Bedrock Guardrails for words and Rekognition for pictures."""

import logging

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aptmagic import aws
from aptmagic.errors import Busy

logger = logging.getLogger(__name__)

# DetectModerationLabels takes at most 5 MB; a JPEG of a megapixel is far below it.
REKOGNITION_MAX = 5 * 1024 * 1024
CONFIDENCE = 75.0
REFUSED_LABELS = {"Explicit", "Explicit Nudity", "Violence", "Visually Disturbing", "Hate Symbols"}
# ApplyGuardrail reads at most this many characters a call.
GUARDRAIL_MAX = 25_000
AWAY = _("Your words could not be checked just now; nothing was charged, try again in a minute.")


class GuardrailAndRekognition:
    def words_are_refused(self, words: str) -> bool:
        """Raises Busy while the guardrail is away: nobody passes unread."""
        try:
            answer = aws.client("bedrock-runtime").apply_guardrail(
                guardrailIdentifier=settings.GUARDRAIL_ID,
                guardrailVersion=settings.GUARDRAIL_VERSION,
                source="INPUT",
                content=[{"text": {"text": words[:GUARDRAIL_MAX]}}],
            )
        except (ClientError, BotoCoreError) as error:
            logger.exception("the guardrail does not answer")
            raise Busy(str(AWAY), retry_after=30) from error
        return bool(answer["action"] == "GUARDRAIL_INTERVENED")

    def picture_is_refused(self, picture: bytes) -> bool:
        answer = aws.client("rekognition").detect_moderation_labels(
            Image={"Bytes": _small_enough(picture)}, MinConfidence=CONFIDENCE
        )
        labels = answer["ModerationLabels"]
        return any({label["Name"], label.get("ParentName")} & REFUSED_LABELS for label in labels)


def _small_enough(picture: bytes) -> bytes:
    if len(picture) <= REKOGNITION_MAX:
        return picture
    from io import BytesIO

    from PIL import Image  # words are judged in the web function, which does without Pillow

    with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as image:
        file = BytesIO()
        image.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()
