"""Who drew a picture, in the reader's language. A note is kept in English, as the file says it."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic.text import isolate

MADE_WITH = gettext_noop("Made with %(model)s on Amazon Bedrock.")
# The embedded cloud draws in the place of a model, and says which words are in the picture.
PREVIEW = gettext_noop("Preview of %(model)s, drawn by the built-in engine, no AI model.")
PREVIEW_DRAWN = gettext_noop(
    "Preview of %(model)s, drawn by the built-in engine, no AI model: %(drawn)s."
)
PREVIEW_PARTLY = gettext_noop(
    "Preview of %(model)s, drawn by the built-in engine, no AI model: %(drawn)s; "
    "not drawn: %(unknown)s."
)
# What pictures say that were drawn before a preview named its model.
LEGACY_PREVIEW = gettext_noop("Drawn by a procedural engine, no AI model.")
LEGACY_PREVIEW_DRAWN = gettext_noop("Drawn by a procedural engine, no AI model: %(drawn)s.")
LEGACY_PREVIEW_PARTLY = gettext_noop(
    "Drawn by a procedural engine, no AI model: %(drawn)s; not understood: %(unknown)s."
)
# What is drawn where none of the words is known.
ABSTRACT = gettext_noop("a mood in the colours of the words")
# An archive is believed what it says of a picture, as its word and not as ours.
IMPORTED = gettext_noop("From an archive.")
IMPORTED_NOTE = gettext_noop("From an archive: %(note)s")
PREVIEWS = (
    PREVIEW,
    PREVIEW_PARTLY,
    PREVIEW_DRAWN,
    LEGACY_PREVIEW,
    LEGACY_PREVIEW_PARTLY,
    LEGACY_PREVIEW_DRAWN,
)
SENTENCES = (MADE_WITH, *PREVIEWS, IMPORTED, IMPORTED_NOTE)


def translate(note: str | None) -> str:
    """What no sentence of ours fits is a stranger's, and stays as it is."""
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(note or ""):
            parts = found.groupdict()
            return _(sentence) % {name: _part(name, it) for name, it in parts.items()}
    return note or ""


def is_preview(note: str | None) -> bool:
    """Whether the built-in engine drew it in the place of its model."""
    word = _pattern(IMPORTED_NOTE).fullmatch(note or "")
    own = word["note"] if word else note or ""
    return any(_pattern(sentence).fullmatch(own) for sentence in PREVIEWS)


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
