"""Parses a prompt, English or Vietnamese, into what to draw."""

import zlib
from dataclasses import dataclass, field, replace

from aptmagic.local.renderer.drawn_words import with_drawn_words
from aptmagic.local.renderer.parsed_prompt import (
    HOLDERS,
    MOST_SUBJECTS,
    SEATS,
    WEARABLE,
    ParsedPrompt,
    Subject,
)
from aptmagic.local.renderer.phrases import Phrase, phrases, singulars
from aptmagic.local.renderer.unwanted import Refused, refused_by, split_denied

from . import nouns
from . import vocabulary as words
from .colour import Array, colour


@dataclass
class _Found:
    """What was read so far. `tint` is a colour that waits for its noun."""

    subjects: list[Subject] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    weather: set[str] = field(default_factory=set)
    styles: list[str] = field(default_factory=list)
    palette: list[Array] = field(default_factory=list)
    moods: set[str] = field(default_factory=set)
    tint: Array | None = None
    count: int = 1
    wearing: bool = False
    relation: str = ""  # "on" or "in", until the noun that it is about
    joined: bool = False
    together: int = 0  # where those begin whom an "and" joins to the last subject
    flying: bool = False
    after: Phrase | None = None


def parse_prompt(
    prompt: str, negative_prompt: str = "", style_preset: str | None = None, seed: int = 0
) -> ParsedPrompt:
    """Read the prompt; what the negative prompt names is neither drawn nor counted as missing.

    The seed chooses the hour of the day if the prompt does not.
    """
    wanted, denied = split_denied(phrases(prompt))
    refused = refused_by(phrases(negative_prompt), denied, wanted)
    found = _Found()
    kept: list[Phrase] = []
    for phrase in wanted:
        meanings = tuple(one for one in phrase.meanings if not refused.refuses(phrase, one))
        if meanings or not phrase.meanings:
            kept.append(replace(phrase, meanings=meanings))
            _note(found, kept[-1])
    return _decide(found, kept, prompt, style_preset, refused, seed)


def words_not_drawn(
    prompt: str, negative_prompt: str = "", style_preset: str | None = None
) -> list[str]:
    """The words of the prompt that its picture will not show, as they were typed; draws nothing."""
    return list(parse_prompt(prompt, negative_prompt, style_preset).not_drawn)


# Taking the words in -----------------------------------------------------------------------------
def _note(found: _Found, phrase: Phrase) -> None:
    kinds = {kind for kind, _ in phrase.meanings}
    for kind, value in phrase.meanings:
        if kind != "colour" or "noun" not in kinds:  # a rose is a rose
            _TAKE.get(kind, _take_nothing)(found, phrase, value)
    if not phrase.meanings or kinds & {"setting", "time", "weather"} - kinds & {"noun"}:
        found.tint = None
    _relate(found, kinds)
    if not kinds & {"filler", "undrawn", "on", "in"}:
        found.after = phrase


def _relate(found: _Found, kinds: set[str]) -> None:
    """Remember an "on", an "in" or an "and" until the next noun, through its adjectives."""
    if kinds & {"on", "in"}:
        found.relation = "on" if "on" in kinds else "in"
    elif not kinds <= {"filler", "undrawn", "colour", "mood", "number"}:
        found.relation = ""
    if not kinds <= {"filler", "undrawn", "colour", "number"}:
        found.joined = "join" in kinds


def _take_nothing(found: _Found, phrase: Phrase, value: str) -> None:
    """Words that say nothing to a picture."""


def _take_noun(found: _Found, phrase: Phrase, name: str) -> None:
    noun = nouns.nouns_by_name()[name]
    if phrase.known_by == "boat" and found.relation == "in":
        noun = nouns.nouns_by_name()["canoe"]  # behind our sails nobody would be seen
    if found.tint is not None:
        found.palette.pop()
    elif phrase.known_by in words.IMPLIED:
        found.tint = words.COLOURS[words.IMPLIED[phrase.known_by]]
    if found.subjects and noun.picture in WEARABLE and found.wearing:
        found.subjects[-1] = replace(found.subjects[-1], wears=noun.picture)
        found.tint, found.wearing = None, False
        return
    if noun.picture in {"on": SEATS, "in": HOLDERS}.get(found.relation, ()):
        for at in range(found.together, len(found.subjects)):
            found.subjects[at] = replace(found.subjects[at], on=noun.picture)
    if not found.joined:
        found.together = len(found.subjects)
    if len(found.subjects) < MOST_SUBJECTS:
        found.subjects.append(_subject(found, phrase, noun))
    found.tint, found.count = None, 1


