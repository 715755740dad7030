"""Trees: pines in rows, broad crowns, bare trunks and bamboo."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix, smooth
from ..noise import lattice
from ..shapes import Mask

# By quality: the tiers of a pine, the leaves of a crown.
TIERS = (5, 9, 12)
LEAVES = (26, 64, 110)


def pines(
    stage: Scene, line: Array, shade: Array, name: str, *, low: float, high: float, count: int,
    gap: tuple[float, float] | None = None, misty: float = 0.25,
) -> None:  # fmt: skip
    """A row of pines on the line, in heights of the picture; gap leaves (centre, half width)."""
    if not stage.plan.shows("trees"):
        return
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    tiers, twigs = TIERS[canvas.detail], canvas.stream(name + "twigs")
    fineness = 1 if high < 0.1 else 2
    wood = Mask(canvas.width, canvas.height, fineness)
    snow = Mask(canvas.width, canvas.height, fineness) if stage.snowy else None
    for x in np.sort(chance.random(count)):
        if gap and abs(x - gap[0]) < gap[1] * chance.uniform(0.75, 1.25):
            continue
        tall = chance.uniform(low, high) * canvas.height
        foot = float(line[int(x * (canvas.width - 1))]) * canvas.height + 2
        _pine(wood, snow, (x * canvas.width, foot, tall), tiers, twigs)
    mask = wood.values()
    rows = canvas.rows_from(float(line.min()) - high - 0.02, float(line.max()) + 0.02)
    needles = _needles(stage, shade, rows, chance, float(line.max()), high, misty)
    canvas.over_rows(rows, needles, mask[rows])
    if snow:
        canvas.over(stage.snow()[0], snow.values() * mask * (0.86 - 0.5 * misty))


def _needles(
    stage: Scene,
    shade: Array,
    rows: slice,
    chance: np.random.Generator,
    foot: float,
    high: float,
    misty: float,
) -> Array:
    canvas = stage.canvas
    speckle = canvas.fractal(f"needles{misty}", 34, 34, rows, octaves=3)
    shades = shade * (0.78 + 0.55 * (speckle - 0.3))[..., None]
    if stage.plan.has("autumn"):
        spots = smooth(0.4, 0.6, lattice(chance, rows.stop - rows.start, canvas.width, 3, 30))
        rust = stage.lit(colour("d0702c")) * (0.55 + 0.7 * speckle)[..., None]
        shades = mix(shades, rust, (spots * (0.9 - 0.6 * misty))[..., None])
    lift = smooth(high, 0, foot - canvas.y[rows]) * misty
    return mix(shades, stage.light.haze, lift[..., None])


def _pine(
    wood: Mask,
    snow: Mask | None,
    place: tuple[float, float, float],
    tiers: int,
    chance: np.random.Generator,
) -> None:
    x, foot, tall = place
    wood.polygon(_box(x, foot - tall * 0.1, tall * 0.014, tall * 0.1))
    for tier in range(tiers):
        up = tier / tiers
        y = foot - tall * (0.07 + 0.93 * up)
        half = tall * 0.17 * (1 - up) ** 0.9 * chance.uniform(0.92, 1.08)
        top = y - tall * 0.93 / tiers * 1.9
        droop = tall * (0.022 * (1 - up) + 0.004)
        wood.polygon(_skirt(x, y, top, half, tall, droop))
        if snow:
            for side in (-1, 1):
                share = chance.uniform(0.55, 0.95)
                snow.polygon(_snow_on(x, y, top, side * half, tall, droop, share))


def _box(x: float, top: float, half: float, tall: float) -> list[tuple[float, float]]:
    return [(x - half, top), (x + half, top), (x + half, top + tall), (x - half, top + tall)]


def _skirt(
    x: float, y: float, top: float, half: float, tall: float, droop: float
) -> list[tuple[float, float]]:
    edge = [(0.45, -tall * 0.03), (1, droop), (0.62, droop * 0.2), (0.3, droop * 0.9)]
    right = [(x + half * out, y + down) for out, down in edge]
    left = [(x - half * out, y + down) for out, down in reversed(edge)]
    return [(x, top), *right, (x, y + droop * 0.3), *left]


def _snow_on(
    x: float, y: float, top: float, half: float, tall: float, droop: float, share: float
) -> list[tuple[float, float]]:
    thick = tall * 0.013
    return [
        (x + half * 0.08, top + (y - top) * 0.35),
        (x + half * 0.45, y - tall * 0.03),
        (x + half * 0.97, y + droop),
        (x + half * share, y + droop * 0.1 + thick * 0.6),
        (x + half * 0.4, y - tall * 0.03 + thick * 1.6),
    ]


def crowns(
    stage: Scene, line: Array, shade: Array, name: str, *, low: float, high: float, count: int,
    gap: tuple[float, float] | None = None, misty: float = 0.2,
) -> None:  # fmt: skip
    """Broadleaf trees: trunks under crowns of leaves in shade, half light and light."""
    if not stage.plan.shows("trees"):
        return
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    leaves, twigs = LEAVES[canvas.detail], canvas.stream(name + "twigs")
    masks = [Mask(canvas.width, canvas.height, 1) for _ in range(4)]
    for x in np.sort(chance.random(count)):
        if gap and abs(x - gap[0]) < gap[1] * chance.uniform(0.8, 1.2):
            continue
        foot = float(line[int(x * (canvas.width - 1))]) * canvas.height
        tall = chance.uniform(low, high) * canvas.height
        _crown(masks, (x * canvas.width, foot, tall), stage.light.side, leaves, twigs)
    tones = [mix(shade, stage.light.near, 0.75) * 0.7, shade * 0.55, shade * 0.85, shade * 1.12]
    tones[3] = mix(tones[3], stage.light.sun, 0.22)
    glint = (0.72 + 0.56 * canvas.fractal(name + "leaves", 70, 70, octaves=3))[..., None]
    for mask, tone in zip(masks, tones, strict=True):
        canvas.over(mix(tone, stage.light.haze, misty) * glint, mask.values())


def _crown(
    masks: list[Mask],
    place: tuple[float, float, float],
    side: int,
    leaves: int,
    chance: np.random.Generator,
) -> None:
    x, foot, tall = place
    trunk, dark, middle, light = masks
    half = tall * 0.028
    trunk.polygon(
        [
            (x - half, foot + 3),
            (x + half, foot + 3),
            (x + half * 0.6, foot - tall * 0.6),
            (x - half * 0.6, foot - tall * 0.6),
        ]
    )
    for _ in range(leaves):
        angle, reach = chance.random() * 2 * np.pi, chance.random() ** 0.5
        px = x + np.cos(angle) * reach * tall * 0.29
        py = foot - tall * 0.66 + np.sin(angle) * reach * tall * 0.26
        size = tall * chance.uniform(0.03, 0.075)
        dark.ellipse(px, py, size, size * 0.85)
        middle.ellipse(px + side * size * 0.25, py - size * 0.3, size * 0.8, size * 0.66)
        if py < foot - tall * 0.6 or chance.random() < 0.3:
            light.ellipse(px + side * size * 0.42, py - size * 0.5, size * 0.5, size * 0.38)


def trunks(stage: Scene, line: Array, shade: Array, name: str, *, count: int, width: float,
           gap: tuple[float, float], misty: float) -> None:  # fmt: skip
    """Tall bare trunks that leave the picture at its top."""
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    wood, lit = Mask(canvas.width, canvas.height, 1), Mask(canvas.width, canvas.height, 1)
    for x in chance.random(count):
        if abs(x - gap[0]) < gap[1] * chance.uniform(0.8, 1.2):
            continue
        half = width * canvas.unit * chance.uniform(0.6, 1.2) / 2
        foot = float(line[int(x * (canvas.width - 1))]) * canvas.height + 3
        lean = chance.normal(0, 0.03) * canvas.height
        px = x * canvas.width
        wood.polygon([(px - half * 1.5, foot), (px + half * 1.5, foot), (px + half + lean, -5),
                      (px - half + lean, -5)])  # fmt: skip
        edge = px + stage.light.side * half * 0.6
        lit.line([(edge, foot), (edge + lean, -5)], half * 0.55)
    bark = canvas.fractal(name + "bark", 12, 90, octaves=3)
    shades = mix(shade, stage.light.haze, misty) * (0.75 + 0.5 * bark)[..., None]
    canvas.over(shades, wood.values())
    canvas.over(mix(mix(shade, stage.light.sun, 0.5), stage.light.haze, misty), lit.values() * 0.5)


def bamboo(stage: Scene, line: Array, shade: Array, name: str, *, count: int, width: float,
           gap: tuple[float, float], misty: float) -> None:  # fmt: skip
    """Straight jointed stalks with a little foliage."""
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    stalk, joint, leaf = (Mask(canvas.width, canvas.height, 1) for _ in range(3))
    for x in chance.random(count):
        if abs(x - gap[0]) < gap[1] * chance.uniform(0.7, 1.2):
            continue
        half = width * canvas.unit * chance.uniform(0.7, 1.2) / 2
        foot = float(line[int(x * (canvas.width - 1))]) * canvas.height + 3
        px, lean = x * canvas.width, chance.normal(0, 0.02) * canvas.height
        stalk.line([(px, foot), (px + lean, -5)], half * 2)
        for y in np.arange(foot, 0, -half * 9):
            at = px + lean * (foot - y) / foot
            joint.line([(at - half * 1.15, y), (at + half * 1.15, y)], max(1, half * 0.35))
            if chance.random() < 0.45:
                _bamboo_leaves(leaf, at, y, half * 5, chance)
    body = mix(shade, stage.light.haze, misty)
    sheen = canvas.fractal(name + "sheen", 5, 120, octaves=2)
    canvas.over(body * (0.7 + 0.6 * sheen)[..., None], stalk.values())
    canvas.over(body * 0.6, joint.values())
    canvas.over(mix(shade * 0.95, stage.light.haze, misty * 0.9), leaf.values())


def _bamboo_leaves(
    leaf: Mask, x: float, y: float, size: float, chance: np.random.Generator
) -> None:
    for _ in range(5):
        angle, reach = chance.uniform(-0.4, 1.2), size * chance.uniform(0.7, 1.4)
        side = 1 if chance.random() < 0.5 else -1
        tip = (x + side * reach * np.cos(angle), y + reach * np.sin(angle))
        middle = ((x + tip[0]) / 2, (y + tip[1]) / 2)
        leaf.polygon([(x, y), (middle[0], middle[1] - size * 0.1), tip,
                      (middle[0], middle[1] + size * 0.08)])  # fmt: skip
