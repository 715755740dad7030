"""What may be asked for and what may leave: words before any credit is touched, pictures before
anybody sees them. A moderation service that fails closes the door (its error rises)."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from aptmagic.backends import backend
from aptmagic.errors import Refused
from generation.providers import Moderation

# Zero-width and direction characters: they hide a word from a list and from a reader alike.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


class RefusedWords(Refused):
    status = 422
    kind = "refused-words"


BLOCKED_WORDS = Path(__file__).parent / "blocked_words.txt"
NOT_A_WORD = re.compile(r"[\W_]+")


def check_words(*texts: str) -> None:
    """Raise RefusedWords for words that our list or the guardrail turns away."""
    words = "\n".join(text for text in texts if text)
    if not words:
        return
    if _listed(words) or _service().words_are_refused(words):
        raise RefusedWords(
            _(
                "These words go against our rules, so nothing was done and nothing was charged; "
                "change them and try again."
            )
        )


def picture_is_refused(picture: bytes) -> bool:
    """Whether a finished picture (PNG or JPEG) may not be shown."""
    return _service().picture_is_refused(picture)


def normalised(words: str) -> str:
    """Words as a list can compare them: NFKC, lower case, nothing invisible, single spaces."""
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", words)).casefold()
    return " ".join(plain.split())


def _listed(words: str) -> bool:
    plain = NOT_A_WORD.sub(" ", normalised(words))
    return any(f" {blocked} " in f" {plain} " for blocked in _blocked())


@cache
def _blocked() -> tuple[str, ...]:
    lines = BLOCKED_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _service() -> Moderation:
    service: Moderation = backend("MODERATION")
    return service