def _subject(found: _Found, phrase: Phrase, noun: nouns.Noun) -> Subject:
    plural = found.count if found.count > 1 else 1 + _is_plural(phrase)
    place = "air" if found.flying and noun.place == "ground" else noun.place
    found.flying = False
    return Subject(
        noun.name, noun.picture, place, noun.size, phrase.known_by, found.tint, plural,
        group=noun.group,
    )  # fmt: skip


def _take_colour(found: _Found, phrase: Phrase, name: str) -> None:
    """In English before its noun, in Vietnamese behind it."""
    shade = words.COLOURS[name]
    behind = phrase.vietnamese and found.after is not None and found.after.means("noun")
    if behind and found.subjects:
        found.subjects[-1] = replace(found.subjects[-1], tint=shade)
        return
    found.palette.append(shade)
    found.tint = None if phrase.vietnamese else shade


def _take_number(found: _Found, phrase: Phrase, value: str) -> None:
    found.count = int(value)


def _take_mood(found: _Found, phrase: Phrase, value: str) -> None:
    found.moods.add(value)
    found.wearing = value == "wearing"
    if value == "flying":
        _let_fly(found)


def _let_fly(found: _Found) -> None:
    """A pig that is flying is in the air; a flying pig will be."""
    if found.subjects and found.after is not None and found.after.means("noun"):
        last = found.subjects[-1]
        if last.group == "people":  # they fly kites, from the ground
            return
        place = "air" if last.place == "ground" else last.place
        found.subjects[-1] = replace(last, place=place)
    else:
        found.flying = True


_TAKE = {
    "noun": _take_noun,
    "setting": lambda found, _, value: found.settings.append(value),
    "time": lambda found, _, value: found.times.append(value),
    "weather": lambda found, _, value: found.weather.add(value),
    "style": lambda found, _, value: found.styles.append(value),
    "mood": _take_mood,
    "colour": _take_colour,
    "number": _take_number,
}


def _is_plural(phrase: Phrase) -> int:
    """A plural shows one more than a singular; pairs such as cherries are one picture anyway."""
    name = phrase.known_by
    if phrase.vietnamese or phrase.text == name or name in words.COLLECTIVES:
        return 0
    return int(nouns.nouns_by_name()[name].size < 1.15 and name in singulars(phrase.text))


# Deciding ----------------------------------------------------------------------------------------
def _decide(
    found: _Found,
    kept: list[Phrase],
    prompt: str,
    preset: str | None,
    refused: Refused,
    seed: int,
) -> ParsedPrompt:
    fingerprint = zlib.crc32(" ".join(prompt.lower().split()).encode())
    style = preset or next(iter(found.styles), "")
    if found.settings and set(found.settings) <= {"abstract", "geometric", "mandala"}:
        _paint_rather_than_draw(found)
    subjects = _merged(found.subjects, refused)
    variant = _setting(found, subjects, style, fingerprint, refused)
    if variant == "arctic" and ("weather", "snow") not in refused.meanings:
        found.weather.add("snow")
    setting = words.VARIANTS.get(variant, variant)
    if setting == "indoors":  # there is a window in its wall
        subjects = tuple(one for one in subjects if one.picture != "window")
    plan = ParsedPrompt(
        setting=setting,
        variant=variant,
        subjects=subjects,
        time=_time(found, setting, style, fingerprint + seed, refused),
        weather=frozenset(found.weather),
        style=style,
        palette=tuple(found.palette) or _mood_palette(setting, fingerprint),
        moods=frozenset(found.moods),
        drawn=(),
        not_drawn=(),
        unwanted=refused.parts,
        fingerprint=fingerprint,
    )
    return with_drawn_words(plan, kept)


def _paint_rather_than_draw(found: _Found) -> None:
    """In a pattern of coral and navy, coral is a colour."""
    said = [subject.word for subject in found.subjects]
    found.palette += [words.COLOURS[word] for word in said if word in words.COLOURS]
    found.subjects = [one for one in found.subjects if one.word not in words.COLOURS]


