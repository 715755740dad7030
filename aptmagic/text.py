"""Text that people type, in one spelling, whichever browser, form or program it came from."""

import re
import unicodedata

# Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: as <bdi> does.
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
LINE_END = re.compile(r"\r\n?")
# The longest text that anybody may send, a prompt, has 10,000 characters. Composing makes four of
# one at most; what is longer than that is too long in any spelling.
MAX_LENGTH = 40_000
# Composing a run of marks takes time by the square of its length, and no letter has so many.
# https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
MAX_MARKS = 30
# Letters that are no plain one with a mark.
UNACCENTED = str.maketrans(
    {
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "ð": "d",
        "ø": "o",
        "þ": "th",
        "đ": "d",
        "ħ": "h",
        "ł": "l",
        "œ": "oe",
        "ŧ": "t",
    }
)


def normalise(text: str) -> str:
    """The same text composed (NFC), each line ended by one newline, without space around it.

    Forms send every newline as two characters, CR and LF; people, counters and limits see one.
    What is too long, or no text at all, is not composed: whoever measures it refuses it.
    """
    text = LINE_END.sub("\n", text).strip()
    return unicodedata.normalize("NFC", text) if _is_a_text(text) else text


def without_accents(text: str) -> str:
    """In small letters, those of the Latin alphabet as a to z: “Đèn Café” is “den cafe”."""
    parts = unicodedata.normalize("NFKD", text.casefold()).translate(UNACCENTED)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _is_a_text(text: str) -> bool:
    if len(text) > MAX_LENGTH:
        return False
    marks = 0
    for character in () if text.isascii() else text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_MARKS:
            return False
    return True


def isolate(text: str) -> str:
    """The text as part of a sentence of another direction, for where no element can hold it.

    Words that run from right to left would carry the full stop and the number after them along.
    """
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if any(map(_from_the_right, text)) else text


def _from_the_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")
