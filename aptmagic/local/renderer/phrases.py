"""Splits a prompt, English or Vietnamese, into phrases: the longest that the renderer knows."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import nouns
from . import vocabulary as words

LONGEST_PHRASE = 5
MOST_WORDS = 3000  # more cannot be in a prompt that a person wrote
WORD = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)?|[^\w\s]|\n")
TONES = "\u0300\u0301\u0303\u0309\u0323"
# Letters that only Vietnamese writes; é, ñ and the like are French or Spanish too.
ITS_OWN = re.compile(
    "[ăđơư]|[aeiouyăâêôơư][\u0309\u0323]|[eiuyăâêôơư]\u0303|[ăâêôơư][\u0300\u0301]"
)
SHARE_KNOWN = 0.5  # of the words, before a prompt without such letters is taken for Vietnamese

Meaning = tuple[str, str]  # a kind such as "noun", and what it is there


@dataclass(frozen=True)
class Token:
    """One word; `opens` says that a comma or the like is before it."""

    text: str
    opens: bool


@dataclass(frozen=True)
class Phrase:
    """Words as they were typed, the English phrase they are known by, and all that it means."""

    text: str
    known_by: str
    meanings: tuple[Meaning, ...]
    opens: bool
    vietnamese: bool = False

    def means(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.meanings)


def phrases(text: str) -> list[Phrase]:
    """From left to right; a word that we do not know stands alone, without a meaning."""
    found = tokens(text)
    if is_vietnamese(found):
        return list(_split(found, _in_vietnamese))
    return list(_split(found, _in_english))


def tokens(text: str) -> list[Token]:
    found, opens = [], True
    for match in WORD.finditer(unicodedata.normalize("NFC", text).lower()):
        word = match[0].replace("\u2019", "'")
        if word[0].isalnum():
            for part in _parts(word):
                found.append(Token(part, opens))
                opens = False
        else:
            opens = opens or word in ",.;:!?()|/\n\u3002\uff0c\u3001"
        if len(found) >= MOST_WORDS:
            break
    return found[:MOST_WORDS]


def _parts(word: str) -> list[str]:
    """`hot-air` is two words; `king's` is one."""
    return word.split("-")


Reader = Callable[[list[Token], int, list[Phrase]], Phrase]


def _split(found: list[Token], read: Reader) -> Iterator[Phrase]:
    said: list[Phrase] = []
    at = 0
    while at < len(found):
        phrase = read(found, at, said)
        said.append(phrase)
        yield phrase
        at += phrase.text.count(" ") + 1


def _candidates(found: list[Token], at: int) -> Iterator[str]:
    """The words from here on, the longest run first; no phrase goes across a comma."""
    end = at + 1
    while end < min(len(found), at + LONGEST_PHRASE) and not found[end].opens:
        end += 1
    for stop in range(end, at, -1):
        yield " ".join(token.text for token in found[at:stop])


# English -----------------------------------------------------------------------------------------
def _in_english(found: list[Token], at: int, said: list[Phrase]) -> Phrase:
    return english(found, at) or Phrase(found[at].text, "", (), found[at].opens)


def english(found: list[Token], at: int) -> Phrase | None:
    for text in _candidates(found, at):
        for candidate in singulars(text):
            if candidate in lexicon():
                return Phrase(text, candidate, lexicon()[candidate], found[at].opens)
    return None


@cache
def lexicon() -> dict[str, tuple[Meaning, ...]]:
    """Every English phrase with all that it means: `volcano` is a place, `painting` a style."""
    found: dict[str, list[Meaning]] = {}
    for kind, table in (
        ("setting", words.SETTINGS), ("noun", {name: name for name in nouns.nouns_by_name()}),
        ("time", words.TIMES), ("weather", words.WEATHERS), ("style", words.STYLES),
        ("mood", words.MOODS), ("colour", {name: name for name in words.COLOURS}),
        ("colour", words.SHADES), ("number", words.NUMBERS), ("feature", words.FEATURES),
        ("group", words.GROUPS), ("absent", words.ABSENT), ("action", words.ACTIONS),
        ("denial", dict.fromkeys(words.NEGATIONS, "")), ("join", dict.fromkeys(words.JOINS, "")),
        ("on", dict.fromkeys(words.ON, "")), ("in", dict.fromkeys(words.IN, "")),
    ):  # fmt: skip
        for phrase, meaning in table.items():
            found.setdefault(phrase.replace("-", " "), []).append((kind, meaning))
    for filler in words.FILLERS | words.MEASURES:
        found.setdefault(filler, [("filler", "")])
    for word in words.UNDRAWN:
        found.setdefault(word, [("undrawn", "")])
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}


def singulars(phrase: str) -> list[str]:
    """The phrase as it is, then what it may be the plural of."""
    rest, _, last = phrase.rpartition(" ")
    stems = [last, words.IRREGULAR.get(last, last)]
    if last.endswith("ies"):
        stems.append(last[:-3] + "y")
    if last.endswith("es"):
        stems.append(last[:-2])
    if last.endswith("s") and len(last) > 3:
        stems.append(last[:-1])
    return [f"{rest} {stem}".strip() for stem in dict.fromkeys(stems)]


# Vietnamese --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Vietnamese:
    """English phrases by the Vietnamese ones, written in full and by their bare letters."""

    exact: Mapping[str, str]
    bare: Mapping[str, tuple[str, ...]]


@cache
def vietnamese() -> Vietnamese:
    """What vietnamese.txt says; of two lines that claim a phrase the first keeps it.

    A phrase that is written out comes before one that a classifier makes.
    """
    exact: dict[str, str] = {}
    bare: dict[str, list[str]] = {}
    for english_phrase, name, _ in sorted(entries(), key=lambda entry: entry[2]):
        exact.setdefault(spelled(name), english_phrase)
        bare.setdefault(stripped(name), []).append(english_phrase)
    return Vietnamese(exact, {phrase: tuple(found) for phrase, found in bare.items()})


def entries() -> Iterator[tuple[str, str, bool]]:
    """English phrase, Vietnamese one, and whether a classifier stands before it."""
    classifiers: list[str] = []
    for line in (Path(__file__).parent / "vietnamese.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            classifiers = [word.strip() for word in line.strip("[]").split(",") if word.strip()]
        elif line.strip() and not line.startswith("#"):
            english_phrase, _, names = line.partition(" : ")
            for name in names.split(","):
                yield english_phrase, name.strip(), False
                for word in classifiers:
                    yield english_phrase, f"{word} {name.strip()}", True


def spelled(phrase: str) -> str:
    """With each syllable's tone behind it: `hoà` and `hòa` are one word."""
    return " ".join(_tone_last(word) for word in phrase.replace("-", " ").split())


