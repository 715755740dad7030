"""Sitting animals, one body for all: coat, ears, markings and tail tell them apart."""

from dataclasses import dataclass

import numpy as np

from ..colour import Array, colour, mix
from .tile import Tile

CREAM, INK, PINK = colour("f8f3ea"), colour("20191a"), colour("e8a9a0")


@dataclass(frozen=True)
class Kind:
    """Coat holds one colour or several, of which the seed chooses."""

    coat: str
    belly: str
    ears: str
    marks: frozenset[str]


def _kind(coat: str, belly: str, ears: str, marks: str = "") -> Kind:
    return Kind(coat, belly, ears, frozenset(marks.split()))


KINDS = {
    "fox": _kind("d9692b", "fbf3e6", "pointed", "mask brush socks"),
    "cat": _kind(
        "8d8f98 d9924a 4a4a52 efe6d8 b9936a", "efece8", "pointed", "whiskers tail stripes"
    ),
    "dog": _kind("c08c58 d9a45c 5a463c e6d8c0", "f4e6d0", "hanging", "tongue tail"),
    "corgi": _kind("d98f4a", "fbf4e8", "pointed", "mask tongue blaze puff"),
    "wolf": _kind("6d7683 565a63 8d8f94", "e8ebef", "pointed", "mask brush"),
    "bear": _kind("7a5032 5f3f2a 94663f", "c39a70", "round"),
    "polarbear": _kind("eef0f0", "ffffff", "round"),
    "panda": _kind("f4f2ec", "f4f2ec", "round", "panda"),
    "redpanda": _kind("b9502a", "4a2a22", "round", "mask bandit brush socks"),
    "rabbit": _kind("b9a48c ece4da 8a7a70", "f5eee4", "long", "puff whiskers"),
    "lion": _kind("d8a24a", "f3dcae", "round", "mane tail"),
    "tiger": _kind("e08a2e", "fbf3e6", "round", "stripes tail whiskers"),
    "koala": _kind("8f979f", "e6e8ea", "big"),
    "raccoon": _kind("7d7f86", "e6e4df", "pointed", "mask bandit brush"),
    "mouse": _kind("a59c98 c9b8a8 8a8488", "efe4e0", "big", "tail whiskers"),
    "hamster": _kind("dba862 c89a70 e6d6c0", "fdf4e6", "small", "cheeks whiskers"),
    "monkey": _kind("7b4f34", "e6bf96", "side", "face tail"),
    "frog": _kind("6aa84a", "dcecae", "eyes", "frog"),
}


def sitting(kind: str, tile: Tile, tint: Array | None, chance: np.random.Generator) -> None:
    animal = KINDS[kind]
    coat = colour(str(chance.choice(animal.coat.split())))
    if tint is not None:
        coat = mix(tint, coat, 0.22)
    belly, dark = colour(animal.belly), coat * 0.62
    deep = mix(coat * 0.35, INK, 0.5)
    _tail(tile, animal, coat, belly, deep)
    _body(tile, animal, coat, belly, deep)
    if "mane" in animal.marks:
        _mane(tile)
    _ears(tile, animal, coat, dark, deep)
    _head(tile, animal, coat, belly, deep)
    if "stripes" in animal.marks:
        _stripes(tile, deep if kind == "tiger" else dark)
    _face(tile, animal, belly)


def _tail(tile: Tile, animal: Kind, coat: Array, belly: Array, deep: Array) -> None:
    if "brush" in animal.marks:
        tile.blob(
            [(0.25, 1.86), (0.62, 1.95), (1.0, 1.78), (1.16, 1.42), (1.05, 1.05), (0.9, 0.92),
             (0.8, 1.12), (0.78, 1.4), (0.55, 1.6), (0.3, 1.66)], coat * 0.92,
        )  # fmt: skip
        tip = deep if "bandit" in animal.marks else belly
        tile.blob(
            [(1.14, 1.3), (1.05, 1.05), (0.9, 0.92), (0.8, 1.12), (0.86, 1.22), (0.94, 1.2),
             (1.0, 1.3), (1.07, 1.27)], tip,
        )  # fmt: skip
    if "tail" in animal.marks:
        points = [(0.3, 1.85), (0.75, 1.9), (0.95, 1.6), (0.82, 1.3), (0.98, 1.12)]
        tile.curve(points, 0.11, coat * 0.72)
        if "mane" in animal.marks:
            tile.ellipse(0.98, 1.08, 0.12, 0.15, colour("7c431d"))
    if "puff" in animal.marks:
        tile.ellipse(0.5, 1.72, 0.17, 0.16, belly)


