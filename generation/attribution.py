"""Who drew a picture, in the reader's language. A note is kept in English, as the file says it."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic.text import isolate

MADE_WITH = gettext_noop("Made with %(model)s on Amazon Bedrock.")
# The embedded cloud draws in place of a model, and says which words are in the picture.
PREVIEW = gettext_noop("Local preview of %(model)s, not made by an AI model.")
PREVIEW_DRAWN = gettext_noop(
    "Local preview of %(model)s, not made by an AI model. Shows: %(drawn)s."
)
PREVIEW_PARTLY = gettext_noop(
    "Local preview of %(model)s, not made by an AI model. Shows: %(drawn)s; not drawn: %(unknown)s."
)
# Notes of earlier versions, which pictures and archives may still have; they stay untranslated.
LEGACY_PREVIEW = re.compile(
    r"(Preview of .+, drawn by the built-in|Drawn by a procedural) engine, no AI model\b.*",
    re.DOTALL,
)
# What is drawn if no word of the prompt is known.
ABSTRACT = gettext_noop("an abstract picture in colours that match the prompt")
# An archive is believed what it says of a picture, as its word and not as ours.
IMPORTED = gettext_noop("Imported from an archive.")
IMPORTED_NOTE = gettext_noop("Imported from an archive: %(note)s")
PREVIEWS = (PREVIEW, PREVIEW_PARTLY, PREVIEW_DRAWN)
SENTENCES = (MADE_WITH, *PREVIEWS, IMPORTED, IMPORTED_NOTE)


def translate(note: str | None) -> str:
    """The note in the active language. Text that isn't one of ours stays as it is."""
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(note or ""):
            parts = found.groupdict()
            return _(sentence) % {name: _part(name, it) for name, it in parts.items()}
    return note or ""


def is_preview(note: str | None) -> bool:
    """Whether the built-in engine drew the picture in place of its model."""
    word = _pattern(IMPORTED_NOTE).fullmatch(note or "")
    own = word["note"] if word else note or ""
    patterns = (LEGACY_PREVIEW, *map(_pattern, PREVIEWS))
    return any(pattern.fullmatch(own) for pattern in patterns)


def _part(name: str, words: str) -> str:
    if name == "note":
        return translate(words)
    return _(words) if words == ABSTRACT else isolate(words)


def _pattern(sentence: str) -> re.Pattern[str]:
    """The sentence, with anything where something is filled in."""
    pieces = re.split(r"%\((\w+)\)s", sentence)
    return re.compile(
        "".join(
            f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece)
            for place, piece in enumerate(pieces)
        ),
        re.DOTALL,
    )
