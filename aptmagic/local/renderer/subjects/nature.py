"""Trees that stand alone, a bunch of flowers, and the unicorn."""

import numpy as np

from ..colour import WHITE, Array, colour, mix
from .tile import Tile

Chance = np.random.Generator


def tree(tile: Tile, tint: Array | None, chance: Chance) -> None:
    _crowned(tile, colour("568f48") if tint is None else tint, chance)


def blossom(tile: Tile, tint: Array | None, chance: Chance) -> None:
    _crowned(tile, colour("f4a9c2") if tint is None else tint, chance)


def _crowned(tile: Tile, leaf: Array, chance: Chance) -> None:
    """A forked trunk, and leaves in four tones from the shade up into the light."""
    bark = colour("5a3d2b")
    for points, width in (
        ([(0.0, 2.0), (-0.03, 1.5), (0.02, 1.1)], 0.17),
        ([(0.0, 1.42), (-0.2, 1.1), (-0.36, 0.8)], 0.09),
        ([(0.0, 1.36), (0.2, 1.08), (0.34, 0.74)], 0.09),
    ):
        tile.curve(points, width, bark)
    tile.blob([(-0.2, 2.02), (-0.06, 1.84), (0.06, 1.84), (0.22, 2.02)], bark)
    tones = [leaf * 0.52, leaf * 0.74, leaf, mix(leaf * 1.12, WHITE, 0.12)]
    for at, tone in enumerate(tones):
        for _ in range((26, 52, 84, 90)[at]):
            angle, reach = chance.random() * 2 * np.pi, chance.random() ** 0.5
            x = np.cos(angle) * reach * 0.72 - 0.04 * at
            y = 0.6 + np.sin(angle) * reach * 0.56 - 0.05 * at
            size = (0.22, 0.14, 0.085, 0.045)[at] * chance.uniform(0.7, 1.25)
            tile.ellipse(x, y, size, size * 0.86, np.clip(tone * chance.uniform(0.93, 1.07), 0, 1))