def _tone_last(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    letters = "".join(letter for letter in apart if letter not in TONES)
    return unicodedata.normalize("NFC", letters) + "".join(tone for tone in apart if tone in TONES)


def stripped(phrase: str) -> str:
    """Without any diacritic: `hoàng hôn` is `hoang hon`."""
    apart = unicodedata.normalize("NFD", phrase.replace("-", " ").replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def is_vietnamese(found: list[Token]) -> bool:
    """By letters that only Vietnamese has, else by which language knows more of the words."""
    if any(_has_its_letters(token.text) for token in found):
        return True
    ascii_only = all(token.text.isascii() for token in found)
    ours = _known(found, _bare_phrase if ascii_only else _by_spelling)
    return ours >= SHARE_KNOWN * len(found) and ours > _known(found, english)


def _has_its_letters(word: str) -> bool:
    """Each letter is looked at with its mark of tone apart, as in ơ and an acute."""
    for letter in unicodedata.normalize("NFC", word):
        apart = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in apart if mark in TONES), "")
        if ITS_OWN.search(unicodedata.normalize("NFC", apart.replace(tone, "")) + tone):
            return True
    return False


def _known(found: list[Token], read: Callable[[list[Token], int], Phrase | None]) -> int:
    """How many of the words are in phrases that this reader knows."""
    count = at = 0
    while at < len(found):
        phrase = read(found, at)
        length = phrase.text.count(" ") + 1 if phrase else 1
        count += length if phrase else 0
        at += length
    return count


def _bare_phrase(found: list[Token], at: int) -> Phrase | None:
    for text in _candidates(found, at):
        if text in vietnamese().bare:
            return Phrase(text, "", (), found[at].opens)
    return None


def _in_vietnamese(found: list[Token], at: int, said: list[Phrase]) -> Phrase:
    """Its own words before English ones of the same length; bare letters come last."""
    ascii_only = all(token.text.isascii() for token in found)
    ours = None if ascii_only else _by_spelling(found, at)
    ours = ours or (_by_letters(found, at, said) if found[at].text.isascii() else None)
    theirs = english(found, at)
    best = max((one for one in (ours, theirs) if one), key=lambda one: len(one.text), default=None)
    return best or Phrase(found[at].text, "", (), found[at].opens, vietnamese=True)


def _by_spelling(found: list[Token], at: int) -> Phrase | None:
    for text in _candidates(found, at):
        if name := vietnamese().exact.get(spelled(text)):
            return _translated(text, name, found[at].opens)
    return None


def _by_letters(found: list[Token], at: int, said: list[Phrase]) -> Phrase | None:
    """After a thing, what may be a colour is one: `con meo trang` is white and no moon."""
    after_noun = bool(said) and said[-1].means("noun")
    for text in _candidates(found, at):
        if names := vietnamese().bare.get(text):
            colours = [name for name in names if after_noun and name in words.COLOURS]
            return _translated(text, (colours or names)[0], found[at].opens)
    return None


def _translated(text: str, name: str, opens: bool) -> Phrase:
    meanings = (("filler", ""),) if name == "-" else _meanings(name)
    return Phrase(text, name, meanings, opens, vietnamese=True)


def _meanings(name: str) -> tuple[Meaning, ...]:
    return next(lexicon()[one] for one in singulars(name) if one in lexicon())