def _body(tile: Tile, animal: Kind, coat: Array, belly: Array, deep: Array) -> None:
    panda = "panda" in animal.marks
    tile.mirrored([(0, 0.82), (0.28, 0.95), (0.46, 1.3), (0.56, 1.7), (0.46, 1.96), (0, 2.0)], coat)
    haunch = [(0.2, 1.55), (0.5, 1.42), (0.66, 1.72), (0.58, 1.98), (0.24, 2.0)]
    tile.pair(haunch, deep if panda else coat * 0.87)
    chest = [(0, 0.9), (0.22, 1.0), (0.24, 1.25), (0.14, 1.5), (0, 1.62)]
    tile.mirrored(chest, deep if panda else belly)
    foreleg = [(0.06, 1.4), (0.25, 1.36), (0.27, 1.8), (0.29, 1.97), (0.07, 1.99)]
    tile.pair(foreleg, deep if panda else coat)
    paw = [(0.06, 1.74), (0.27, 1.7), (0.32, 1.95), (0.18, 2.02), (0.05, 1.99)]
    dark_paws = panda or "socks" in animal.marks
    tile.pair(paw, deep if dark_paws else mix(coat, belly, 0.4))


def _mane(tile: Tile) -> None:
    for radius, code in ((0.78, "7c431d"), (0.68, "a65f25")):
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        reach = radius * (1 + 0.07 * (np.arange(40) % 2))
        points = np.stack([np.cos(angles) * reach, 0.66 + np.sin(angles) * reach], 1)
        tile.blob(points, colour(code), 4)


def _ears(tile: Tile, animal: Kind, coat: Array, dark: Array, deep: Array) -> None:
    inner = deep if {"mask", "brush"} <= animal.marks else PINK
    if animal.ears == "pointed":
        tile.pair([(0.12, 0.36), (0.34, 0.02), (0.5, -0.1), (0.53, 0.2), (0.52, 0.55)], coat)
        tile.pair([(0.24, 0.34), (0.4, 0.08), (0.47, 0.02), (0.48, 0.25), (0.43, 0.46)], inner)
    elif animal.ears == "hanging":
        return  # they lie over the head, see _head
    elif animal.ears == "long":
        tile.pair([(0.06, 0.4), (0.06, -0.08), (0.18, -0.3), (0.33, -0.1), (0.3, 0.4)], coat)
        tile.pair([(0.13, 0.36), (0.13, -0.04), (0.19, -0.18), (0.27, -0.03), (0.24, 0.36)], PINK)
    elif animal.ears == "eyes":
        for side in (-1, 1):
            tile.ellipse(side * 0.32, 0.3, 0.22, 0.22, coat)
    else:
        _round_ears(tile, animal, coat, deep)


def _round_ears(tile: Tile, animal: Kind, coat: Array, deep: Array) -> None:
    radius = {"big": 0.3, "small": 0.15, "side": 0.19}.get(animal.ears, 0.2)
    panda = "panda" in animal.marks
    out = 0.56 if animal.ears == "side" else 0.42 + radius - 0.2
    y = 0.62 if animal.ears == "side" else 0.3
    inner = deep * 0.8 if panda else mix(PINK, coat, 0.25)
    for side in (-1, 1):
        tile.ellipse(side * out, y, radius, radius, deep if panda else coat)
        tile.ellipse(side * out, y + 0.01, radius * 0.6, radius * 0.6, inner)


def _head(tile: Tile, animal: Kind, coat: Array, belly: Array, deep: Array) -> None:
    marks = animal.marks
    if animal.ears == "pointed":
        shape = [(0, 0.27), (0.26, 0.3), (0.46, 0.5), (0.6, 0.74), (0.42, 0.88), (0.16, 1.02)]
        tile.mirrored([*shape, (0, 1.08)], coat)
    else:
        shape = [(0, 0.22), (0.32, 0.27), (0.52, 0.5), (0.54, 0.76), (0.4, 0.98), (0.15, 1.08)]
        tile.mirrored([*shape, (0, 1.1)], coat)
    if animal.ears == "hanging":
        ear = [(0.3, 0.28), (0.5, 0.3), (0.68, 0.62), (0.64, 0.95), (0.5, 0.92), (0.42, 0.62)]
        tile.pair(ear, coat * 0.62)
    if "blaze" in marks:
        tile.mirrored([(0, 0.28), (0.06, 0.4), (0.1, 0.7), (0, 0.9)], belly)
    if "mask" in marks:
        cream = colour("fbf1e4") if "bandit" in marks else belly
        tile.pair(
            [(0.02, 0.78), (0.16, 0.72), (0.3, 0.6), (0.5, 0.66), (0.58, 0.75), (0.42, 0.87),
             (0.16, 1.01), (0.02, 1.07)], cream,
        )  # fmt: skip
    elif "face" in marks:
        tile.pair([(0, 0.42), (0.3, 0.42), (0.42, 0.64), (0.3, 0.92), (0, 1.06)], belly)
    elif "frog" in marks:
        tile.mirrored([(0, 0.86), (0.3, 0.86), (0.42, 0.94), (0.2, 1.06), (0, 1.08)], belly)
    else:
        tile.mirrored([(0, 0.74), (0.2, 0.78), (0.26, 0.92), (0.16, 1.04), (0, 1.07)], belly)
    if "bandit" in marks:
        tile.pair(
            [(0.04, 0.62), (0.22, 0.5), (0.46, 0.58), (0.5, 0.74), (0.3, 0.8), (0.1, 0.76)], deep
        )
    if "panda" in marks:
        tile.pair([(0.12, 0.6), (0.24, 0.5), (0.36, 0.62), (0.34, 0.78), (0.2, 0.78)], deep)
    if "cheeks" in marks:
        tile.pair([(0.16, 0.8), (0.4, 0.72), (0.54, 0.84), (0.4, 1.04), (0.18, 1.04)], belly)


