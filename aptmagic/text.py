"""Text that people type, in one spelling, whichever browser, form or program it came from."""

import re
import unicodedata

# Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: as <bdi> does.
FIRST_STRONG, END = "\u2068", "\u2069"
LINE_END = re.compile(r"\r\n?")


def tidy(text: str) -> str:
    """The same text composed (NFC), each line ended by one newline, without space around it.

    Forms send every newline as two characters, CR and LF; people, counters and limits see one.
    """
    return unicodedata.normalize("NFC", LINE_END.sub("\n", text)).strip()


def isolated(text: str) -> str:
    """The text as part of a sentence of another direction, for where no element can hold it.

    Words that run from right to left would carry the full stop and the number after them along.
    """
    return f"{FIRST_STRONG}{text}{END}" if any(map(_from_the_right, text)) else text


def _from_the_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")
