"""What people write about a picture: caption, alt text and tags, checked once for page and API."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from aptmagic.errors import Invalid

CAPTION_MAX = 2000
ALT_MAX = 1000
TAGS_MAX = 12
TAG_RULE = "a to z, digits, _ and -, at most 40 characters"
TAG = re.compile(r"[a-z0-9_-]{1,40}")
# What no keyboard makes (tabs and newlines it does), and halves of characters, which JSON can
# carry and no database stores.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Words:
    caption: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()


def checked(*, caption: str = "", alt: str = "", tags: Iterable[str] = ()) -> Words:
    """Words in one spelling. Raises Invalid with one sentence for each wrong field."""
    words = Words(tidy(caption), tidy(alt), normalised(tags))
    errors = {
        "caption": _text_error("caption", words.caption, CAPTION_MAX),
        "alt": _text_error("description", words.alt, ALT_MAX),
        "tags": _tags_error(words.tags),
    }
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)
    return words


def tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def split(text: str) -> list[str]:
    """Tags as people type them: apart by spaces, commas or #."""
    return re.split(r"[\s,#]+", text)


def normalised(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in the order given, without its #, and without accents where that helps."""
    plain = (unicodedata.normalize("NFKC", tag).strip().lstrip("#").lower() for tag in tags)
    return tuple(dict.fromkeys(_unaccented(tag) for tag in plain if tag))


def _unaccented(tag: str) -> str:
    """café as cafe; a tag that is none even so, as it was typed."""
    parts = unicodedata.normalize("NFKD", tag.casefold())
    folded = "".join(part for part in parts if not unicodedata.combining(part))
    return folded if TAG.fullmatch(folded) else tag


def repeats(text: str, prompt: str) -> bool:
    """Whether the prompt stands in the text, whatever its capitals, spaces and full stop."""
    plain, sought = (" ".join(tidy(each).casefold().split()) for each in (text, prompt))
    sought = sought.rstrip(".!")
    return bool(sought) and bool(re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", plain))


def _text_error(noun: str, text: str, most: int) -> str | None:
    if len(text) > most:
        return f"This {noun} has {len(text):,} characters; {most:,} are the most."
    if CONTROL.search(text):
        return f"There are invisible control characters in this {noun}; paste it as plain text."
    return None


def _tags_error(tags: tuple[str, ...]) -> str | None:
    if len(tags) > TAGS_MAX:
        return f"These are {len(tags)} tags; {TAGS_MAX} are the most."
    for tag in tags:
        if not TAG.fullmatch(tag):
            return f"“{CONTROL.sub('', tag)[:40]}” cannot be a tag: {TAG_RULE}."
    return None
