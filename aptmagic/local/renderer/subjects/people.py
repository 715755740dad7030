"""People and those who look like them: astronaut, wanderer, knight, robot, and portraits."""

import numpy as np

from ..colour import WHITE, Array, colour, mix
from ..shapes import spline
from .tile import Tile, arc

INK = colour("20191a")
Chance = np.random.Generator
SKINS = tuple(map(colour, ["f2c9a5", "d9a066", "8d5a3b", "c58c5c", "f0d0b8", "6b4229"]))
HAIRS = tuple(map(colour, ["2b1d16", "5a3520", "a3622f", "1b1b22", "d3a04f", "8a2f22"]))


def _pick(chance: Chance, shades: tuple[Array, ...]) -> Array:
    return shades[int(chance.integers(len(shades)))]


def astronaut(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    suit = colour("dfe3ea") if tint is None else mix(tint, WHITE, 0.35)
    shade, accent, dark = suit * 0.76, colour("e0642f"), colour("30343f")
    tile.box(-0.42, 0.78, 0.42, 1.42, shade)
    tile.mirrored([(0, 0.74), (0.34, 0.78), (0.42, 1.1), (0.38, 1.45), (0, 1.5)], suit)
    arm = [(0.3, 0.82), (0.55, 0.95), (0.72, 1.3), (0.62, 1.4), (0.48, 1.3), (0.36, 1.1)]
    tile.pair(arm, suit)
    tile.pair([(0.58, 1.28), (0.74, 1.26), (0.76, 1.42), (0.62, 1.46)], shade)
    tile.pair([(0.04, 1.42), (0.38, 1.42), (0.36, 1.85), (0.06, 1.85)], suit)
    tile.pair([(0.03, 1.8), (0.38, 1.8), (0.44, 2.0), (0.03, 2.0)], dark)
    tile.box(-0.2, 1.0, 0.2, 1.22, dark)
    for x, code in ((-0.1, "3fd07a"), (0.02, "e2483d"), (0.12, "f2c53d")):
        tile.ellipse(x, 1.1, 0.035, 0.035, colour(code))
    tile.pair([(0.38, 0.86), (0.52, 0.96), (0.48, 1.04), (0.36, 0.96)], accent)
    _helmet(tile, 0.42, 0.42, suit, shade, accent)


def _helmet(tile: Tile, y: float, radius: float, suit: Array, shade: Array, accent: Array) -> None:
    dark = colour("30343f")
    for side in (-1, 1):
        x = side * radius
        tile.ellipse(x * 0.98, y + 0.04, radius * 0.16, radius * 0.3, mix(shade, dark, 0.3))
        tile.ellipse(x * 1.02, y + 0.04, radius * 0.08, radius * 0.2, accent)
    tile.ellipse(0, y, radius, radius, suit)
    tile.ellipse(0, y + radius * 0.06, radius * 0.84, radius * 0.74, mix(shade, dark, 0.5))
    tile.glass = (0, y + radius * 0.07, radius * 0.78, radius * 0.67)
    tile.ellipse(*tile.glass, colour("0d1430"))


def astronaut_portrait(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    suit = colour("d7dce5") if tint is None else mix(tint, WHITE, 0.35)
    shade, accent, dark = suit * 0.76, colour("e0642f"), colour("30343f")
    tile.mirrored([(0, 1.2), (0.45, 1.2), (0.95, 1.42), (1.25, 1.8), (1.35, 2.3), (0, 2.3)], suit)
    sleeve = [(0.72, 1.38), (1.1, 1.55), (1.28, 1.95), (1.34, 2.3), (0.98, 2.3), (0.92, 1.9)]
    tile.pair(sleeve, shade)
    tile.pair([(0.86, 1.5), (1.02, 1.58), (1.16, 1.86), (1.02, 1.9)], accent)
    tile.box(-0.36, 1.72, 0.36, 2.12, mix(shade, dark, 0.25))
    tile.box(-0.3, 1.78, 0.05, 1.98, dark)
    for at, code in enumerate(("3fd07a", "f2c53d", "e2483d")):
        tile.ellipse(0.13 + at * 0.09, 1.84, 0.03, 0.03, colour(code))
    tile.box(0.1, 1.94, 0.32, 2.03, accent)
    pulse = [(-0.26, 1.93), (-0.18, 1.85), (-0.1, 1.9), (-0.02, 1.82)]
    tile.line(pulse, 0.016, colour("5fe0ff"))
    for side in (-1, 1):
        hose = [(side * x, y) for x, y in ((0.36, 1.98), (0.62, 2.05), (0.74, 1.7), (0.5, 1.33))]
        tile.line(spline(hose, 12, False), 0.075, mix(shade, dark, 0.45))
    tile.ellipse(0, 1.24, 0.62, 0.17, mix(shade, dark, 0.35))
    tile.ellipse(0, 1.21, 0.58, 0.14, shade)
    _helmet(tile, 0.66, 0.68, suit, shade, accent)


def portrait(tile: Tile, tint: Array | None, chance: Chance, word: str = "") -> None:
    """Head and shoulders of someone; the word may say whether of a man or a woman."""
    skin, hair = _pick(chance, SKINS), _pick(chance, HAIRS)
    cloth = colour("2f5d7c") if tint is None else tint
    long_hair = {"woman": True, "girl": True, "lady": True, "man": False, "boy": False}.get(
        word, bool(chance.random() < 0.5)
    )
    if long_hair:
        locks = [(0, 0.02), (0.42, 0.1), (0.64, 0.5), (0.66, 1.0), (0.74, 1.5), (0.4, 1.62)]
        tile.mirrored([*locks, (0, 1.5)], hair)
    tile.mirrored([(0, 1.42), (0.3, 1.46), (0.8, 1.62), (1.05, 2.0), (1.1, 2.3), (0, 2.3)], cloth)
    tile.mirrored([(0, 1.0), (0.2, 1.0), (0.2, 1.4), (0.34, 1.5), (0, 1.78)], skin * 0.84)
    tile.mirrored([(0, 0.18), (0.34, 0.26), (0.45, 0.6), (0.4, 0.95), (0.22, 1.2), (0, 1.28)], skin)
    tile.pair([(0.43, 0.62), (0.52, 0.6), (0.52, 0.78), (0.43, 0.86)], skin * 0.9)
    tile.blob(
        [(-0.47, 0.68), (-0.5, 0.3), (-0.25, 0.05), (0.1, 0.0), (0.42, 0.14), (0.52, 0.45),
         (0.47, 0.68), (0.4, 0.42), (0.1, 0.36), (-0.12, 0.28), (-0.36, 0.45)], hair,
    )  # fmt: skip
    _features(tile, skin, hair)


def _features(tile: Tile, skin: Array, hair: Array) -> None:
    blush = mix(skin, colour("e0604f"), 0.3)
    for side in (-1, 1):
        brow = [(side * 0.1, 0.6), (side * 0.2, 0.56), (side * 0.3, 0.6)]
        tile.line(spline(brow, 6, False), 0.03, hair * 0.8)
        tile.ellipse(side * 0.2, 0.7, 0.06, 0.045, colour("f8f3ea"))
        tile.ellipse(side * 0.2, 0.7, 0.042, 0.044, INK)
        tile.ellipse(side * 0.2 + 0.015, 0.688, 0.014, 0.013, WHITE)
        tile.ellipse(side * 0.27, 0.88, 0.08, 0.055, blush)
    tile.line(spline([(0, 0.7), (-0.03, 0.84), (0.04, 0.87)], 6, False), 0.02, skin * 0.72)
    lips = mix(skin, colour("b02f3a"), 0.6)
    tile.blob([(-0.12, 1.0), (0, 0.985), (0.12, 1.0), (0, 1.06)], lips)


def person(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A wanderer in a long coat, seen from behind, with a scarf and a shadow of a bag."""
    coats = tuple(map(colour, ["b5482f", "2f4f6f", "3f5a3a", "6a3f5f", "9a6a2f"]))
    coat = _pick(chance, coats) if tint is None else tint
    hair, skin = _pick(chance, HAIRS), _pick(chance, SKINS)
    tile.pair([(0.04, 1.4), (0.2, 1.4), (0.18, 1.92), (0.05, 1.92)], colour("2b2f3a"))
    tile.pair([(0.03, 1.88), (0.2, 1.88), (0.22, 2.0), (0.03, 2.0)], INK)
    tile.mirrored([(0, 0.44), (0.22, 0.5), (0.3, 0.95), (0.38, 1.56), (0, 1.6)], coat)
    tile.pair([(0.2, 0.52), (0.33, 0.64), (0.4, 1.08), (0.33, 1.12), (0.24, 0.8)], coat * 0.82)
    tile.pair([(0.33, 1.08), (0.41, 1.06), (0.4, 1.17), (0.34, 1.17)], skin)
    tile.line([(0, 1.0), (0, 1.58)], 0.015, coat * 0.7)
    tile.mirrored([(0, 0.1), (0.15, 0.14), (0.19, 0.3), (0.1, 0.47), (0, 0.5)], skin)
    tile.mirrored([(0, 0.06), (0.17, 0.11), (0.21, 0.28), (0.15, 0.43), (0, 0.4)], hair)
    scarf = mix(coat, colour("f2e2c8"), 0.75)
    tile.blob([(-0.19, 0.44), (0.19, 0.44), (0.21, 0.55), (0, 0.6), (-0.21, 0.55)], scarf)
    tile.blob([(0.1, 0.52), (0.22, 0.52), (0.3, 0.9), (0.2, 0.92)], scarf * 0.92)


def conical_hat(tile: Tile) -> None:
    """A hat of palm leaves, on a head drawn by `person`."""
    straw = colour("e8d3a0")
    tile.polygon([(0, -0.2), (0.48, 0.24), (0, 0.31), (-0.48, 0.24)], straw)
    tile.polygon([(0, -0.2), (0.48, 0.24), (0, 0.31)], straw * 0.86)
    for share in (0.35, 0.6, 0.85):
        half, y = 0.48 * share, -0.2 + 0.44 * share
        tile.line([(-half, y), (0, y + 0.07 * share), (half, y)], 0.012, straw * 0.7)


def conicalhat(tile: Tile, _tint: Array | None, _chance: Chance) -> None:
    """The hat alone, as it lies on a table."""
    straw = colour("e8d3a0")
    tile.polygon([(0, 0.9), (1.1, 1.86), (0, 2.0), (-1.1, 1.86)], straw)
    tile.polygon([(0, 0.9), (1.1, 1.86), (0, 2.0)], straw * 0.86)
    for share in (0.3, 0.5, 0.7, 0.9):
        half, y = 1.1 * share, 0.9 + 0.96 * share
        tile.line([(-half, y), (0, y + 0.14 * share), (half, y)], 0.02, straw * 0.7)


def aodai(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A woman in a long split tunic over wide trousers, under a hat of palm leaves."""
    silk = colour("f4f0ec") if tint is None else tint
    hair, skin = colour("1f1714"), SKINS[int(chance.integers(2)) * 4]
    tile.mirrored([(0, 0.1), (0.18, 0.14), (0.22, 0.6), (0.2, 1.15), (0, 1.2)], hair)
    tile.pair([(0.03, 1.3), (0.24, 1.3), (0.3, 1.95), (0.06, 1.95)], mix(silk, WHITE, 0.6) * 0.94)
    tile.pair([(0.08, 1.93), (0.2, 1.93), (0.22, 2.0), (0.07, 2.0)], colour("5a3a30"))
    tile.mirrored([(0, 0.5), (0.2, 0.54), (0.17, 0.86), (0.24, 1.1), (0, 1.14)], silk)
    tile.polygon([(-0.23, 1.02), (0.1, 1.05), (0.16, 1.86), (-0.36, 1.82)], silk)
    tile.polygon([(0.08, 1.04), (0.23, 1.02), (0.34, 1.78), (0.2, 1.84)], silk * 0.84)
    tile.pair([(0.18, 0.56), (0.28, 0.64), (0.33, 1.06), (0.27, 1.08), (0.2, 0.8)], silk * 0.9)
    tile.pair([(0.27, 1.05), (0.33, 1.03), (0.33, 1.14), (0.28, 1.14)], skin)
    tile.mirrored([(0, 0.44), (0.08, 0.46), (0.09, 0.54), (0, 0.56)], skin * 0.9)
    tile.mirrored([(0, 0.12), (0.14, 0.16), (0.15, 0.34), (0.07, 0.47), (0, 0.48)], skin)
    for side in (-1, 1):
        tile.ellipse(side * 0.065, 0.33, 0.018, 0.022, INK)
    tile.line([(-0.035, 0.415), (0, 0.425), (0.035, 0.415)], 0.016, colour("b03a44"))
    tile.line([(0.14, 0.24), (0.1, 0.46), (0, 0.5), (-0.1, 0.46), (-0.14, 0.24)], 0.008, silk * 0.7)
    conical_hat(tile)


def umbrella(tile: Tile, tint: Array | None, chance: Chance) -> None:
    person(tile, colour("23304a"), chance)
    silk = colour("e8324f") if tint is None else tint
    tile.line([(0.3, 1.1), (0.1, -0.2)], 0.025, INK)
    dome = arc(0.1, 0.18, 0.78, 0.46, 0.5, 1.0)
    hem = [(0.88 - 0.26 * at, 0.18 - (0.06 if at % 2 else 0)) for at in range(7)]
    tile.polygon([*dome, *hem], silk)
    tile.polygon(
        [*arc(0.1, 0.18, 0.78, 0.46, 0.75, 1.0, 12), (0.62, 0.12), (0.36, 0.18), (0.1, 0.12)],
        silk * 0.82,
    )
    tile.line([(0.1, -0.27), (0.1, -0.36)], 0.03, INK)


def samurai(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    plate = colour("9c2a2a") if tint is None else tint
    cloth, gold = colour("2a2c3a"), colour("d8ac48")
    tile.line([(-0.95, 1.62), (-0.2, 1.12)], 0.05, colour("3a2a22"))
    tile.line([(-0.25, 1.16), (0.0, 1.0)], 0.05, gold)
    tile.pair([(0.04, 1.35), (0.42, 1.3), (0.46, 1.86), (0.08, 1.9)], cloth)
    tile.pair([(0.1, 1.84), (0.38, 1.84), (0.42, 2.0), (0.08, 2.0)], INK)
    tile.mirrored([(0, 0.72), (0.34, 0.76), (0.36, 1.1), (0.5, 1.5), (0, 1.5)], plate)
    for y in (0.92, 1.06, 1.2, 1.34):
        tile.line([(-0.4, y), (0.4, y)], 0.022, plate * 0.6)
    for at in range(4):
        y = 0.74 + at * 0.13
        tile.pair(
            [(0.3, y), (0.62, y + 0.02), (0.68, y + 0.16), (0.36, y + 0.15)],
            plate * (0.92 - 0.1 * (at % 2)),
            False,
        )
    tile.box(-0.34, 1.16, 0.34, 1.22, gold)
    tile.mirrored([(0, 0.3), (0.2, 0.34), (0.22, 0.58), (0.1, 0.74), (0, 0.76)], colour("e2b48c"))
    tile.mirrored([(0, 0.55), (0.22, 0.53), (0.2, 0.72), (0, 0.8)], INK)
    tile.mirrored(
        [(0, 0.06), (0.26, 0.14), (0.3, 0.38), (0.46, 0.56), (0.3, 0.44), (0, 0.38)], plate * 0.8
    )
    tile.pair([(0.03, 0.2), (0.2, 0.1), (0.34, -0.24), (0.26, 0.12), (0.1, 0.26)], gold)
    for side in (-1, 1):
        tile.ellipse(side * 0.09, 0.46, 0.03, 0.02, INK)


def knight(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    steel, cape = colour("aab3c2"), colour("b5303a") if tint is None else tint
    dark = steel * 0.66
    tile.blob(
        [(-0.35, 0.75), (0.35, 0.75), (0.62, 1.5), (0.55, 1.94), (-0.5, 1.94), (-0.58, 1.5)], cape
    )
    tile.pair([(0.05, 1.35), (0.28, 1.35), (0.26, 1.9), (0.07, 1.9)], steel)
    tile.pair([(0.04, 1.84), (0.28, 1.84), (0.34, 2.0), (0.03, 2.0)], dark)
    tile.mirrored([(0, 0.7), (0.3, 0.74), (0.36, 1.05), (0.3, 1.42), (0, 1.5)], steel)
    tile.mirrored([(0, 1.22), (0.3, 1.22), (0.34, 1.5), (0, 1.62)], cape * 0.9)
    tile.pair([(0.24, 0.72), (0.5, 0.74), (0.52, 0.98), (0.3, 0.96)], dark)
    tile.pair([(0.34, 0.92), (0.5, 0.92), (0.5, 1.34), (0.36, 1.34)], steel)
    tile.mirrored([(0, 0.1), (0.24, 0.16), (0.28, 0.5), (0.2, 0.74), (0, 0.78)], steel)
    tile.box(-0.22, 0.4, 0.22, 0.46, INK)
    tile.line([(0, 0.3), (0, 0.74)], 0.03, dark)
    tile.blob(
        [(0, 0.12), (0.06, -0.22), (0.34, -0.3), (0.5, -0.02), (0.3, -0.08), (0.1, 0.1)], cape
    )
    _sword_and_shield(tile, steel, cape)


def _sword_and_shield(tile: Tile, steel: Array, cape: Array) -> None:
    gold = colour("d8ac48")
    blade = [(0.43, 1.2), (0.53, 1.2), (0.52, 0.05), (0.48, -0.06), (0.44, 0.05)]
    tile.polygon(blade, mix(steel, WHITE, 0.5))
    tile.box(0.32, 1.18, 0.64, 1.24, gold)
    tile.box(0.45, 1.22, 0.51, 1.42, colour("5a3a28"))
    shield = [(-0.78, 1.0), (-0.45, 0.94), (-0.14, 1.0), (-0.16, 1.4), (-0.45, 1.7), (-0.75, 1.4)]
    tile.blob(shield, gold)
    tile.blob([(-0.45 + (x + 0.45) * 0.84, 1.3 + (y - 1.3) * 0.84) for x, y in shield], cape)
    tile.line([(-0.45, 1.02), (-0.45, 1.58)], 0.05, gold)
    tile.line([(-0.68, 1.22), (-0.22, 1.22)], 0.05, gold)


def robot(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    shell = colour("8fb2c2") if tint is None else tint
    dark, glow = shell * 0.6, colour("5ff0ff")
    tile.line([(0, 0.2), (0, -0.02)], 0.04, dark)
    tile.ellipse(0, -0.03, 0.07, 0.07, colour("ff6a4a"))
    tile.blob(
        [(-0.46, 0.2), (0.46, 0.2), (0.5, 0.5), (0.46, 0.84), (-0.46, 0.84), (-0.5, 0.5)], shell
    )
    tile.blob([(-0.36, 0.32), (0.36, 0.32), (0.38, 0.68), (-0.38, 0.68)], colour("131b2b"))
    for side in (-1, 1):
        tile.ellipse(side * 0.18, 0.49, 0.1, 0.1, glow)
        tile.ellipse(side * 0.18 + 0.03, 0.46, 0.03, 0.03, WHITE)
        tile.box(side * 0.46, 0.4, side * 0.56, 0.64, dark)
        tile.line([(side * 0.5, 1.1), (side * 0.78, 1.3), (side * 0.72, 1.6)], 0.13, dark)
        tile.ellipse(side * 0.72, 1.64, 0.1, 0.1, shell)
        tile.box(side * 0.1, 1.66, side * 0.34, 1.9, dark)
        tile.box(side * 0.06, 1.88, side * 0.38, 2.0, shell)
    tile.curve([(-0.12, 0.6), (0, 0.64), (0.12, 0.6)], 0.03, glow)
    tile.box(-0.14, 0.84, 0.14, 0.98, dark)
    tile.mirrored([(0, 0.96), (0.44, 0.98), (0.5, 1.3), (0.42, 1.68), (0, 1.7)], shell)
    tile.ellipse(0, 1.3, 0.2, 0.2, dark)
    tile.ellipse(0, 1.3, 0.13, 0.13, colour("ffb347"))


def ballerina(tile: Tile, tint: Array | None, chance: Chance) -> None:
    silk = colour("f2a8bf") if tint is None else tint
    skin, hair = _pick(chance, SKINS), _pick(chance, HAIRS)
    tile.curve([(0.02, 1.15), (0.04, 1.5), (0.0, 1.92)], 0.1, skin)
    tile.blob([(-0.05, 1.84), (0.06, 1.84), (0.02, 2.02), (-0.02, 2.02)], silk * 0.85)
    tile.curve([(0.02, 1.2), (0.42, 1.34), (0.05, 1.56)], 0.09, skin)
    tile.curve([(0.1, 0.66), (0.42, 0.4), (0.2, 0.02)], 0.07, skin)
    tile.curve([(-0.1, 0.66), (-0.46, 0.5), (-0.62, 0.2)], 0.07, skin)
    for wide, y, share in ((0.86, 1.14, 0.78), (0.74, 1.1, 0.92), (0.6, 1.06, 1.0)):
        hem = [(0.0, 0.94), (0.3, 0.98), (wide, y), (wide * 0.7, y + 0.1), (0, y + 0.14)]
        tile.mirrored(hem, mix(silk, WHITE, 0.25) * share)
    tile.mirrored([(0, 0.62), (0.15, 0.64), (0.1, 0.86), (0.16, 1.02), (0, 1.06)], silk * 0.9)
    tile.box(-0.045, 0.46, 0.045, 0.66, skin * 0.92)
    tile.ellipse(0, 0.34, 0.14, 0.17, skin)
    tile.mirrored([(0, 0.14), (0.13, 0.19), (0.16, 0.34), (0.1, 0.26), (0, 0.24)], hair)
    tile.ellipse(0, 0.13, 0.085, 0.075, hair)
    for side in (-1, 1):
        tile.ellipse(side * 0.05, 0.35, 0.014, 0.012, INK)


def child(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A child that stands and waves, seen from the front."""
    shirts = tuple(map(colour, ["e8503f", "3f8fd0", "f2b53a", "4fa86a", "b56fd0"]))
    shirt = _pick(chance, shirts) if tint is None else tint
    skin, hair = _pick(chance, SKINS), _pick(chance, HAIRS)
    plaits = chance.random() < 0.5
    if plaits:
        tile.pair([(0.28, 0.3), (0.5, 0.5), (0.5, 0.86), (0.38, 0.9), (0.34, 0.6)], hair)
    tile.pair([(0.04, 1.45), (0.24, 1.45), (0.23, 1.92), (0.07, 1.92)], colour("3f4f7a"))
    tile.pair([(0.04, 1.86), (0.26, 1.86), (0.32, 2.0), (0.04, 2.0)], colour("f2f0ea"))
    tile.curve([(0.24, 1.06), (0.5, 0.92), (0.62, 0.66)], 0.13, skin)
    tile.curve([(-0.24, 1.06), (-0.42, 1.26), (-0.44, 1.46)], 0.13, skin)
    tile.mirrored([(0, 0.92), (0.26, 0.96), (0.3, 1.2), (0.3, 1.54), (0, 1.58)], shirt)
    tile.pair([(0.16, 0.94), (0.36, 0.98), (0.42, 1.12), (0.26, 1.18)], shirt * 0.9)
    tile.mirrored([(0, 0.14), (0.3, 0.22), (0.4, 0.52), (0.28, 0.84), (0, 0.92)], skin)
    fringe = [(0, 0.08), (0.34, 0.14), (0.46, 0.46), (0.38, 0.56), (0.3, 0.38), (0, 0.32)]
    tile.mirrored(fringe, hair)
    for side in (-1, 1):
        tile.ellipse(side * 0.15, 0.56, 0.05, 0.06, INK)
        tile.ellipse(side * 0.15 + 0.015, 0.54, 0.016, 0.018, WHITE)
        tile.ellipse(side * 0.25, 0.68, 0.06, 0.04, mix(skin, colour("e0604f"), 0.35))
    tile.curve([(-0.09, 0.71), (0, 0.76), (0.09, 0.71)], 0.025, colour("8a3a35"))


FIGURES = (conicalhat, aodai, astronaut, child, person, umbrella, samurai, knight, robot, ballerina)
