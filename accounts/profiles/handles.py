"""Which handles are allowed: 3 to 30 letters a-z, digits or _, beginning with a letter.

Reserved words and the brand are refused, also if they are spelled with look-alikes (adm1n).
"""

import re
import secrets
import unicodedata
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aptmagic.errors import Invalid

MIN_LENGTH, MAX_LENGTH = 3, 30
ALLOWED = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
RULE = gettext_lazy("3 to 30 characters: letters a–z, digits and _. Start with a letter.")
BRAND = "aptmagic"
# Characters that look alike in many typefaces.
CONFUSABLES = (
    *(("rn", "m"), ("vv", "w"), ("cl", "d")),
    *(("0", "o"), ("3", "e"), ("4", "a"), ("5", "s"), ("7", "t"), ("8", "b"), ("_", "")),
)
# Without vowels and look-alikes, so a suffix spells no word and is easy to read out.
SUFFIX_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def normalise(typed: str) -> str:
    """The handle as it is stored. Raises Invalid."""
    handle = typed.strip().removeprefix("@").lower()
    if sentence := _error(handle):
        raise Invalid(sentence, fields={"handle": [sentence]})
    return handle


def is_possible(handle: str) -> bool:
    """Whether the syntax is right: anything else in a URL needs no look-up."""
    return MIN_LENGTH <= len(handle) <= MAX_LENGTH and bool(ALLOWED.fullmatch(handle.lower()))


def with_suffix(handle: str | None) -> str:
    """The handle with a random suffix, for a user whose handle was lost."""
    tail = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
    return f"{(handle or 'maker')[: MAX_LENGTH - 6]}_{tail}"


@cache
def reserved() -> frozenset[str]:
    """Names of pages, and words that suggest staff."""
    lines = (
        Path(__file__).with_name("reserved_handles.txt").read_text(encoding="utf-8").splitlines()
    )
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def skeleton(handle: str) -> set[str]:
    """The handle with look-alikes replaced by one of them. A 1 may be an l or an i."""
    for one, other in CONFUSABLES:
        handle = handle.replace(one, other)
    return {handle.replace("1", letter) for letter in "il"}


@cache
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(look for word in reserved() for look in skeleton(word))


def _error(handle: str) -> str | None:
    if len(handle) < MIN_LENGTH:
        return _("This handle is too short. Use at least 3 characters.")
    if len(handle) > MAX_LENGTH:
        return _("This handle is too long. The limit is 30 characters.")
    if foreign := _non_ascii_letter(handle):
        sentence = _("“%(letter)s” can’t be used in a handle. Use a–z without accents.")
        return sentence % {"letter": foreign}
    if not handle[0].isalpha():
        return _("Handles start with a letter from a to z.")
    if not ALLOWED.fullmatch(handle):
        return _("Handles can only contain letters a–z, digits and _.")
    if skeleton(handle) & _reserved_skeletons() or any(BRAND in look for look in skeleton(handle)):
        sentence = _(
            "@%(handle)s is reserved, or looks like a reserved name. Choose another handle."
        )
        return sentence % {"handle": handle}
    return None


def _non_ascii_letter(handle: str) -> str | None:
    """The first letter or digit that is not ASCII."""
    others = (each for each in handle if not each.isascii())
    return next((each for each in others if unicodedata.category(each)[0] in "LN"), None)
