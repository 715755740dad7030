"""Reads nouns.txt: which word is which picture, and where it usually stands."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Noun:
    """Something that can be drawn; a picture that begins with @ is one of our own figures."""

    name: str
    picture: str
    place: str
    size: float
    group: str


@cache
def nouns_by_name() -> dict[str, Noun]:
    """Every name in nouns.txt with what it means; the first that claims a name keeps it."""
    nouns: dict[str, Noun] = {}
    group = ""
    for line in (Path(__file__).parent / "nouns.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif line.strip() and not line.startswith("#"):
            description, names = line.split(" : ")
            picture, place, size = description.split()
            aliases = [name.strip().replace("-", " ") for name in names.split(",")]
            noun = Noun(aliases[0], picture, place, float(size), group)
            for alias in aliases:
                nouns.setdefault(alias, noun)
    return nouns
