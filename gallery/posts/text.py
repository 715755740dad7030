"""Captions, alt texts and tags: normalised and validated for pages and API alike."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from aptmagic.errors import Invalid
from aptmagic.number_formats import format_number
from aptmagic.text import CONTROL_CHARACTERS, normalise, without_accents

MAX_CAPTION = 2000
MAX_ALT = 1000
MAX_TAGS = 12
MAX_TAGS_SENT = 100  # before duplicates are removed
MAX_TAG_INPUT = 200  # characters, before normalisation
TAG_RULE = gettext_noop("a–z, 0–9, _ and -, up to 40 characters")
TAG = re.compile(r"[a-z0-9_-]{1,40}")
# The tag of posts that are blurred until opened, and what else people call it.
SENSITIVE = "sensitive"
TAG_ALIASES = {"nsfw": SENSITIVE}
CAPTION_TOO_LONG = gettext_lazy("This caption is too long. The limit is %(most)s characters.")
ALT_TOO_LONG = gettext_lazy("This alt text is too long. The limit is %(most)s characters.")
CAPTION_HAS_CONTROL_CHARACTERS = gettext_lazy(
    "This caption contains invisible control characters. Paste it as plain text."
)
ALT_HAS_CONTROL_CHARACTERS = gettext_lazy(
    "This alt text contains invisible control characters. Paste it as plain text."
)


@dataclass(frozen=True)
class PostText:
    caption: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()


def validate(*, caption: str = "", alt: str = "", tags: Iterable[str] = ()) -> PostText:
    """The normalised text. Raises Invalid with one sentence for each invalid field."""
    tags = tuple(tags)
    words = PostText(
        normalise(caption),
        normalise(alt),
        normalise_tags(tags) if len(tags) <= MAX_TAGS_SENT else tags,
    )
    errors = {
        "caption": _text_error(
            words.caption, MAX_CAPTION, CAPTION_TOO_LONG, CAPTION_HAS_CONTROL_CHARACTERS
        ),
        "alt": _text_error(words.alt, MAX_ALT, ALT_TOO_LONG, ALT_HAS_CONTROL_CHARACTERS),
        "tags": _tags_error(words.tags),
    }
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)
    return words


def split_tags(text: str) -> list[str]:
    """Split tags as people type them, separated by spaces, commas or #."""
    return re.split(r"[\s,#]+", text)


def normalise_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Unique tags in the given order, without # and, where that makes them valid, accents."""
    normalised = (_normalise_tag(tag) for tag in tags)
    return tuple(dict.fromkeys(TAG_ALIASES.get(tag, tag) for tag in normalised if tag))


def _normalise_tag(tag: str) -> str:
    """ "café" becomes "cafe" and "đèn" "den"; an invalid tag stays as it was typed."""
    if len(tag) > MAX_TAG_INPUT:
        return tag
    plain = unicodedata.normalize("NFKC", tag).strip().lstrip("#").lower()
    folded = without_accents(plain)
    return folded if TAG.fullmatch(folded) else plain


def repeats_prompt(text: str, prompt: str) -> bool:
    """Whether the text contains the prompt, ignoring case, spacing and the final full stop."""
    plain, wanted = (" ".join(normalise(each).casefold().split()) for each in (text, prompt))
    wanted = wanted.rstrip(".!")
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain))


def _text_error(text: str, limit: int, too_long: Any, has_control_characters: Any) -> str | None:
    if len(text) > limit:
        return str(too_long) % {"most": format_number(limit)}
    if CONTROL_CHARACTERS.search(text):
        return str(has_control_characters)
    return None


def _tags_error(tags: tuple[str, ...]) -> str | None:
    if len(tags) > MAX_TAGS:
        sentence = _("You’ve added %(n)s tags. The limit is %(most)s.")
        return sentence % {"n": len(tags), "most": MAX_TAGS}
    for tag in tags:
        if not TAG.fullmatch(tag):
            sentence = _("“%(tag)s” isn’t a valid tag. Tags can have %(rule)s.")
            return sentence % {"tag": CONTROL_CHARACTERS.sub("", tag)[:40], "rule": _(TAG_RULE)}
    return None
