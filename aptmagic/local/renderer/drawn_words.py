"""Which words of a prompt its picture shows, and which it does not."""

from dataclasses import replace

from aptmagic.local.renderer.parsed_prompt import (
    FLAT,
    INDOOR,
    SKYLESS,
    TIMELESS,
    ParsedPrompt,
    subjects_of,
)
from aptmagic.local.renderer.phrases import Phrase

from . import nouns
from . import vocabulary as words


def with_drawn_words(plan: ParsedPrompt, kept: list[Phrase]) -> ParsedPrompt:
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
