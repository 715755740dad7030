"""What a prompt asks for: a scene, its subjects, and which words are not drawn."""

from dataclasses import dataclass

from .colour import Array

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


def subjects_of(plan: ParsedPrompt) -> list[tuple[Subject, int]]:
    """Who is on the picture, each with how often; more than six do not fit."""
    room, found = MOST_FIGURES, []
    for subject in plan.subjects:
        if times := min(subject.count, room):
            found.append((subject, times))
            room -= times
    return found
