"""Content rules: text is checked before any credit is touched, pictures before they are shown.

If the moderation service fails, nothing passes: its error propagates.
"""

import math
import re
import unicodedata
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from aptmagic.errors import Refused
from aptmagic.rate_limits import limits
from aptmagic.service_backends import load_backend
from generation.providers import Moderation

# Zero-width and direction characters: they hide a word from a list and from a reader alike.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


NOT_A_WORD = re.compile(r"[\W_]+")
# What a guardrail is paid by, in characters.
TEXT_UNIT = 1000


class RefusedText(Refused):
    status = 422
    kind = "refused-words"


BLOCKED_WORDS = Path(__file__).parent / "blocked_words.txt"


def check_text(*texts: str, person: str, meter: str = "moderation") -> None:
    """Raise RefusedText for words that our list or the guardrail turns away.

    `person` wants them judged, which costs money and is counted by `meter`, a kind of
    settings.RATE_LIMITS. Raises TooManyRequests; Busy while the guardrail is away.
    """
    words = "\n".join(text for text in texts if text)
    if not words:
        return
    if _listed(words):
        raise _refused()
    limits.hit(meter, amount=math.ceil(len(words) / TEXT_UNIT), person=person)
    if _service().refuses_text(words):
        raise _refused()


def is_text_refused(words: str) -> bool:
    """Whether the word list or the guardrail refuses a text; counted against no user."""
    return _listed(words) or _service().refuses_text(words)


def _refused() -> RefusedText:
    return RefusedText(
        _(
            "This text breaks our content rules. Nothing was saved and you weren’t charged. "
            "Change it and try again."
        )
    )


def is_picture_refused(picture: bytes) -> bool:
    """Whether a picture (PNG or JPEG) may not be shown. Raises uploads.Rejected if it cannot
    be checked."""
    return _service().refuses_picture(picture)


def normalise_for_matching(words: str) -> str:
    """Words as a list can compare them: NFKC, lower case, nothing invisible, single spaces."""
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", words)).casefold()
    return " ".join(plain.split())


def _listed(words: str) -> bool:
    plain = NOT_A_WORD.sub(" ", normalise_for_matching(words))
    return any(f" {blocked} " in f" {plain} " for blocked in _blocked())


@cache
def _blocked() -> tuple[str, ...]:
    lines = BLOCKED_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _service() -> Moderation:
    service: Moderation = load_backend("MODERATION")
    return service
