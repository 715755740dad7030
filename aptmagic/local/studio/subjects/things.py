"""Things: boat, balloon, rocket, space station, bowl of fruit, and a flock of birds."""

import numpy as np

from ..colour import WHITE, Array, colour, mix
from ..shapes import spline
from .tile import Tile

INK, CREAM = colour("20191a"), colour("f8f3ea")
Chance = np.random.Generator


def boat(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    sail = colour("f9f2e4") if tint is None else tint
    tile.line([(0, 0.0), (0, 1.7)], 0.035, colour("5a3b28"))
    tile.blob([(0.05, 0.05), (0.4, 0.75), (0.74, 1.5), (0.05, 1.55)], sail, 6)
    tile.blob([(-0.05, 0.25), (-0.25, 0.85), (-0.58, 1.5), (-0.05, 1.5)], sail * 0.86, 6)
    tile.line([(0.08, 0.9), (0.46, 0.98)], 0.012, sail * 0.8)
    tile.polygon([(0, 0.0), (0.22, 0.05), (0, 0.12)], colour("c8372d"))
    hull = spline([(-0.86, 1.66), (0, 1.72), (0.9, 1.6), (0.6, 2.0), (-0.5, 2.0)], 8)
    tile.polygon(hull, colour("8a4a2f"))
    tile.line([(-0.82, 1.69), (0, 1.735), (0.85, 1.65)], 0.045, CREAM)


def balloon(tile: Tile, tint: Array | None, chance: Chance) -> None:
    sets = (
        "d8432f f2b53a f6ead2",
        "2f6f9f f2c85a f4efe2",
        "7a4f9f ef8fb4 f6e0c2",
        "2f8a6f f2d06a f6efe0",
    )
    gores = [colour(code) for code in str(chance.choice(sets)).split()]
    if tint is not None:
        gores = [tint, mix(tint, WHITE, 0.6), tint * 0.75]
    for at, share in enumerate((1, 0.8, 0.56, 0.3, 0.1)):
        half = [(0, 0), (0.42, 0.1), (0.68, 0.5), (0.54, 1.0), (0.16, 1.44), (0, 1.46)]
        tile.mirrored([(x * share, y) for x, y in half], gores[at % 3])
    for y in (0.72, 0.82):
        tile.curve([(-0.655, y - 0.08), (0, y + 0.06), (0.655, y - 0.08)], 0.035, gores[2])
    for side in (-1, 1):
        tile.line([(side * 0.15, 1.43), (side * 0.12, 1.76)], 0.012, INK)
    tile.blob([(-0.15, 1.75), (0.15, 1.75), (0.13, 1.97), (-0.13, 1.97)], colour("8a5a34"))
    tile.box(-0.16, 1.73, 0.16, 1.78, colour("5a3a22"))
    tile.blob([(-0.04, 1.5), (0.04, 1.5), (0, 1.38)], colour("ffcf6a"))


def rocket(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    hull, fin = colour("eef0f4") if tint is None else tint, colour("d8432f")
    tile.blob(
        [(-0.17, 1.56), (0.17, 1.56), (0.12, 1.85), (0, 2.2), (-0.12, 1.85)], colour("ff8a2e")
    )
    tile.blob(
        [(-0.09, 1.56), (0.09, 1.56), (0.04, 1.82), (0, 1.96), (-0.04, 1.82)], colour("fff2b0")
    )
    tile.pair([(0.2, 1.1), (0.52, 1.42), (0.52, 1.72), (0.22, 1.54)], fin)
    half = [(0, -0.02), (0.18, 0.34), (0.29, 0.85), (0.25, 1.44), (0.14, 1.6), (0, 1.6)]
    tile.mirrored(half, hull)
    tile.mirrored([(0, -0.02), (0.12, 0.2), (0.18, 0.37), (0, 0.42)], fin)
    tile.box(-0.25, 1.34, 0.25, 1.4, fin)
    for radius, shade in ((0.15, hull * 0.6), (0.11, colour("4fb6e8"))):
        tile.ellipse(0, 0.74, radius, radius, shade)
    tile.ellipse(-0.03, 0.7, 0.035, 0.03, WHITE)


def station(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """A truss with four pairs of solar wings and a few modules."""
    metal, wing = colour("d3d8e0") if tint is None else tint, colour("2a4f9a")
    tile.line([(-1.3, 1.0), (1.3, 1.0)], 0.06, metal * 0.7)
    for x in (-1.15, -0.75, 0.75, 1.15):
        for y0, y1 in ((0.2, 0.92), (1.08, 1.8)):
            tile.box(x - 0.15, y0, x + 0.15, y1, mix(wing, colour("c89a4a"), 0.15))
            for y in np.arange(y0, y1, 0.09):
                tile.line([(x - 0.15, y), (x + 0.15, y)], 0.01, mix(wing, WHITE, 0.4))
            tile.line([(x, y0), (x, y1)], 0.014, metal)
    tile.blob(
        [(-0.45, 0.88), (0.45, 0.88), (0.5, 1.0), (0.45, 1.12), (-0.45, 1.12), (-0.5, 1.0)], metal
    )
    tile.blob(
        [(-0.12, 0.4), (0.12, 0.4), (0.14, 1.0), (0.12, 1.6), (-0.12, 1.6), (-0.14, 1.0)],
        mix(metal, WHITE, 0.4),
    )
    for x in (-0.3, 0.0, 0.3):
        tile.ellipse(x, 1.0, 0.05, 0.05, colour("ffe09a"))
    tile.ellipse(0, 0.38, 0.1, 0.06, colour("c8893a"))
    tile.curve([(0.4, 0.9), (0.55, 0.7), (0.5, 0.5)], 0.03, metal * 0.8)


def fruitbowl(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    clay = colour("4f7f9f") if tint is None else tint
    tile.curve([(-0.55, 1.2), (-0.75, 0.78), (-0.5, 0.42)], 0.22, colour("f4cf4a"))
    tile.curve([(-0.42, 1.2), (-0.58, 0.85), (-0.36, 0.52)], 0.2, colour("f0c23c"))
    for x, y, radius, code in (
        (0.48, 1.0, 0.3, "f0903a"),
        (-0.18, 0.9, 0.33, "c8372d"),
        (0.2, 0.72, 0.27, "9fbf4a"),
        (-0.5, 1.12, 0.26, "e86a4a"),
        (0.12, 1.1, 0.3, "d8432f"),
    ):
        tile.ellipse(x, y, radius, radius * 0.97, colour(code))
        tile.ellipse(
            x - radius * 0.35,
            y - radius * 0.4,
            radius * 0.2,
            radius * 0.15,
            mix(colour(code), WHITE, 0.55),
        )
        tile.curve([(x, y - radius * 0.85), (x + 0.03, y - radius * 1.2)], 0.03, colour("5a3d2b"))
    for row, count in enumerate((5, 4, 3, 2)):
        for at in range(count):
            x, y = 0.72 + (at - count / 2) * 0.13, 1.06 + row * 0.1
            tile.ellipse(x, y, 0.085, 0.085, colour("6a3a7f") * (1 - 0.05 * (at % 2)))
            tile.ellipse(x - 0.025, y - 0.03, 0.02, 0.02, colour("b89ac8"))
    bowl = [(0, 1.2), (0.6, 1.18), (1.0, 1.2), (0.82, 1.62), (0.4, 1.88), (0, 1.9)]
    tile.mirrored(bowl, clay)
    tile.mirrored(
        [(0, 1.2), (0.6, 1.18), (1.0, 1.2), (0.94, 1.3), (0.5, 1.3), (0, 1.31)],
        mix(clay, WHITE, 0.35),
    )
    tile.mirrored([(0, 1.84), (0.34, 1.86), (0.4, 2.0), (0, 2.02)], clay * 0.75)


def birds(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A flock of open wings, the nearer the larger."""
    shade = colour("2f3440") if tint is None else tint
    for at in range(11):
        x, y = chance.normal(0, 0.6), 0.8 + chance.normal(0, 0.34)
        span = 0.1 + 0.018 * at
        flap = float(chance.uniform(0.25, 0.6)) * span
        x, y = float(np.clip(x, -1.1, 1.1)), float(np.clip(y, 0, 1.6))
        top = [
            (x - span, y - flap),
            (x - span * 0.5, y - flap * 1.15),
            (x, y),
            (x + span * 0.5, y - flap * 1.2),
            (x + span, y - flap),
        ]
        under = [
            (x + span * 0.5, y - flap * 0.8),
            (x, y + span * 0.16),
            (x - span * 0.5, y - flap * 0.75),
        ]
        tile.polygon([*spline(top, 6, False), top[-1], *under], shade)


FIGURES = (boat, balloon, rocket, station, fruitbowl, birds)