def flowers(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A bunch that grows from one place, each flower turned its own way."""
    stem = colour("4a8a3a")
    shades = [colour(code) for code in ("ee6c7a", "f4c84a", "f7f3ea", "b48be0", "f2913d")]
    shades = shades if tint is None else [tint, mix(tint, WHITE, 0.3)]
    heads = [
        (-0.62, 0.95),
        (0.6, 0.9),
        (-0.3, 0.5),
        (0.34, 0.42),
        (0.02, 0.1),
        (-0.05, 0.95),
        (0.3, 1.2),
        (-0.36, 1.3),
    ]
    for x, y in heads:
        tile.curve([(x * 0.12, 2.0), (x * 0.5, (y + 2.2) / 2), (x, y)], 0.035, stem)
    for x, y in ((-0.4, 1.62), (0.42, 1.58), (0.16, 1.5), (-0.16, 1.7)):
        tile.blob(
            [(0, 2.0), (x * 0.6, y + 0.1), (x * 1.5, y - 0.12), (x * 0.9, y + 0.22)], stem * 0.85
        )
    for at, (x, y) in enumerate(heads):
        _bloom(tile, x, y, 0.24 * float(chance.uniform(0.85, 1.15)), shades[at % len(shades)])


def vase(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A bunch of flowers in a vase."""
    glaze = colour("3f6f9a")
    flowers(tile, tint, chance)
    half = [(0, 1.3), (0.16, 1.3), (0.13, 1.42), (0.36, 1.66), (0.3, 1.94), (0.2, 2.02), (0, 2.02)]
    tile.mirrored(half, glaze)
    tile.mirrored([(0, 1.27), (0.2, 1.27), (0.2, 1.34), (0, 1.34)], mix(glaze, WHITE, 0.3))
    tile.curve([(-0.3, 1.66), (0, 1.72), (0.3, 1.66)], 0.04, mix(glaze, WHITE, 0.55))


def _bloom(tile: Tile, x: float, y: float, size: float, shade: Array) -> None:
    for ring, reach, tone in ((8, 0.66, 0.88), (8, 0.46, 1.0)):
        for petal in range(ring):
            angle = (petal + (ring * reach) % 1) / ring * 2 * np.pi
            px, py = x + np.cos(angle) * size * reach, y + np.sin(angle) * size * reach * 0.92
            tile.ellipse(px, py, size * 0.36, size * 0.33, np.clip(shade * tone, 0, 1))
    tile.ellipse(x, y, size * 0.32, size * 0.3, colour("c9842a"))
    tile.ellipse(x, y - size * 0.04, size * 0.24, size * 0.21, colour("f2c23c"))


RAINBOW = [colour(code) for code in ("e86a9a", "f2a04a", "f4d35e", "6ac6a0", "6a9ae0", "a07ae0")]


def unicorn(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    coat = colour("f6f2f8") if tint is None else mix(tint, WHITE, 0.3)
    _unicorn_tail(tile)
    _unicorn_legs(tile, coat)
    _unicorn_body(tile, coat)
    _unicorn_head(tile, coat)
    _unicorn_horn(tile, colour("f0c04a"))
    tile.ellipse(-0.74, 0.4, 0.045, 0.055, colour("3a2a4a"))
    tile.ellipse(-0.728, 0.385, 0.015, 0.018, WHITE)
    _unicorn_mane(tile)


def _unicorn_tail(tile: Tile) -> None:
    for at, tone in enumerate(RAINBOW):
        down = at * 0.06
        tile.curve(
            [(0.62, 1.0 + down * 0.3), (0.95, 0.98 + down), (1.02, 1.4 + down), (0.9, 1.72 + down)],
            0.08,
            tone,
        )


def _unicorn_legs(tile: Tile, coat: Array) -> None:
    shade, hoof = coat * 0.86, colour("8a7aa8")
    for x, tone in ((0.5, shade), (-0.22, shade), (0.36, coat), (-0.38, coat)):
        tile.curve([(x, 1.3), (x + 0.03, 1.62), (x, 1.92)], 0.14, tone)
        tile.polygon([(x - 0.08, 1.88), (x + 0.08, 1.88), (x + 0.1, 2.0), (x - 0.1, 2.0)], hoof)


def _unicorn_body(tile: Tile, coat: Array) -> None:
    back = [(-0.5, 0.98), (0, 0.92), (0.5, 0.9), (0.7, 1.12)]
    belly = [(0.6, 1.42), (0.1, 1.48), (-0.4, 1.44), (-0.56, 1.2)]
    tile.blob([*back, *belly], coat)
    neck = [(-0.56, 1.25), (-0.3, 1.0), (-0.28, 0.56), (-0.48, 0.3), (-0.72, 0.44), (-0.62, 0.85)]
    tile.blob(neck, coat)


def _unicorn_head(tile: Tile, coat: Array) -> None:
    brow = [(-0.4, 0.24), (-0.66, 0.16), (-0.84, 0.32), (-1.1, 0.56)]
    jaw = [(-1.08, 0.7), (-0.92, 0.74), (-0.68, 0.62), (-0.5, 0.52)]
    tile.blob([*brow, *jaw], coat)
    muzzle = [(-1.1, 0.56), (-1.08, 0.7), (-0.94, 0.74), (-0.9, 0.58)]
    tile.blob(muzzle, mix(coat, colour("e8a9b8"), 0.5))
    tile.polygon([(-0.56, 0.22), (-0.44, -0.04), (-0.4, 0.24)], coat)  # the ear


def _unicorn_horn(tile: Tile, gold: Array) -> None:
    tile.polygon([(-0.74, 0.22), (-0.98, -0.36), (-0.64, 0.16)], gold)
    for share in (0.25, 0.5, 0.75):
        x, y = -0.69 - 0.26 * share, 0.19 - 0.5 * share
        groove = [(x - 0.05 * (1 - share), y + 0.02), (x + 0.06 * (1 - share), y - 0.02)]
        tile.line(groove, 0.02, gold * 0.75)


def _unicorn_mane(tile: Tile) -> None:
    for at, tone in enumerate(RAINBOW):
        back = at * 0.055
        lock = [
            (-0.52 + back * 0.6, 0.12),
            (-0.3 + back, 0.35),
            (-0.24 + back, 0.7),
            (-0.34 + back, 1.0),
        ]
        tile.curve(lock, 0.085, tone)


def lotus(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """An open flower and a bud between round leaves that lie on the water."""
    petal, leaf = colour("f2a0bc") if tint is None else tint, colour("3f8a5a")
    for x, y, across, tone in (
        (-0.7, 1.86, 0.52, 0.84),
        (0.66, 1.9, 0.6, 0.92),
        (0.0, 1.93, 0.62, 1.0),
    ):
        tile.ellipse(x, y, across, across * 0.22, leaf * tone)
        tile.ellipse(x - 0.04, y - 0.03, across * 0.8, across * 0.13, leaf * (tone + 0.12))
        tile.line([(x, y), (x + across * 0.6, y - 0.08)], 0.012, leaf * 0.7)
    tile.curve([(0.72, 1.86), (0.66, 1.5), (0.7, 1.2)], 0.045, leaf * 0.8)
    tile.mirrored_at(0.7, [(0, 0.78), (0.15, 1.02), (0.13, 1.2), (0, 1.26)], petal * 0.92)
    tile.mirrored_at(
        0.7, [(0, 0.84), (0.06, 1.04), (0.05, 1.22), (0, 1.24)], mix(petal, WHITE, 0.4)
    )
    tile.curve([(-0.1, 1.9), (-0.14, 1.6), (-0.1, 1.4)], 0.055, leaf * 0.8)
    for angle, tone in (
        (-1.25, 0.76), (1.25, 0.76), (-0.85, 0.84), (0.85, 0.84), (-0.45, 0.9), (0.45, 0.9),
        (0, 0.96), (-1.05, 1.0), (1.05, 1.0), (-0.62, 1.06), (0.62, 1.06), (-0.22, 1.1),
        (0.22, 1.1),
    ):  # fmt: skip
        long = 0.86 if tone < 1 else 0.62
        _lotus_petal(tile, -0.1, 1.46, angle, long, petal, tone)
    tile.ellipse(-0.1, 1.3, 0.09, 0.05, colour("f2c84a"))


def _lotus_petal(
    tile: Tile, x: float, y: float, angle: float, long: float, shade: Array, tone: float
) -> None:
    along = np.array([np.sin(angle), -np.cos(angle)])
    aside = np.array([-along[1], along[0]])
    foot = np.array([x, y])
    points = [(0, 0.02), (0.4, 0.17), (0.72, 0.15), (1.0, 0.0), (0.72, -0.15), (0.4, -0.17)]
    shape = [tuple(foot + along * far * long + aside * off * long) for far, off in points]
    tile.blob(shape, np.clip(shade * tone, 0, 1), 6)
    tip = [tuple(foot + along * far * long + aside * off * long) for far, off in
           ((0.66, 0.1), (1.0, 0.0), (0.66, -0.1), (0.5, 0))]  # fmt: skip
    tile.blob(tip, mix(np.clip(shade * tone, 0, 1), colour("e0507f"), 0.35), 6)


FIGURES = (tree, blossom, flowers, unicorn, lotus, vase)
