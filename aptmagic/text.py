"""Text that people type: normalised, checked for control characters, isolated by direction."""

import re
import unicodedata

# Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, which do what <bdi> does.
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
LINE_END = re.compile(r"\r\n?")
# C0 and C1 control characters (except tab and newlines), DEL, and lone surrogates, which JSON can
# escape and UTF-8 cannot encode.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
CONTROL_CHARACTERS = re.compile(f"[{_CONTROL}]")
# Also zero-width characters and direction marks, which make a name read as another one.
INVISIBLE_CHARACTERS = re.compile(
    rf"[{_CONTROL}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
# The longest text that may be sent, a prompt, has 10,000 characters, of at most four code points
# when decomposed. Anything longer is too long in any spelling.
MAX_LENGTH = 40_000
# Composing a run of marks takes quadratic time, and no letter has more than this.
# https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
MAX_MARKS = 30
# Letters that Unicode doesn't decompose into a plain letter and a mark.
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
    """The text composed (NFC), with LF line ends, without space around it.

    Forms send every newline as CR LF; people, counters and limits count one character.
    Text that is too long, or a run of marks, isn't composed: validation refuses it anyway.
    """
    text = LINE_END.sub("\n", text).strip()
    return unicodedata.normalize("NFC", text) if _is_composable(text) else text


def without_accents(text: str) -> str:
    """The text in lower case with Latin letters as a to z: “Đèn Café” becomes “den cafe”."""
    parts = unicodedata.normalize("NFKD", text.casefold()).translate(UNACCENTED)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _is_composable(text: str) -> bool:
    if len(text) > MAX_LENGTH:
        return False
    marks = 0
    for character in () if text.isascii() else text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_MARKS:
            return False
    return True


def isolate(text: str) -> str:
    """Isolate right-to-left text inside a sentence, where no element can have a `dir`.

    Without it, the punctuation and numbers that follow would move to its other side.
    """
    return (
        f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if any(map(_is_right_to_left, text)) else text
    )


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")
