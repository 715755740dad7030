"""What people write about a picture: caption, alt text and tags, checked once for page and API."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from aptmagic.amounts import format_number
from aptmagic.errors import Invalid
from aptmagic.text import CONTROL_CHARACTERS, normalise, without_accents

MAX_CAPTION = 2000
MAX_ALT = 1000
MAX_TAGS = 12
# The same one may be sent several times.
MAX_TAGS_SENT = 100
MAX_TAG_INPUT = 200  # characters of one, before accents and the like are taken away
TAG_RULE = gettext_noop("a–z, 0–9, _ and -, up to 40 characters")
TAG = re.compile(r"[a-z0-9_-]{1,40}")
# What is blurred until one looks has this tag; others have other words for it.
SENSITIVE = "sensitive"
TAG_ALIASES = {"nsfw": SENSITIVE}
CAPTION_TOO_LONG = gettext_lazy("This caption is %(long)s characters long. The limit is %(most)s.")
ALT_TOO_LONG = gettext_lazy("This alt text is %(long)s characters long. The limit is %(most)s.")
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
    """Words in one spelling. Raises Invalid with one sentence for each wrong field."""
    tags = tuple(tags)
    # So many are too many in any spelling.
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
    """Tags as people type them: apart by spaces, commas or #."""
    return re.split(r"[\s,#]+", text)


def normalise_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in the order given, without its #, and without accents where that helps."""
    spelt = (_normalise_tag(tag) for tag in tags)
    return tuple(dict.fromkeys(TAG_ALIASES.get(tag, tag) for tag in spelt if tag))


def _normalise_tag(tag: str) -> str:
    """café as cafe, and đèn as den; a tag that is none even so, as it was typed."""
    if len(tag) > MAX_TAG_INPUT:
        return tag
    plain = unicodedata.normalize("NFKC", tag).strip().lstrip("#").lower()
    folded = without_accents(plain)
    return folded if TAG.fullmatch(folded) else plain


def repeats_prompt(text: str, prompt: str) -> bool:
    """Whether the prompt stands in the text, whatever its capitals, spaces and full stop."""
    plain, sought = (" ".join(normalise(each).casefold().split()) for each in (text, prompt))
    sought = sought.rstrip(".!")
    return bool(sought) and bool(re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", plain))


def _text_error(text: str, most: int, too_long: Any, odd: Any) -> str | None:
    if len(text) > most:
        return str(too_long) % {"long": format_number(len(text)), "most": format_number(most)}
    if CONTROL_CHARACTERS.search(text):
        return str(odd)
    return None


def _tags_error(tags: tuple[str, ...]) -> str | None:
    if len(tags) > MAX_TAGS:
        said = _("You’ve added %(n)s tags. The limit is %(most)s.")
        return said % {"n": len(tags), "most": MAX_TAGS}
    for tag in tags:
        if not TAG.fullmatch(tag):
            said = _("“%(tag)s” can’t be a tag. Use %(rule)s.")
            return said % {"tag": CONTROL_CHARACTERS.sub("", tag)[:40], "rule": _(TAG_RULE)}
    return None