def _merged(subjects: list[Subject], refused: Refused) -> tuple[Subject, ...]:
    """Said twice is drawn once; and our umbrella has someone under it already."""
    if "people" in refused.parts:
        subjects = [_without_its_person(one) for one in subjects]
    if any(subject.picture == "@umbrella" for subject in subjects):
        subjects = [one for one in subjects if one.picture not in ("@person", "@child")]
    if any(subject.picture == "@aodai" for subject in subjects):
        subjects = [one for one in subjects if one.picture != "@person"]
    return tuple({subject.picture: subject for subject in reversed(subjects)}.values())[::-1]


def _without_its_person(subject: Subject) -> Subject:
    pictures = {"@umbrella": "closed-umbrella", "@aodai": "dress"}
    return replace(subject, picture=pictures.get(subject.picture, subject.picture))


PREFERENCE = words.words_of("""
    emblem portrait underwater room indoors volcano waterfall bamboo jungle beach arctic
    space city lake sea desert forest mountain meadow clouds mandala geometric abstract
    """)


def _setting(
    found: _Found, subjects: tuple[Subject, ...], style: str, fingerprint: int, refused: Refused
) -> str:
    deep = bool(subjects) and subjects[0].place == "deep"
    if found.settings:
        asked = min(found.settings, key=PREFERENCE.index)
        if asked == "abstract" and len(set(found.settings)) > 1:
            asked = min(set(found.settings) - {"abstract"}, key=PREFERENCE.index)
        return "underwater" if deep and asked in ("sea", "lake") else asked
    choices = _choices(found, subjects, style)
    allowed = [one for one in choices if ("setting", one) not in refused.meanings]
    return allowed[fingerprint % len(allowed)] if allowed else "abstract"


def _choices(found: _Found, subjects: tuple[Subject, ...], style: str) -> tuple[str, ...]:
    """Where it may be, if the prompt does not say."""
    if subjects:
        return _homes(subjects)
    if style == "neon-punk":
        return ("city",)
    if "waves" in found.moods and not found.palette:
        return ("sea",)
    if found.times or found.weather:
        return ("mountain", "lake", "meadow", "forest")
    return ("abstract",)  # the honest way out: a mood piece in the colours of the words


def _homes(subjects: tuple[Subject, ...]) -> tuple[str, ...]:
    subjects = tuple(sorted(subjects, key=lambda one: bool(one.on)))  # it is where its seat is
    for subject in subjects:
        if home := words.HOMES.get(subject.name):
            return (home, "meadow", "forest", "city")[:1]
    return {
        "water": ("sea", "lake"), "deep": ("underwater",), "indoors": ("indoors",),
        "air": ("clouds", "mountain", "meadow"), "space": ("space",),
    }.get(subjects[0].place, ("meadow", "forest", "mountain", "lake"))  # fmt: skip


def _time(found: _Found, setting: str, style: str, turn: int, refused: Refused) -> str:
    if found.times:
        return found.times[0]
    if setting == "space" or style == "neon-punk" or "aurora" in found.weather:
        return "night"
    if "ruined" in found.moods or {"haunted house", "ghost"} & {s.name for s in found.subjects}:
        return "dusk"
    if {"fireworks", "shooting star"} & {subject.name for subject in found.subjects}:
        return "night"
    hours = ("day", "golden", "morning", "sunset", "sunrise", "day", "dusk")
    allowed = [hour for hour in hours if ("time", hour) not in refused.meanings] or ["day"]
    return allowed[turn * 3 % len(allowed)]


def _mood_palette(setting: str, fingerprint: int) -> tuple[Array, ...]:
    if setting not in ("abstract", "geometric", "mandala", "emblem"):
        return ()
    return tuple(map(colour, PALETTES[fingerprint % len(PALETTES)].split()))


PALETTES = (
    "1d3f8f d4a32a 7fb8d8", "0f5c5c f0745c f6d7a8", "3b2a6f e0698b f4b860", "14343f 35c0b8 f2e6cc",
    "5a1f3f e8792b f6c9a0", "20344f 8fb8c8 f0a890", "2a4f3a a4c46a f4d98a", "402060 7f8fe0 f7c6d9",
)  # fmt: skip
