"""Land: mountain ranges, rolling ground, mist, and flowers in the grass."""

import numpy as np
from PIL import ImageDraw

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, eight_bit, mix, smooth
from ..noise import profile, shifted


def mountains(stage: Scene, *, ranges: int = 4, top: float = 0.52, snow: bool = True) -> None:
    """Ranges from far to near, each hazier the farther it stands."""
    if not stage.plan.shows("mountains"):
        return
    ranges = max(2, ranges - (stage.canvas.detail == 0))
    for at in range(ranges):
        _range(stage, at, at / max(1, ranges - 1), top, snow, f"range{ranges}-{at}")


def _range(stage: Scene, at: int, near: float, top: float, snow: bool, name: str) -> None:
    canvas, light = stage.canvas, stage.light
    height = stage.horizon * top * (1 - 0.62 * near)
    line = stage.horizon - _ridge(stage, at, name) * height
    rows = canvas.rows_from(float(line.min()), stage.horizon + 0.012)
    below = canvas.y[rows] - line[None, :]
    mask = np.clip(below * canvas.height + 0.5, 0, 1)
    rock = canvas.fractal(
        name + "rock", 9, 7 * canvas.aspect, rows, octaves=6, gain=0.6, ridged=True,
        coarse=2 + at // 2,
    )  # fmt: skip
    facing = _facing(stage, line, below, rock)
    base = mix(mix(light.haze, light.sky[1], 0.4), light.near, 0.16 + 0.7 * near)
    shades = base * (0.6 + 0.62 * facing)[..., None]
    warm = smooth(0.52, 1, facing) * (0.5 - 0.22 * near)
    shades = mix(shades, mix(base, light.sun, 0.55), warm[..., None])
    if snow and near < 0.75:
        cover = _snow_cover(stage, below + line[None, :], line, height, rock, facing)
        shades = mix(shades, _snow_shades(stage, facing), (cover * (0.96 - 0.4 * near))[..., None])
    sunk = below / np.maximum(0.02, stage.horizon - line)[None, :]
    shades = mix(shades, light.haze, (smooth(0, 1.05, sunk) * (0.85 - 0.3 * near))[..., None])
    canvas.over_rows(rows, shades, mask)


def _ridge(stage: Scene, at: int, name: str) -> Array:
    canvas = stage.canvas
    cells = (2.2 + at * 1.3) * canvas.aspect
    line = canvas.profile(name, cells, octaves=8, sharp=True)
    line = (line - line.min()) / (np.ptp(line) + 1e-6)
    if at:
        return line
    summit = 0.5 - 0.17 * stage.light.side + float(canvas.stream("summit").normal(0, 0.04))
    line = 0.55 * line + 0.6 * np.exp(-np.abs(canvas.x.ravel() - summit) / 0.17)
    return line / line.max()


def _facing(stage: Scene, line: Array, below: Array, rock: Array) -> Array:
    """How far rock and slope turn to the sun."""
    canvas, side = stage.canvas, stage.light.side
    step = max(1, int(0.009 * canvas.width))
    even = np.convolve(np.pad(line, 12, "edge"), np.ones(25, np.float32) / 25, "valid")
    slope = (np.gradient(even) * canvas.height * side * -0.24)[None, :]
    grain = (shifted(rock, 0, side * step) - rock) * 3.4
    return np.clip(0.5 + grain + slope * np.exp(-below / 0.14), 0, 1).astype(np.float32)


def _snow_cover(
    stage: Scene, y: Array, line: Array, height: float, rock: Array, facing: Array
) -> Array:
    reach = 1.3 if stage.snowy else 0.62
    limit = line.min() + height * reach + (rock - 0.5) * height * 0.55
    lower = smooth(0.02, -0.02, y - limit)
    return lower * smooth(0.34, 0.5, facing + 0.15 * (rock - 0.5))


def _snow_shades(stage: Scene, facing: Array) -> Array:
    light = stage.light
    return stage.lit(mix(light.sky[2], WHITE, 0.62), 0.6) * (0.7 + 0.36 * facing)[..., None]


def hill(
    stage: Scene, line: Array, top: Array, bottom: Array, name: str, texture: float = 0.2
) -> None:
    """Ground from the line downwards, catching light along its crest."""
    canvas, light = stage.canvas, stage.light
    rows = canvas.rows_from(float(line.min()))
    below = canvas.y[rows] - line[None, :]
    mask = np.clip(below * canvas.height + 0.5, 0, 1)
    depth = np.clip(below / np.maximum(0.03, 1 - line[None, :]), 0, 1)
    fine = canvas.fractal(name, 42, 20, rows, octaves=4, gain=0.62)
    broad = canvas.fractal(name + "broad", 6, 3, rows, octaves=3, coarse=4)
    slope = np.clip(np.gradient(line) * canvas.width * -light.side * 0.5, -0.3, 0.4)[None, :]
    tone = 1 + texture * (fine - 0.5) * 2 + 0.5 * (broad - 0.5) + slope * np.exp(-below / 0.07)
    shades = mix(top, bottom, depth[..., None]) * tone[..., None]
    crest = np.exp(-np.clip(below, 0, 1) / 0.012) * np.clip(0.16 + slope, 0, 0.5)
    canvas.over_rows(rows, mix(shades, light.sun, crest[..., None]), mask)


