"""What a prompt rules out: its negations, and the negative prompt."""

from collections.abc import Iterable
from dataclasses import dataclass

from aptmagic.local.renderer.phrases import Meaning, Phrase

from . import nouns


@dataclass(frozen=True)
class Refused:
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


KEEPS_DENYING = ("filler", "colour", "number", "mood", "undrawn")
ARTICLES = frozenset(("a", "an", "the", "một", "mot"))


def split_denied(said: Iterable[Phrase]) -> tuple[list[Phrase], list[Phrase]]:
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


def refused_by(unwanted: list[Phrase], denied: list[Phrase], wanted: list[Phrase]) -> Refused:
    """A negative prompt holds in any case; a "not a red fox" leaves the fox that is asked for."""
    asked = {phrase.known_by for phrase in wanted if phrase.known_by}
    against = [*unwanted, *(phrase for phrase in denied if phrase.known_by not in asked)]
    parts = set()
    for phrase in against:
        parts |= {name for kind, name in phrase.meanings if kind in ("feature", "group", "absent")}
    for phrase in wanted:
        parts |= {name for kind, name in phrase.meanings if kind == "absent"}
    return Refused(
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
