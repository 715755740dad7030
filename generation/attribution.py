"""Who drew a picture, in the reader's language. A note is kept in English, as the file says it."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic.text import isolated

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
BY_AN_ENGINE = gettext_noop("Drawn by a procedural engine, no AI model.")
DRAWN = gettext_noop("Drawn by a procedural engine, no AI model: %(drawn)s.")
PARTLY = gettext_noop(
    "Drawn by a procedural engine, no AI model: %(drawn)s; not understood: %(unknown)s."
)
# What is drawn where none of the words is known.
MOOD = gettext_noop("a mood in the colours of the words")
# An archive is believed what it says of a picture, as its word and not as ours.
FROM_AN_ARCHIVE = gettext_noop("From an archive.")
ITS_WORD = gettext_noop("From an archive: %(note)s")
BY_THE_ENGINE = (PREVIEW, PREVIEW_PARTLY, PREVIEW_DRAWN, BY_AN_ENGINE, PARTLY, DRAWN)
SENTENCES = (MADE_WITH, *BY_THE_ENGINE, FROM_AN_ARCHIVE, ITS_WORD)


def translate(note: str | None) -> str:
    """What no sentence of ours fits is a stranger's, and stays as it is."""
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(note or ""):
            parts = found.groupdict()
            return _(sentence) % {name: _part(name, it) for name, it in parts.items()}
    return note or ""


def is_preview(note: str | None) -> bool:
    """Whether the built-in engine drew it in the place of its model."""
    word = _pattern(ITS_WORD).fullmatch(note or "")
    own = word["note"] if word else note or ""
    return any(_pattern(sentence).fullmatch(own) for sentence in BY_THE_ENGINE)


def _part(name: str, words: str) -> str:
    if name == "note":
        return translate(words)
    return _(words) if words == MOOD else isolated(words)


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