def mist(
    stage: Scene, at: float, spread: float = 0.05, amount: float = 0.5, name: str = "mist"
) -> None:
    canvas = stage.canvas
    drift = canvas.fractal(name, 10, 2, octaves=4, coarse=4)
    band = np.exp(-(((canvas.y - at) / spread) ** 2))
    canvas.over(stage.light.haze, np.clip(band * smooth(0.3, 0.65, drift) * amount, 0, 1))


def rolling(stage: Scene, name: str, level: float, swing: float, cells: float = 3) -> Array:
    """A line of gentle ground about a level."""
    chance = stage.canvas.stream(name)
    return level + swing * (profile(chance, stage.canvas.width, cells, octaves=3) - 0.5) * 2


def flowers(stage: Scene, *, count: int, shades: list[Array], size: float, top: float) -> None:
    """Flowers on stems, small near the horizon and large at our feet."""
    if not stage.plan.shows("flowers"):
        return
    chance, count = stage.canvas.stream("flowers"), stage.canvas.plenty(count)
    picture = stage.canvas.picture()
    pen = ImageDraw.Draw(picture)
    for y in np.sort(chance.random(count) ** 0.7) * (1.02 - top) + top:
        scale = (y - top + 0.06) * stage.canvas.unit * size * float(chance.uniform(0.7, 1.3))
        place = (chance.random() * stage.canvas.width, y * stage.canvas.height)
        shade = shades[int(chance.integers(len(shades)))]
        _flower(pen, stage, place, scale, shade, chance)
    stage.canvas.take(picture)


def _flower(
    pen: ImageDraw.ImageDraw,
    stage: Scene,
    foot: tuple[float, float],
    size: float,
    shade: Array,
    chance: np.random.Generator,
) -> None:
    stem = stage.lit(mix(colour("4a8a3a"), stage.light.near, 0.3)) * chance.uniform(0.7, 1.1)
    head = (foot[0] + size * chance.normal(0, 0.5), foot[1] - size * chance.uniform(2.6, 4.4))
    pen.line([foot, head], fill=eight_bit(stem)[:3], width=max(1, int(size * 0.2)))
    shade = stage.lit(shade, 0.7) * chance.uniform(0.85, 1.12)
    turn, petals = chance.random(), 6 if size > 3.5 else 1
    for petal in range(petals):
        angle = (petal + turn) / petals * 2 * np.pi
        reach = size * 0.55 if petals > 1 else 0
        x, y = head[0] + np.cos(angle) * reach, head[1] + np.sin(angle) * reach * 0.8
        _dot(pen, x, y, size * 0.42, shade * (1 - 0.14 * (petal % 2)))
    if petals > 1:
        _dot(pen, *head, size * 0.3, stage.lit(colour("f2c23c"), 0.6))


def _dot(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, shade: Array) -> None:
    box = [x - radius, y - radius * 0.85, x + radius, y + radius * 0.85]
    pen.ellipse(box, fill=eight_bit(shade)[:3])


def grass(
    stage: Scene, *, shade: Array, top: float, count: int = 900, length: float = 0.05
) -> None:
    """Blades, darker the nearer, that tie the ground to what stands on it."""
    if not stage.plan.shows("grass"):
        return
    canvas, chance = stage.canvas, stage.canvas.stream("grass")
    count = canvas.plenty(count)
    picture = canvas.picture()
    pen = ImageDraw.Draw(picture)
    for y in np.sort(chance.random(count)) * (1.04 - top) + top:
        near = (y - top) / (1.04 - top)
        tall = canvas.unit * length * (0.25 + 0.75 * near) * chance.uniform(0.6, 1.3)
        x, lean = chance.random() * canvas.width, chance.normal(0, 0.28)
        tip = (x + tall * lean, y * canvas.height - tall)
        tone = stage.lit(shade, 0.7) * (1.15 - 0.5 * near) * chance.uniform(0.75, 1.3)
        half = max(0.6, tall * 0.045)
        foot = y * canvas.height
        pen.polygon([(x - half, foot), (x + half, foot), tip], fill=eight_bit(tone)[:3])
    canvas.take(picture)
