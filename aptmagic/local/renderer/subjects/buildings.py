"""Buildings: lighthouse, cabin, castle, village, windmill, and the two tall ones."""

import numpy as np

from ..colour import WHITE, Array, colour, mix
from ..shapes import spline
from .tile import Tile, arc

INK, GLOW = colour("20191a"), colour("ffdf94")
Chance = np.random.Generator


def lighthouse(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    stripe, cream = colour("c8372d") if tint is None else tint, colour("f8f3ea")
    rocks = [(-1, 2.0), (-0.5, 1.86), (0, 1.9), (0.6, 1.84), (1.1, 2.0), (0.6, 2.12), (-0.6, 2.12)]
    tile.blob(rocks, colour("55504f"))

    def half(y: float) -> float:
        return 0.18 + (y - 0.4) / 1.55 * 0.14

    tile.polygon(
        [(-half(1.95), 1.95), (half(1.95), 1.95), (half(0.4), 0.4), (-half(0.4), 0.4)], cream
    )
    for at in range(0, 6, 2):
        low, high = 1.92 - at * 0.26, 1.66 - at * 0.26
        tile.polygon(
            [(-half(low), low), (half(low), low), (half(high), high), (-half(high), high)], stripe
        )
    tile.box(-0.26, 0.33, 0.26, 0.41, INK)
    tile.box(-0.15, 0.06, 0.15, 0.33, GLOW)
    for x in (-0.15, 0, 0.15):
        tile.line([(x, 0.06), (x, 0.33)], 0.02, INK)
    tile.polygon([(-0.2, 0.07), (0.2, 0.07), (0, -0.18)], stripe)
    tile.box(-0.07, 1.7, 0.07, 1.95, INK)


def cabin(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    log = colour("7a4e34") if tint is None else tint
    tile.box(0.34, 0.5, 0.54, 1.0, colour("8a8078"))
    tile.box(-0.75, 1.2, 0.75, 2.0, log)
    for y in np.arange(1.28, 2, 0.1):
        tile.line([(-0.75, y), (0.75, y)], 0.012, log * 0.7)
    tile.polygon([(-0.95, 1.26), (0.95, 1.26), (0.62, 0.68), (-0.62, 0.68)], log * 0.55)
    tile.polygon([(-0.95, 1.25), (0.95, 1.25), (0.95, 1.31), (-0.95, 1.31)], log * 0.4)
    tile.box(-0.15, 1.5, 0.15, 2.0, log * 0.42)
    tile.ellipse(0.09, 1.76, 0.018, 0.018, colour("d8ac48"))
    for x in (-0.48, 0.48):
        _window(tile, x, 1.6, 0.17, log * 0.4)


def _window(tile: Tile, x: float, y: float, half: float, frame: Array, glow: Array = GLOW) -> None:
    tile.box(x - half - 0.02, y - half - 0.02, x + half + 0.02, y + half + 0.02, frame)
    tile.box(x - half, y - half, x + half, y + half, glow)
    tile.line([(x, y - half), (x, y + half)], 0.022, frame)
    tile.line([(x - half, y), (x + half, y)], 0.022, frame)


def castle(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    stone = colour("b3aeb8") if tint is None else tint
    roof = colour("3f5288")
    _turret(tile, -0.14, 0.18, 0.62, stone, roof)
    _turret(tile, 0.3, 0.13, 0.85, stone * 0.92, roof)
    _turret(tile, -0.46, 0.11, 0.98, stone * 0.96, roof)
    tile.box(-0.82, 1.32, 0.82, 2.0, stone * 0.93)
    for at in range(10):
        tile.box(-0.82 + at * 0.17, 1.24, -0.73 + at * 0.17, 1.33, stone * 0.93)
    for y in np.arange(1.42, 2.0, 0.14):
        for x in np.arange(-0.7, 0.7, 0.28):
            tile.box(x + (y * 7 % 1) * 0.14, y, x + 0.1 + (y * 7 % 1) * 0.14, y + 0.02, stone * 0.8)
    _turret(tile, -0.8, 0.18, 1.02, stone, roof)
    _turret(tile, 0.8, 0.18, 1.02, stone * 0.88, roof)
    tile.mirrored([(0, 1.54), (0.17, 1.64), (0.18, 2.0), (0, 2.0)], stone * 0.3)


def _turret(tile: Tile, x: float, half: float, top: float, stone: Array, roof: Array) -> None:
    tile.box(x - half, top, x + half, 2.0, stone)
    tile.box(x - half * 1.2, top - 0.02, x + half * 1.2, top + 0.06, stone * 0.8)
    peak = top - half * 2.7
    tile.polygon([(x - half * 1.35, top), (x + half * 1.35, top), (x, peak)], roof)
    tile.polygon([(x, top), (x + half * 1.35, top), (x, peak)], roof * 0.8)
    tile.line([(x, peak), (x, peak - half * 0.9)], 0.02, INK)
    tile.polygon(
        [(x, peak - half * 0.9), (x + half, peak - half * 0.65), (x, peak - half * 0.4)],
        colour("c8372d"),
    )
    tile.box(x - half * 0.24, top + 0.16, x + half * 0.24, top + 0.36, GLOW)


def village(tile: Tile, tint: Array | None, chance: Chance) -> None:
    """A huddle of gabled houses around a church, the far ones first."""
    roofs = [colour(code) for code in ("8a4a3a", "5f4a55", "7a5a3a", "4a5a6a")]
    if tint is not None:
        roofs = [tint]
    _church(tile, 0.12, roofs[0])
    for x, y, size in (
        (-0.75, 1.78, 0.3),
        (0.72, 1.78, 0.3),
        (-0.3, 1.84, 0.34),
        (0.42, 1.88, 0.36),
        (-0.98, 1.94, 0.4),
        (0.98, 1.96, 0.4),
        (-0.5, 2.0, 0.46),
        (0.14, 2.0, 0.42),
        (0.66, 2.02, 0.44),
    ):
        wall = mix(colour("f0e2c8"), colour("c9a27c"), float(chance.random()))
        _house(tile, x, y, size, wall, roofs[int(chance.integers(len(roofs)))])


def _house(tile: Tile, x: float, foot: float, size: float, wall: Array, roof: Array) -> None:
    half, top = size / 2, foot - size * 0.62
    tile.box(x - half * 0.86, top, x + half * 0.86, foot, wall)
    tile.polygon(
        [
            (x - half, top + 0.01),
            (x + half, top + 0.01),
            (x + half * 0.6, top - size * 0.48),
            (x - half * 0.6, top - size * 0.48),
        ],
        roof,
    )
    tile.box(x + half * 0.25, top - size * 0.62, x + half * 0.45, top - size * 0.3, wall * 0.7)
    for side in (-0.45, 0.45):
        _window(tile, x + half * side, top + size * 0.24, size * 0.085, wall * 0.5)
    tile.box(x - size * 0.07, foot - size * 0.26, x + size * 0.07, foot, roof * 0.6)


def _church(tile: Tile, x: float, roof: Array) -> None:
    wall = colour("e6dac6")
    tile.box(x - 0.13, 0.95, x + 0.13, 1.85, wall)
    tile.polygon([(x - 0.17, 0.96), (x + 0.17, 0.96), (x, 0.35)], roof)
    tile.line([(x, 0.36), (x, 0.2)], 0.02, INK)
    tile.line([(x - 0.05, 0.26), (x + 0.05, 0.26)], 0.02, INK)
    _window(tile, x, 1.16, 0.055, wall * 0.5)


def haunted(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    wall = colour("4a4258") if tint is None else tint
    roof, glow = wall * 0.5, colour("ffb03a")
    tile.polygon([(0.32, 0.4), (0.62, 0.36), (0.68, 2.0), (0.3, 2.0)], wall * 0.85)
    tile.polygon([(0.2, 0.44), (0.72, 0.36), (0.5, -0.34)], roof)
    tile.polygon([(-0.72, 1.02), (0.4, 0.96), (0.42, 2.0), (-0.66, 2.0)], wall)
    tile.polygon([(-0.88, 1.06), (0.48, 0.96), (0.12, 0.42), (-0.5, 0.46)], roof)
    tile.polygon([(-0.4, 0.8), (-0.04, 0.78), (-0.22, 0.3)], roof * 0.8)
    for x, y, half in (
        (-0.22, 0.68, 0.07),
        (-0.45, 1.28, 0.12),
        (0.12, 1.26, 0.12),
        (0.48, 0.74, 0.08),
        (0.5, 1.24, 0.09),
    ):
        _window(tile, x, y, half, roof, glow)
    tile.mirrored([(-0.0, 1.56), (0.14, 1.62), (0.15, 2.0), (0, 2.0)], roof * 0.7)
    for x, reach in ((-1.0, 0.7), (0.98, 0.9)):
        tile.curve([(x, 2.0), (x * 0.97, 1.5), (x * 1.02, 2.0 - reach)], 0.05, INK)
        tile.curve([(x, 1.55), (x * 1.2, 1.3), (x * 1.22, 1.12)], 0.03, INK)
        tile.curve([(x, 1.42), (x * 0.85, 1.22), (x * 0.86, 1.1)], 0.03, INK)


def tower(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """An iron lattice on four legs."""
    iron = colour("7a5c48") if tint is None else tint
    left = [
        (-0.55, 2.0),
        (-0.33, 2.0),
        (-0.13, 1.3),
        (-0.03, 0.4),
        (0, -0.45),
        (-0.05, 0.4),
        (-0.2, 1.2),
    ]
    for side in (-1, 1):
        tile.polygon([(side * x, y) for x, y in left], iron * (1 if side < 0 else 0.84))
    tile.polygon([(-0.05, 0.5), (0.05, 0.5), (0.02, -0.45), (-0.02, -0.45)], iron)
    for y, half in ((1.62, 0.4), (1.18, 0.24), (0.56, 0.1)):
        tile.box(-half, y, half, y + 0.07, iron * 0.8)
        tile.line([(-half, y - 0.02), (half, y - 0.02)], 0.015, mix(iron, GLOW, 0.6))
    for y in np.arange(0.6, 1.6, 0.11):
        half = 0.05 + (y - 0.5) * 0.25
        tile.line([(-half, y), (half, y + 0.1)], 0.016, iron * 0.8)
        tile.line([(half, y), (-half, y + 0.1)], 0.016, iron * 0.8)
    arch = [(-0.34, 2.0), (-0.25, 1.78), (0, 1.7), (0.25, 1.78), (0.34, 2.0)]
    tile.curve(arch, 0.045, iron * 0.9)


def windmill(tile: Tile, tint: Array | None, chance: Chance) -> None:
    wall, cap = colour("efe4d0"), colour("9a4a38") if tint is None else tint
    tile.polygon([(-0.42, 2.0), (0.42, 2.0), (0.26, 0.78), (-0.26, 0.78)], wall)
    tile.mirrored([(0, 0.42), (0.2, 0.52), (0.32, 0.8), (0, 0.86)], cap)
    tile.mirrored([(0, 1.6), (0.11, 1.68), (0.12, 2.0), (0, 2.0)], cap * 0.6)
    _window(tile, 0, 1.2, 0.08, wall * 0.5)
    turn = float(chance.uniform(0.2, 1.2))
    for at in range(4):
        angle = turn + at * np.pi / 2
        along = np.array([np.cos(angle), np.sin(angle)])
        aside = np.array([-along[1], along[0]])
        hub = np.array([0, 0.7])
        sail = [hub + along * 0.2, hub + along * 1.0, hub + along * 1.0 + aside * 0.22]
        tile.polygon([*sail, hub + along * 0.2 + aside * 0.22], mix(wall, WHITE, 0.5))
        tile.line([hub, hub + along * 1.02], 0.035, colour("5a3d2b"))
        for step in (0.4, 0.6, 0.8):
            tile.line(
                [hub + along * step, hub + along * step + aside * 0.22], 0.014, colour("5a3d2b")
            )
    tile.ellipse(0, 0.7, 0.06, 0.06, colour("5a3d2b"))


def bridge(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """Three stone arches, a parapet, and the water that they stand in."""
    stone = colour("a89c8c") if tint is None else tint
    dark = stone * 0.62
    deck = [(-1.36, 1.42), (-0.7, 1.14), (0, 1.04), (0.7, 1.14), (1.36, 1.42)]
    foot = [(1.36, 2.0), (-1.36, 2.0)]
    tile.polygon([*spline(deck, 8, False), deck[-1], *foot], stone)
    for y in (1.34, 1.5, 1.66, 1.82):
        for x in np.arange(-1.3, 1.3, 0.2):
            shift = 0.1 * (round(y * 100) // 16 % 2)
            if y > 1.12 + 0.22 * abs(x):
                tile.box(x + shift, y, x + shift + 0.16, y + 0.022, stone * 0.86)
    for x, half, top in ((-0.84, 0.26, 1.5), (0, 0.34, 1.3), (0.84, 0.26, 1.5)):
        arch = arc(x, top + half, half, half, 0.5, 1.0)
        ring = arc(x, top + half, half + 0.07, half + 0.07, 0.5, 1.0)
        tile.polygon([*ring, (x + half + 0.07, 2.01), (x - half - 0.07, 2.01)], stone * 0.78)
        tile.hole([*arch, (x + half, 2.3), (x - half, 2.3)])
    rail = [(x, y - 0.1) for x, y in deck]
    tile.line(spline(deck, 8, False), 0.07, mix(stone, WHITE, 0.25))
    tile.line(spline(rail, 8, False), 0.045, dark)
    for x in np.arange(-1.3, 1.31, 0.145):
        y = 1.04 + 0.165 * min(abs(x), 0.7) / 0.7 * 0.62 + 0.4 * max(0, abs(x) - 0.7)
        tile.box(x - 0.018, y - 0.1, x + 0.018, y + 0.02, dark)


def keep(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    """A round stone tower with battlements under a pointed roof."""
    stone = colour("b0a698") if tint is None else tint
    roof = colour("7c3f38")
    tile.polygon([(-0.42, 2.0), (0.42, 2.0), (0.34, 0.62), (-0.34, 0.62)], stone)
    tile.polygon([(0.1, 2.0), (0.42, 2.0), (0.34, 0.62), (0.08, 0.62)], stone * 0.88)
    for row, y in enumerate(np.arange(0.8, 1.95, 0.13)):
        for x in np.arange(-0.34, 0.3, 0.17):
            tile.box(x + 0.08 * (row % 2), y, x + 0.08 * (row % 2) + 0.1, y + 0.018, stone * 0.78)
    tile.box(-0.46, 0.46, 0.46, 0.64, stone * 0.94)
    for at in range(6):
        tile.box(-0.46 + at * 0.167, 0.36, -0.37 + at * 0.167, 0.48, stone * 0.94)
    tile.polygon([(-0.36, 0.4), (0.36, 0.4), (0, -0.4)], roof)
    tile.polygon([(0, 0.4), (0.36, 0.4), (0, -0.4)], roof * 0.8)
    tile.line([(0, -0.38), (0, -0.5)], 0.022, INK)
    tile.polygon([(0, -0.5), (0.2, -0.44), (0, -0.38)], colour("d8ac48"))
    for x, y in ((-0.14, 0.9), (0.16, 1.22), (-0.1, 1.5)):
        tile.mirrored_at(
            x, [(0, y), (0.055, y + 0.05), (0.055, y + 0.2), (0, y + 0.2)], stone * 0.4
        )
        tile.box(x - 0.035, y + 0.06, x + 0.035, y + 0.19, GLOW)
    tile.mirrored([(0, 1.66), (0.13, 1.74), (0.14, 2.0), (0, 2.0)], stone * 0.34)


def tent(tile: Tile, tint: Array | None, _chance: Chance) -> None:
    cloth = colour("d9822f") if tint is None else tint
    tile.polygon([(-1.1, 2.0), (-0.35, 0.95), (0.45, 0.95), (1.15, 2.0)], cloth * 0.8)
    tile.polygon([(-1.1, 2.0), (-0.35, 0.95), (0.4, 2.0)], cloth)
    tile.polygon([(-0.62, 2.0), (-0.35, 1.15), (-0.06, 2.0)], cloth * 0.3)
    tile.polygon([(-0.62, 2.0), (-0.35, 1.15), (-0.46, 2.0)], mix(cloth, WHITE, 0.45))
    tile.line([(-0.35, 0.95), (0.45, 0.95)], 0.03, mix(cloth, WHITE, 0.4))
    tile.line([(0.45, 0.95), (1.3, 1.98)], 0.014, INK)
    tile.line([(-0.35, 0.95), (-1.3, 1.98)], 0.014, INK)


FIGURES = (lighthouse, cabin, castle, village, haunted, tower, windmill, bridge, keep, tent)
