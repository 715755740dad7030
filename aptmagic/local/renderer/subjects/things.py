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


def tallship(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """Three masts of square sails on a high wooden hull."""
    sail = colour("f2e8d2") if tint is None else tint
    wood, spar = colour("6a4028"), colour("4a2f20")
    tile.line([(0.86, 1.5), (1.36, 1.16)], 0.035, spar)
    for x, top, half in ((-0.62, 0.1, 0.28), (0.0, -0.3, 0.36), (0.58, 0.05, 0.29)):
        tile.line([(x, top - 0.1), (x, 1.66)], 0.04, spar)
        deck, count = 1.46, 3
        step = (deck - top) / count
        for at in range(count):
            y0, wide = top + at * step, half * (0.62 + 0.19 * at)
            y1 = y0 + step * 0.86
            tile.line([(x - wide * 1.08, y0), (x + wide * 1.08, y0)], 0.024, spar)
            belly = [
                (x - wide, y0), (x + wide, y0), (x + wide * 1.12, (y0 + y1) / 2),
                (x + wide * 1.06, y1), (x, y1 - step * 0.1), (x - wide * 0.98, y1),
                (x - wide * 0.9, (y0 + y1) / 2),
            ]  # fmt: skip
            tile.polygon(belly, sail * (0.93 if at % 2 else 1.0))
            tile.polygon([belly[0], belly[6], belly[5], (x - wide * 0.6, y1)], sail * 0.8)
        tile.polygon([(x, top - 0.1), (x + 0.2, top - 0.05), (x, top)], colour("c8372d"))
    tile.polygon([(0.62, 0.7), (1.3, 1.2), (0.72, 1.38)], sail * 0.88)
    hull = [
        (-1.12, 1.3),
        (-0.82, 1.5),
        (0.7, 1.54),
        (1.02, 1.42),
        (0.82, 1.86),
        (0.56, 2.0),
        (-0.72, 2.0),
        (-1.0, 1.8),
    ]
    tile.polygon(hull, wood)
    tile.polygon([(-1.12, 1.3), (-0.78, 1.3), (-0.74, 1.52), (-0.98, 1.72)], wood * 0.84)
    tile.line([(-1.04, 1.55), (-0.6, 1.66), (0.5, 1.68), (0.93, 1.58)], 0.045, colour("d8ac48"))
    for x in np.arange(-0.56, 0.6, 0.23):
        tile.box(x, 1.75, x + 0.09, 1.83, INK)
    tile.box(-0.98, 1.38, -0.9, 1.46, colour("ffdf94"))


def sofa(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    cloth = colour("4f7f8f") if tint is None else tint
    for x in (-1.0, 1.0):
        tile.box(x - 0.05, 1.86, x + 0.05, 2.0, colour("4a2f20"))
    tile.rounded(-1.08, 0.92, 1.08, 1.7, 0.16, cloth * 0.86)
    for x in (-1, 1):
        tile.rounded(min(0, x) * 0.98 + 0.01, 0.98, max(0, x) * 0.98 - 0.01, 1.56, 0.13, cloth)
        tile.rounded(
            min(0, x) * 0.98 + 0.01,
            1.42,
            max(0, x) * 0.98 - 0.01,
            1.68,
            0.1,
            mix(cloth, WHITE, 0.16),
        )
    tile.rounded(-1.0, 1.64, 1.0, 1.9, 0.05, cloth * 0.72)
    for x in (-1.14, 1.14):
        tile.rounded(x - 0.2, 1.2, x + 0.2, 1.92, 0.14, cloth * 0.93)
        tile.ellipse(x, 1.32, 0.17, 0.12, mix(cloth, WHITE, 0.14))


def bench(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    wood = colour("9a6a3f") if tint is None else tint
    iron = colour("2e3238")
    for x in (-0.86, 0.86):
        tile.line([(x, 1.1), (x * 1.02, 1.62), (x * 1.1, 2.0)], 0.06, iron)
        tile.line([(x, 1.58), (x * 0.94, 2.0)], 0.05, iron)
    for y in (1.1, 1.24, 1.38):
        tile.rounded(-1.06, y, 1.06, y + 0.1, 0.03, wood * (1.06 - 0.1 * (y - 1.1)))
    for y, tone in ((1.52, 1.08), (1.61, 0.94)):
        tile.rounded(-1.14, y, 1.14, y + 0.08, 0.03, wood * tone)
    for x in (-1.05, 1.05):
        tile.line([(x, 1.62), (x, 1.42), (x * 0.82, 1.4)], 0.04, iron)


def piano(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """A grand piano with its lid up."""
    case = colour("1d1b20") if tint is None else tint
    shine = mix(case, WHITE, 0.2)
    lid = [(-0.62, 1.2), (-0.95, 0.32), (-0.2, 0.1), (0.62, 0.42), (1.1, 1.12)]
    tile.polygon([*spline(lid, 8, False), lid[-1]], shine)
    tile.line([(0.42, 1.22), (0.3, 0.52)], 0.03, colour("d8ac48"))
    tile.polygon([(-1.14, 1.2), (1.16, 1.14), (1.2, 1.44), (-1.14, 1.56)], case)
    tile.polygon([(-1.08, 1.2), (1.1, 1.14), (0.9, 1.22), (-1.0, 1.28)], colour("b8863a"))
    tile.polygon([(-1.24, 1.34), (-0.2, 1.32), (-0.2, 1.5), (-1.24, 1.54)], colour("f4f0e6"))
    for x in np.arange(-1.16, -0.22, 0.1):
        tile.box(x, 1.34, x + 0.045, 1.43, INK)
    for x in (-1.02, 0.1, 1.02):
        tile.polygon(
            [(x - 0.06, 1.5), (x + 0.06, 1.48), (x + 0.035, 1.98), (x - 0.035, 1.98)], case * 0.9
        )
        tile.ellipse(x, 1.98, 0.045, 0.03, colour("d8ac48"))


def fireworks(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """Three bursts of sparks, each with its falling trails."""
    codes = ("ffdf94", "ff7a9a", "8fd0ff")
    for at, (x, y, reach) in enumerate(((-0.45, 0.6, 0.75), (0.6, 0.25, 0.6), (0.42, 1.25, 0.5))):
        shade = colour(codes[at]) if tint is None else tint
        for ray in range(34):
            angle = ray / 34 * 2 * np.pi + float(chance.normal(0, 0.05))
            far = reach * float(chance.uniform(0.7, 1.0))
            end = (x + np.cos(angle) * far, y + np.sin(angle) * far + 0.12 * far)
            bend = (x + np.cos(angle) * far * 0.6, y + np.sin(angle) * far * 0.6)
            tile.line(
                [(x + np.cos(angle) * far * 0.2, y + np.sin(angle) * far * 0.2), bend], 0.012, shade
            )
            tile.line([bend, end], 0.018, mix(shade, WHITE, 0.35))
            tile.ellipse(*end, 0.024, 0.024, colour("ffdf94"))


def shootingstar(tile: Tile, _tint: Array | None, _chance: Chance) -> None:
    """A bright head with a tail that thins out behind it."""
    for width, shade in ((0.05, "9ab0e0"), (0.03, "d0dcff"), (0.014, "ffdf94")):
        tile.polygon(
            [(-0.9, 1.6 - width * 2), (1.25, 0.35), (-0.9 + width, 1.6 + width * 2)], colour(shade)
        )
    for reach, narrow in ((0.2, 0.035), (0.13, 0.05)):
        tile.polygon(
            [(-0.9 - reach, 1.6), (-0.9, 1.6 - narrow), (-0.9 + reach, 1.6), (-0.9, 1.6 + narrow)],
            colour("ffdf94"),
        )
        tile.polygon(
            [(-0.9, 1.6 - reach), (-0.9 + narrow, 1.6), (-0.9, 1.6 + reach), (-0.9 - narrow, 1.6)],
            colour("ffdf94"),
        )


FIGURES = (
    boat, balloon, rocket, station, fruitbowl, birds, tallship, sofa, bench, piano, fireworks,
    shootingstar,
)  # fmt: skip