def _stripes(tile: Tile, shade: Array) -> None:
    for y, half in ((0.3, 0.16), (0.4, 0.11)):
        tile.polygon([(-half, y), (half, y), (0, y + 0.06)], shade)
    for y in (0.62, 0.74):
        tile.pair([(0.54, y), (0.38, y + 0.03), (0.53, y + 0.07)], shade, False)
    for y in (1.15, 1.32, 1.5):
        tile.pair([(0.5, y + 0.1), (0.3, y + 0.08), (0.48, y)], shade, False)


def _face(tile: Tile, animal: Kind, belly: Array) -> None:
    frog = "frog" in animal.marks
    for side in (-1, 1):
        x, y = (side * 0.32, 0.27) if frog else (side * 0.23, 0.64)
        if frog:
            tile.ellipse(x, y, 0.16, 0.16, CREAM)
        tile.ellipse(x, y, 0.082, 0.098, INK)
        tile.ellipse(x + 0.028, y - 0.034, 0.03, 0.034, CREAM)
        tile.ellipse(x - 0.025, y + 0.035, 0.014, 0.016, CREAM * 0.85)
    if frog:
        tile.curve([(-0.36, 0.78), (-0.15, 0.87), (0.15, 0.87), (0.36, 0.78)], 0.025, INK)
        return
    nose = [(-0.09, 0.9), (0, 0.87), (0.09, 0.9), (0.04, 0.97), (0, 0.99), (-0.04, 0.97)]
    tile.blob(nose, INK)
    tile.ellipse(-0.025, 0.905, 0.02, 0.01, CREAM * 0.7)
    tile.line([(0, 0.97), (0, 1.01)], 0.018, INK)
    tile.curve([(-0.1, 1.0), (-0.05, 1.03), (0, 1.01), (0.05, 1.03), (0.1, 1.0)], 0.018, INK)
    if "tongue" in animal.marks:
        tongue = [(-0.05, 1.03), (0.05, 1.03), (0.05, 1.1), (0, 1.14), (-0.05, 1.1)]
        tile.blob(tongue, colour("e2727f"))
    if "whiskers" in animal.marks:
        for side in (-1, 1):
            for down in (-0.03, 0.02, 0.07):
                whisker = [(side * 0.2, 0.93 + down * 0.4), (side * 0.62, 0.9 + down)]
                tile.line(whisker, 0.01, mix(CREAM, belly, 0.4))


def owl(tile: Tile, tint: Array | None, _chance: np.random.Generator) -> None:
    coat, belly = tint if tint is not None else colour("8a6444"), colour("f0e0c4")
    tile.box(-0.9, 1.9, 1.0, 2.02, colour("4d3525"))
    tile.curve([(0.6, 1.96), (0.9, 1.86), (1.1, 1.7)], 0.07, colour("4d3525"))
    body = [(0, 0.2), (0.4, 0.15), (0.58, 0.7), (0.6, 1.3), (0.4, 1.85), (0, 1.95)]
    tile.mirrored(body, coat)
    tile.pair([(0.2, 0.35), (0.4, 0.05), (0.5, 0.02), (0.5, 0.5)], coat * 0.8)
    tile.mirrored([(0, 0.95), (0.35, 1.0), (0.38, 1.4), (0.2, 1.75), (0, 1.8)], belly)
    for row in range(5):
        for column in range(-2, 3):
            x, y = column * 0.13, 1.1 + row * 0.13
            tile.blob([(x - 0.05, y), (x + 0.05, y), (x, y + 0.07)], coat)
    tile.pair([(0.5, 0.8), (0.68, 1.1), (0.62, 1.6), (0.42, 1.75), (0.46, 1.2)], coat * 0.7)
    rings = ((0.26, belly), (0.17, colour("f2b632")), (0.1, INK))
    for side in (-1, 1):
        for radius, shade in rings:
            tile.ellipse(side * 0.24, 0.6, radius, radius, shade)
        tile.ellipse(side * 0.24 + 0.04, 0.56, 0.03, 0.03, CREAM)
        tile.ellipse(side * 0.16, 1.9, 0.08, 0.05, colour("e0912f"))
    tile.polygon([(-0.08, 0.72), (0.08, 0.72), (0, 0.92)], colour("e0912f"))


