"""From a prompt to an Understanding: what to draw, and honestly which words are not in it."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from aptmagic.local.renderer.phrases import Meaning, Phrase, phrases, singulars

from . import nouns
from . import vocabulary as words
from .colour import Array, colour

MOST_SUBJECTS = 5
MOST_FIGURES = 6
WEARABLE = (
    "sunglasses", "glasses", "top-hat", "crown", "graduation-cap", "scarf", "headphone",
    "@conicalhat",
)  # fmt: skip
# What somebody may be on, and what they may be in.
SEATS = ("@sofa", "@bench", "bed", "chair")
HOLDERS = ("canoe", "basket", "bathtub")
# Scenes under a roof or without weather, and those that no hour shows in.
INDOOR = ("indoors", "abstract", "geometric", "mandala", "emblem", "space", "underwater")
TIMELESS = ("abstract", "geometric", "mandala", "emblem", "portrait", "space")
FLAT = ("abstract", "geometric", "mandala", "emblem", "portrait")
SKYLESS = (*FLAT, "indoors", "underwater", "space", "forest")


@dataclass(frozen=True, eq=False)
class Subject:
    """One figure of the picture, as often as count says; `on` is the picture it sits on."""

    name: str
    picture: str
    place: str
    size: float
    word: str
    tint: Array | None = None
    count: int = 1
    wears: str = ""
    on: str = ""
    group: str = ""


@dataclass(frozen=True, eq=False)
class ParsedPrompt:
    """A prompt, turned into choices.

    `drawn` and `not_drawn` are words of the prompt, as they were typed, in its order. `unwanted`
    names the groups and the parts of a scene that are to be left out.
    """

    setting: str
    variant: str
    subjects: tuple[Subject, ...]
    time: str
    weather: frozenset[str]
    style: str
    palette: tuple[Array, ...]
    moods: frozenset[str]
    drawn: tuple[str, ...]
    not_drawn: tuple[str, ...]
    unwanted: frozenset[str] = frozenset()
    fingerprint: int = 0

    def has(self, *weather: str) -> bool:
        return bool(self.weather.intersection(weather))

    def shows(self, part: str) -> bool:
        """Whether a part of the scene, such as its clouds, may be there."""
        return part not in self.unwanted

    @property
    def dull(self) -> bool:
        """Whether clouds hide the sun."""
        return self.has("rain", "storm")


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


@dataclass(frozen=True)
class _Refused:
    """What is not to be drawn: meanings, the very words, and groups or parts of a scene."""

    meanings: frozenset[Meaning]
    names: frozenset[str]
    parts: frozenset[str]

    def refuses(self, phrase: Phrase, meaning: Meaning) -> bool:
        kind, name = meaning
        if kind == "noun":
            noun = nouns.nouns_by_name()[name]
            return phrase.known_by in self.names or noun.group in self.parts
        if kind == "feature":
            return name in self.parts
        return meaning in self.meanings


def parse_prompt(
    prompt: str, negative_prompt: str = "", style_preset: str | None = None, seed: int = 0
) -> ParsedPrompt:
    """Read the prompt; what the negative prompt names is neither drawn nor counted as missing.

    The seed chooses the hour of the day if the prompt does not.
    """
    wanted, denied = _sorted_out(phrases(prompt))
    refused = _refused(phrases(negative_prompt), denied, wanted)
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


# What is not wanted ------------------------------------------------------------------------------
KEEPS_DENYING = ("filler", "colour", "number", "mood", "undrawn")
ARTICLES = frozenset(("a", "an", "the", "một", "mot"))


def _sorted_out(said: Iterable[Phrase]) -> tuple[list[Phrase], list[Phrase]]:
    """What is wanted, and what stands behind a "no" or a "without"."""
    wanted: list[Phrase] = []
    denied: list[Phrase] = []
    denying = listing = False  # listing: after "no people", until something other than "and"
    for phrase in said:
        if phrase.opens:
            denying = listing = False
        if phrase.means("denial"):
            denying = True
        elif listing and phrase.means("join"):
            denying, listing = True, False
        elif denying and phrase.text not in ARTICLES | {"ones"}:
            denied.append(phrase)
            denying, listing = _goes_on(denied[-2:]), not phrase.means(*KEEPS_DENYING)
        else:
            denying = listing = False
            wanted.append(phrase)
    return wanted, denied


def _goes_on(last: list[Phrase]) -> bool:
    """Whether a "no" holds for what follows: "no dark clouds", but not "no clouds over a lake"."""
    phrase, before = last[-1], last[0]
    if not phrase.meanings:
        return True  # it may be an adjective
    if phrase.means("filler", "on", "in") and before is not phrase and not before.meanings:
        return False
    return phrase.means(*KEEPS_DENYING) and not phrase.means("noun")


def _refused(unwanted: list[Phrase], denied: list[Phrase], wanted: list[Phrase]) -> _Refused:
    """A negative prompt holds in any case; a "not a red fox" leaves the fox that is asked for."""
    asked = {phrase.known_by for phrase in wanted if phrase.known_by}
    against = [*unwanted, *(phrase for phrase in denied if phrase.known_by not in asked)]
    parts = set()
    for phrase in against:
        parts |= {name for kind, name in phrase.meanings if kind in ("feature", "group", "absent")}
    for phrase in wanted:
        parts |= {name for kind, name in phrase.meanings if kind == "absent"}
    return _Refused(
        meanings=frozenset(meaning for phrase in against for meaning in _denied_by(phrase)),
        names=frozenset(same for phrase in against for same in _same(phrase)),
        parts=frozenset(parts),
    )


def _denied_by(phrase: Phrase) -> tuple[Meaning, ...]:
    """Without a moon it may be night, and a meadow without grass is a meadow."""
    if ("feature", "mountains") in phrase.meanings or not phrase.means("feature"):
        return phrase.meanings
    return tuple(one for one in phrase.meanings if one[0] not in ("time", "setting"))


def _same(phrase: Phrase) -> set[str]:
    """Other names of the same picture; but a man is no woman, though we draw them alike."""
    same = {phrase.known_by}
    for kind, name in phrase.meanings:
        if kind == "noun" and nouns.nouns_by_name()[name].group != "people":
            picture = nouns.nouns_by_name()[name].picture
            same |= {
                other for other, noun in nouns.nouns_by_name().items() if noun.picture == picture
            }
    return same


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
    refused: _Refused,
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
    return _accounted(plan, kept)


def _paint_rather_than_draw(found: _Found) -> None:
    """In a pattern of coral and navy, coral is a colour."""
    said = [subject.word for subject in found.subjects]
    found.palette += [words.COLOURS[word] for word in said if word in words.COLOURS]
    found.subjects = [one for one in found.subjects if one.word not in words.COLOURS]


def _merged(subjects: list[Subject], refused: _Refused) -> tuple[Subject, ...]:
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
    found: _Found, subjects: tuple[Subject, ...], style: str, fingerprint: int, refused: _Refused
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


def _time(found: _Found, setting: str, style: str, turn: int, refused: _Refused) -> str:
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


# Saying what was drawn ---------------------------------------------------------------------------
def _accounted(plan: ParsedPrompt, kept: list[Phrase]) -> ParsedPrompt:
    """The plan with each word that says something: on the picture, or not on it."""
    drawn: dict[str, None] = {}
    missing: dict[str, None] = {}
    for phrase in kept:
        if phrase.means("filler", "join", "on", "in", "absent", "denial"):
            continue
        shown = any(_is_drawn(plan, phrase, *meaning) for meaning in phrase.meanings)
        (drawn if shown else missing).setdefault(phrase.text)
    return replace(
        plan,
        drawn=tuple(drawn),
        not_drawn=tuple(word for word in missing if word not in drawn),
    )


# What a scene shows besides itself.
ALSO_SHOWS = {
    "lake": "mountain clouds", "mountain": "meadow clouds", "meadow": "mountain clouds",
    "sea": "clouds lake", "beach": "sea clouds", "city": "clouds", "desert": "clouds",
    "jungle": "forest", "bamboo": "forest", "waterfall": "forest jungle", "arctic": "meadow clouds",
    "volcano": "mountain clouds", "underwater": "sea lake", "room": "indoors",
}  # fmt: skip


def _is_drawn(plan: ParsedPrompt, phrase: Phrase, kind: str, value: str) -> bool:
    return _DRAWN[kind](plan, phrase, value) if kind in _DRAWN else False


def _noun_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    noun = nouns.nouns_by_name()[value]
    if noun.picture == "window" and plan.setting == "indoors":
        return True
    if phrase.known_by == "boat" and any(one.name == "canoe" for one, _ in subjects_of(plan)):
        return True
    shown = [one for one, _ in subjects_of(plan)]
    pictures = {one.picture for one in shown} | {one.wears for one in shown}
    if noun.picture in ("@person", "@child") and pictures & {"@umbrella", "@aodai"}:
        return True
    return noun.picture in pictures or any(one.name == noun.name for one in shown)


def _setting_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    also = ALSO_SHOWS.get(plan.variant, "").split()
    return value in (plan.variant, plan.setting, *also)


def _feature_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    if plan.setting in SKYLESS:
        return value == "trees" and plan.setting == "forest"
    night = plan.time == "night"
    return {
        "clouds": True, "sun": not night and not plan.dull, "moon": night and not plan.dull,
        "stars": night and not plan.dull, "grass": plan.variant in ("meadow", "mountain", "lake"),
    }.get(value, False)  # fmt: skip


def _colour_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    shades = [*plan.palette, *(one.tint for one, _ in subjects_of(plan) if one.tint is not None)]
    return any(shade is words.COLOURS[value] for shade in shades)


def _mood_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    on_stage = [one for one, _ in subjects_of(plan)]
    return {
        "waves": plan.setting in ("abstract", "sea", "lake"),
        "flowery": plan.variant == "meadow" and plan.shows("flowers"),
        "ruined": plan.time in ("dusk", "night"),
        "peaceful": not plan.dull and plan.setting not in FLAT,
        "flying": any(one.place in ("air", "space") for one in on_stage),
        "wearing": any(one.wears for one in on_stage),
        "cute": any(one.group == "animals" and one.picture[0] == "@" for one in on_stage),
        "tiny": bool(on_stage), "giant": bool(on_stage), "magic": True,
    }[value]  # fmt: skip


def _number_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    return any(times == int(value) for _, times in subjects_of(plan))


def _action_is_drawn(plan: ParsedPrompt, phrase: Phrase, value: str) -> bool:
    return any(one.place in value.split() for one, _ in subjects_of(plan))


_DRAWN = {
    "noun": _noun_is_drawn,
    "setting": _setting_is_drawn,
    "time": lambda plan, _, value: (
        (value == plan.time and plan.setting not in TIMELESS)
        or (value == "night" and plan.setting == "space")
    ),
    "weather": lambda plan, _, value: value in plan.weather and plan.setting not in INDOOR,
    "style": lambda plan, _, value: value == plan.style,
    "mood": _mood_is_drawn,
    "colour": _colour_is_drawn,
    "number": _number_is_drawn,
    "feature": _feature_is_drawn,
    "action": _action_is_drawn,
}


def subjects_of(plan: ParsedPrompt) -> list[tuple[Subject, int]]:
    """Who is on the picture, each with how often; more than six do not fit."""
    room, found = MOST_FIGURES, []
    for subject in plan.subjects:
        if times := min(subject.count, room):
            found.append((subject, times))
            room -= times
    return found
