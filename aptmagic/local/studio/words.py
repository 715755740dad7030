"""From a prompt to an Understanding: what to draw, and honestly what was not understood."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from . import nouns
from . import vocabulary as words
from .colour import Array, colour

LONGEST_PHRASE = 4
MOST_SUBJECTS = 5
WEARABLE = ("sunglasses", "glasses", "top-hat", "crown", "graduation-cap", "scarf", "headphone")
MOST_WORDS = 3000  # more cannot be in a prompt that a person wrote

Meaning = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Subject:
    """One figure of the picture, as often as count says."""

    name: str
    picture: str
    place: str
    size: float
    word: str
    tint: Array | None = None
    count: int = 1
    wears: str = ""


@dataclass(frozen=True, eq=False)
class Understanding:
    """A prompt, turned into choices."""

    setting: str
    variant: str
    subjects: tuple[Subject, ...]
    time: str
    weather: frozenset[str]
    style: str
    palette: tuple[Array, ...]
    moods: frozenset[str]
    understood: tuple[str, ...]
    unknown: tuple[str, ...]
    fingerprint: int = 0

    def has(self, *weather: str) -> bool:
        return bool(self.weather.intersection(weather))

    @property
    def dull(self) -> bool:
        """Whether clouds hide the sun."""
        return self.has("rain", "storm")


@dataclass
class _Found:
    subjects: list[Subject] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    weather: set[str] = field(default_factory=set)
    styles: list[str] = field(default_factory=list)
    palette: list[Array] = field(default_factory=list)
    moods: set[str] = field(default_factory=set)
    understood: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    tint: Array | None = None
    count: int = 1
    wearing: bool = False


def understand(
    prompt: str, negative_prompt: str = "", style_preset: str | None = None, seed: int = 0
) -> Understanding:
    """Read the prompt; what the negative prompt names is neither drawn nor counted as missing.

    The seed chooses the hour of the day if the prompt does not.
    """
    unwanted = {meaning for _, meanings in _phrases(negative_prompt) for meaning in meanings}
    found = _Found()
    denied = False
    for phrase, meanings in _phrases(prompt):
        if phrase in words.NEGATIONS:
            denied = True
        elif meanings:
            wanted = [] if denied else [one for one in meanings if one not in unwanted]
            _note(found, phrase, wanted)
            denied = denied and meanings == [("filler", "")]
        else:
            found.unknown.append(phrase)
            found.tint, denied = None, False
    return _decide(found, prompt, style_preset, unwanted, seed)


def _note(found: _Found, phrase: str, meanings: list[Meaning]) -> None:
    kinds = {kind for kind, _ in meanings}
    for kind, value in meanings:
        if kind != "colour" or "noun" not in kinds:  # a rose is a rose
            _TAKE[kind](found, phrase, value)
    if meanings and meanings[0][0] != "filler":
        found.understood.append(phrase)


def _take_noun(found: _Found, phrase: str, name: str) -> None:
    noun = nouns.known()[name]
    if found.tint is not None:
        found.palette.pop()
    elif name in words.IMPLIED:
        found.tint = words.COLOURS[words.IMPLIED[name]]
    if found.subjects and noun.picture in WEARABLE and found.wearing:
        found.subjects[-1] = replace(found.subjects[-1], wears=noun.picture)
        found.tint, found.wearing = None, False
        return
    if len(found.subjects) < MOST_SUBJECTS:
        plural = found.count if found.count > 1 else 1 + _is_plural(phrase, name)
        found.subjects.append(
            Subject(noun.name, noun.picture, noun.place, noun.size, phrase, found.tint, plural)
        )
    found.tint, found.count = None, 1


def _take_colour(found: _Found, phrase: str, name: str) -> None:
    found.tint = words.COLOURS[name]
    found.palette.append(found.tint)


def _take_number(found: _Found, phrase: str, value: str) -> None:
    found.count = int(value)


def _take_mood(found: _Found, phrase: str, value: str) -> None:
    found.moods.add(value)
    found.wearing = value == "wearing"


_TAKE = {
    "noun": _take_noun,
    "setting": lambda found, _, value: found.settings.append(value),
    "time": lambda found, _, value: found.times.append(value),
    "weather": lambda found, _, value: found.weather.add(value),
    "style": lambda found, _, value: found.styles.append(value),
    "mood": _take_mood,
    "colour": _take_colour,
    "number": _take_number,
    "filler": lambda found, _, value: None,
}


def _is_plural(phrase: str, name: str) -> int:
    """A plural shows one more than a singular; pairs such as cherries are one picture anyway."""
    if phrase == name or name in words.COLLECTIVES or nouns.known()[name].size >= 1.15:
        return 0
    return int(name in _singulars(phrase))


@cache
def _lexicon() -> dict[str, list[Meaning]]:
    """Every phrase with all that it means: `volcano` is a place, `painting` a style."""
    lexicon: dict[str, list[Meaning]] = {}
    for kind, table in (
        ("setting", words.SETTINGS), ("noun", {name: name for name in nouns.known()}),
        ("time", words.TIMES), ("weather", words.WEATHERS), ("style", words.STYLES),
        ("mood", words.MOODS), ("colour", {name: name for name in words.COLOURS}),
        ("number", words.NUMBERS),
    ):  # fmt: skip
        for phrase, meaning in table.items():
            lexicon.setdefault(phrase.replace("-", " "), []).append((kind, meaning))
    for filler in words.FILLERS | words.MEASURES:
        lexicon.setdefault(filler, [("filler", "")])
    return lexicon


def _phrases(text: str) -> Iterator[tuple[str, list[Meaning]]]:
    """The longest phrases we know, from left to right; a word we do not know stands alone."""
    tokens = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())[:MOST_WORDS]
    at = 0
    while at < len(tokens):
        length, meanings = _longest(tokens, at)
        yield " ".join(tokens[at : at + length]), meanings
        at += length


def _longest(tokens: list[str], at: int) -> tuple[int, list[Meaning]]:
    for length in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
        for candidate in _singulars(" ".join(tokens[at : at + length])):
            if candidate in _lexicon():
                return length, _lexicon()[candidate]
    return 1, []


def _singulars(phrase: str) -> list[str]:
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


def _decide(
    found: _Found, prompt: str, preset: str | None, unwanted: set[Meaning], seed: int
) -> Understanding:
    fingerprint = zlib.crc32(" ".join(prompt.lower().split()).encode())
    style = preset or next(iter(found.styles), "")
    if found.settings and set(found.settings) <= {"abstract", "geometric", "mandala"}:
        _paint_rather_than_draw(found)
    subjects = _merged(found.subjects)
    variant = _setting(found, subjects, style, fingerprint)
    if ("setting", variant) in unwanted:
        variant = "abstract"
    if variant == "arctic" and ("weather", "snow") not in unwanted:
        found.weather.add("snow")
    setting = words.VARIANTS.get(variant, variant)
    return Understanding(
        setting=setting,
        variant=variant,
        subjects=subjects,
        time=_time(found, setting, style, fingerprint + seed),
        weather=frozenset(found.weather),
        style=style,
        palette=tuple(found.palette) or _mood_palette(setting, fingerprint),
        moods=frozenset(found.moods),
        understood=tuple(dict.fromkeys(found.understood)),
        unknown=tuple(dict.fromkeys(found.unknown)),
        fingerprint=fingerprint,
    )


def _paint_rather_than_draw(found: _Found) -> None:
    """In a pattern of coral and navy, coral is a colour."""
    said = [subject.word for subject in found.subjects]
    found.palette += [words.COLOURS[word] for word in said if word in words.COLOURS]
    found.subjects = [one for one in found.subjects if one.word not in words.COLOURS]


def _merged(subjects: list[Subject]) -> tuple[Subject, ...]:
    """Said twice is drawn once; and our umbrella has someone under it already."""
    if any(subject.picture == "@umbrella" for subject in subjects):
        subjects = [one for one in subjects if one.picture not in ("@person", "@child")]
    return tuple({subject.picture: subject for subject in reversed(subjects)}.values())[::-1]


PREFERENCE = words.words_of("""
    emblem portrait underwater room indoors volcano waterfall bamboo jungle beach arctic
    space city lake sea desert forest mountain clouds meadow mandala geometric abstract
    """)


def _setting(found: _Found, subjects: tuple[Subject, ...], style: str, fingerprint: int) -> str:
    deep = bool(subjects) and subjects[0].place == "deep"
    if found.settings:
        asked = min(found.settings, key=PREFERENCE.index)
        if asked == "abstract" and len(set(found.settings)) > 1:
            asked = min(set(found.settings) - {"abstract"}, key=PREFERENCE.index)
        return "underwater" if deep and asked in ("sea", "lake") else asked
    if subjects:
        return _home(subjects, fingerprint)
    if style == "neon-punk":
        return "city"
    if "waves" in found.moods and not found.palette:
        return "sea"
    if found.times or found.weather:
        return ("mountain", "lake", "meadow", "forest")[fingerprint % 4]
    return "abstract"  # the honest way out: a mood piece in the colours of the words


def _home(subjects: tuple[Subject, ...], fingerprint: int) -> str:
    for subject in subjects:
        if home := words.HOMES.get(subject.name):
            return home
    choices = {
        "water": ("sea", "lake"), "deep": ("underwater",), "indoors": ("indoors",),
        "air": ("clouds", "mountain", "meadow"), "space": ("space",),
    }.get(subjects[0].place, ("meadow", "forest", "mountain", "lake"))  # fmt: skip
    return choices[fingerprint % len(choices)]


def _time(found: _Found, setting: str, style: str, turn: int) -> str:
    if found.times:
        return found.times[0]
    if setting == "space" or style == "neon-punk" or "aurora" in found.weather:
        return "night"
    if "ruined" in found.moods or {"haunted house", "ghost"} & {s.name for s in found.subjects}:
        return "dusk"
    hours = ("day", "golden", "morning", "sunset", "sunrise", "day", "dusk")
    return hours[turn * 3 % len(hours)]


def _mood_palette(setting: str, fingerprint: int) -> tuple[Array, ...]:
    if setting not in ("abstract", "geometric", "mandala", "emblem"):
        return ()
    return tuple(map(colour, PALETTES[fingerprint % len(PALETTES)].split()))


PALETTES = (
    "1d3f8f d4a32a 7fb8d8", "0f5c5c f0745c f6d7a8", "3b2a6f e0698b f4b860", "14343f 35c0b8 f2e6cc",
    "5a1f3f e8792b f6c9a0", "20344f 8fb8c8 f0a890", "2a4f3a a4c46a f4d98a", "402060 7f8fe0 f7c6d9",
)  # fmt: skip