def whale(tile: Tile, tint: Array | None, _chance: np.random.Generator) -> None:
    coat = tint if tint is not None else colour("41668f")
    tile.blob(
        [(-1.0, 1.3), (-0.8, 0.95), (-0.2, 0.8), (0.4, 0.95), (0.85, 1.15), (1.1, 0.8),
         (1.28, 0.85), (1.16, 1.15), (1.22, 1.4), (1.0, 1.34), (0.5, 1.5), (-0.1, 1.7),
         (-0.75, 1.62)], coat,
    )  # fmt: skip
    belly = [(-0.98, 1.38), (-0.5, 1.42), (0.1, 1.5), (-0.1, 1.68), (-0.75, 1.6)]
    tile.blob(belly, colour("e2ebf0"))
    tile.ellipse(-0.6, 1.27, 0.04, 0.04, INK)
    tile.ellipse(-0.588, 1.255, 0.012, 0.012, CREAM)
    tile.blob([(-0.2, 1.5), (0.05, 1.55), (0.12, 1.9), (-0.05, 1.8)], coat * 0.8)
    for lean in (-0.22, 0.0, 0.22):
        drops = [(-0.3, 0.8), (-0.3 + lean * 0.5, 0.55), (-0.3 + lean * 1.6, 0.42)]
        tile.curve(drops, 0.05, colour("dff2fb"))


def crocodile(tile: Tile, tint: Array | None, _chance: np.random.Generator) -> None:
    """Low and long, seen from the side, with its mouth a little open."""
    coat = tint if tint is not None else colour("5f7f3f")
    _reptile(tile, coat, mix(coat, CREAM, 0.6))
    for x in np.arange(-0.9, 0.75, 0.15):
        height = 1.42 - 0.06 * np.cos(x * 1.6)
        tile.polygon(
            [(x, height + 0.05), (x + 0.06, height - 0.06), (x + 0.12, height + 0.05)], coat * 0.75
        )
    tile.blob(
        [(0.62, 1.6), (0.95, 1.66), (1.36, 1.68), (1.3, 1.76), (0.9, 1.78), (0.62, 1.74)],
        coat * 0.85,
    )
    for x in np.arange(0.86, 1.3, 0.09):
        tile.polygon([(x, 1.6), (x + 0.05, 1.6), (x + 0.025, 1.66)], CREAM)


def lizard(tile: Tile, tint: Array | None, _chance: np.random.Generator) -> None:
    coat = tint if tint is not None else colour("6fae4f")
    _reptile(tile, coat, mix(coat, CREAM, 0.5))
    for x in np.arange(-0.5, 0.6, 0.22):
        tile.ellipse(x, 1.48, 0.05, 0.035, coat * 0.72)


def _reptile(tile: Tile, coat: Array, belly: Array) -> None:
    for x, tone in ((-0.34, 0.7), (0.5, 0.7), (-0.48, 0.95), (0.38, 0.95)):
        leg = [(x, 1.62), (x + 0.1, 1.8), (x + 0.02, 1.94)]
        tile.curve(leg, 0.13, coat * tone)
        tile.ellipse(x + 0.08, 1.96, 0.12, 0.04, coat * tone)
    tile.blob(
        [(-1.38, 1.86), (-1.0, 1.6), (-0.6, 1.44), (0, 1.38), (0.5, 1.42), (0.66, 1.4),
         (0.82, 1.42), (1.0, 1.52), (1.36, 1.56), (1.38, 1.62), (1.0, 1.64), (0.66, 1.74),
         (0.3, 1.82), (-0.3, 1.82), (-0.7, 1.74), (-1.0, 1.76)], coat,
    )  # fmt: skip
    tile.blob([(-0.6, 1.72), (0, 1.74), (0.6, 1.68), (0.3, 1.83), (-0.3, 1.83)], belly)
    tile.ellipse(0.76, 1.42, 0.09, 0.08, coat)
    tile.ellipse(0.79, 1.42, 0.045, 0.045, colour("f2c632"))
    tile.ellipse(0.8, 1.42, 0.018, 0.04, INK)
    tile.ellipse(1.3, 1.565, 0.02, 0.012, INK)


FIGURES = (owl, whale, crocodile, lizard)
