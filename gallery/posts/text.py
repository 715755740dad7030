"""What people write about a picture: caption, alt text and tags, checked once for page and API."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from aptmagic.errors import Invalid
from aptmagic.text import normalise, without_accents
from aptmagic.web.amounts import format_number

CAPTION_MAX = 2000
ALT_MAX = 1000
TAGS_MAX = 12
# The same one may be sent several times.
TAGS_SENT = 100
TAG_TYPED = 200  # characters of one, before accents and the like are taken away
TAG_RULE = gettext_noop("a to z, digits, _ and -, at most 40 characters")
TAG = re.compile(r"[a-z0-9_-]{1,40}")
# What is veiled until one looks has this tag; others have other words for it.
SENSITIVE = "sensitive"
SAME = {"nsfw": SENSITIVE}
# What no keyboard makes (tabs and newlines it does), and halves of characters, which JSON can
# carry and no database stores.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
LONG_CAPTION = gettext_lazy("This caption has %(long)s characters; %(most)s are the most.")
LONG_ALT = gettext_lazy("This description has %(long)s characters; %(most)s are the most.")
ODD_CAPTION = gettext_lazy(
    "There are invisible control characters in this caption; paste it as plain text."
)
ODD_ALT = gettext_lazy(
    "There are invisible control characters in this description; paste it as plain text."
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
        normalise(caption), normalise(alt), normalise_tags(tags) if len(tags) <= TAGS_SENT else tags
    )
    errors = {
        "caption": _text_error(words.caption, CAPTION_MAX, LONG_CAPTION, ODD_CAPTION),
        "alt": _text_error(words.alt, ALT_MAX, LONG_ALT, ODD_ALT),
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
    spelt = (_spelt(tag) for tag in tags)
    return tuple(dict.fromkeys(SAME.get(tag, tag) for tag in spelt if tag))


def _spelt(tag: str) -> str:
    """café as cafe, and đèn as den; a tag that is none even so, as it was typed."""
    if len(tag) > TAG_TYPED:
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
    if CONTROL.search(text):
        return str(odd)
    return None


def _tags_error(tags: tuple[str, ...]) -> str | None:
    if len(tags) > TAGS_MAX:
        said = _("These are %(n)s tags; %(most)s are the most.")
        return said % {"n": len(tags), "most": TAGS_MAX}
    for tag in tags:
        if not TAG.fullmatch(tag):
            said = _("“%(tag)s” cannot be a tag: %(rule)s.")
            return said % {"tag": CONTROL.sub("", tag)[:40], "rule": _(TAG_RULE)}
    return None
