"""What a handle may be: 3 to 30 letters, digits or _, beginning with a letter, in any case."""

import re
import secrets
from functools import cache
from pathlib import Path

from aptmagic.errors import Invalid

SHORTEST, LONGEST = 3, 30
ALLOWED = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
RULE = "3 to 30 letters a–z, digits or _, beginning with a letter"  # noqa: RUF001  a dash for people
# No vowels, no look-alikes: a suffix spells nothing and is read out easily.
SUFFIX_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def normal(typed: str) -> str:
    """The handle as we keep it. Raises Invalid with a sentence that says what is amiss."""
    handle = typed.strip().removeprefix("@").lower()
    if sentence := _amiss(handle):
        raise Invalid(sentence, fields={"handle": [sentence]})
    return handle


def possible(handle: str) -> bool:
    """Whether anybody could have it: what else stands in an address needs no look-up."""
    return SHORTEST <= len(handle) <= LONGEST and bool(ALLOWED.fullmatch(handle.lower()))


def suffixed(handle: str | None) -> str:
    """A handle like the one somebody has lost, for them alone."""
    tail = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
    return f"{(handle or 'maker')[: LONGEST - 6]}_{tail}"


@cache
def reserved() -> frozenset[str]:
    """Words that would pass for a page of ours or for one of us."""
    lines = Path(__file__).with_name("reserved_handles.txt").read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _amiss(handle: str) -> str | None:
    if len(handle) < SHORTEST:
        return "This handle is too short: it needs at least 3 characters."
    if len(handle) > LONGEST:
        return "This handle is too long: 30 characters are the most."
    if not handle[0].isascii() or not handle[0].isalpha():
        return "A handle begins with a letter from a to z."
    if not ALLOWED.fullmatch(handle):
        return "A handle is made of the letters a to z, digits and _ only."
    if handle in reserved():
        return f"@{handle} is reserved; please choose another handle."
    return None
