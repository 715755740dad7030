"""Indoors: a table by a window with the light of the hour, or a room with a floor."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, mix, smooth
from ..noise import blur
from ..shapes import Mask

WALLS = ("c9b8a0", "a9bdb8", "d8b8a8", "8fa3b0", "b8a9c4", "c4bf98")
WOODS = ("a8703f", "8a5530", "c08a55", "6f4630")


def paint(stage: Scene) -> None:
    room = stage.plan.variant == "room"
    stage.horizon = 0.74 if room else 0.64
    stage.ground = 0.88 if room else 0.86
    chance = stage.canvas.stream("room")
    wall = colour(str(chance.choice(WALLS)))
    if stage.plan.palette:
        wall = mix(wall, stage.plan.palette[0], 0.55)
    _wall(stage, wall)
    window = _window(stage)
    _bokeh(stage)
    _boards(stage, colour(str(chance.choice(WOODS))), floor=room)
    _pool_of_light(stage, window)
    stage.light.near = mix(stage.light.near, colour("2e1f18"), 0.7)
    stage.light.sun_height = 0.5
    stage.light.ambient = mix(stage.light.ambient, colour("fff0dc"), 0.6)


def _wall(stage: Scene, wall: Array) -> None:
    canvas, light = stage.canvas, stage.light
    far = canvas.distance(0.5 + 0.5 * light.side, 0.2)
    fall = np.clip(1.1 - far * 0.5, 0.35, 1.1)
    plaster = canvas.fractal("plaster", 5, 5, octaves=6, gain=0.6)
    dim = 0.62 if stage.night else 0.95
    lit = stage.lit(wall, 0.6) * dim
    canvas.pixels[:] = lit * (fall * (0.95 + 0.12 * (plaster - 0.5)))[..., None]


def _window(stage: Scene) -> tuple[float, float]:
    """A window out of focus on the side of the light; returns its middle."""
    canvas, light = stage.canvas, stage.light
    middle = 0.5 + 0.27 * light.side
    half = 0.13 / canvas.aspect**0.5
    mask = Mask(canvas.width, canvas.height, 1)
    top, bottom = 0.07 * canvas.height, stage.horizon * 0.78 * canvas.height
    left, right = (middle - half) * canvas.width, (middle + half) * canvas.width
    across, up = (left + right) / 2, (top + bottom) / 2
    bar = canvas.unit * 0.006
    for x0, x1 in ((left, across - bar), (across + bar, right)):
        for y0, y1 in ((top, up - bar), (up + bar, bottom)):
            mask.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    pane = blur(mask.values(), canvas.unit * 0.006)
    height = np.clip(canvas.y / stage.horizon, 0, 1)[..., None]
    outside = mix(light.sky[1], light.sky[3], height)
    trees = canvas.fractal("garden", 7, 7, octaves=3, coarse=4)
    leaves = smooth(0.42, 0.6, trees) * smooth(0.25, 0.6, height[..., 0]) * 0.55
    outside = mix(outside, stage.lit(colour("6f9a5a")), leaves[..., None])
    canvas.over(outside, pane)
    canvas.glow(mix(light.sun, light.sky[3], 0.4), blur(pane, canvas.unit * 0.06) * 0.5)
    return middle, (top + bottom) / 2 / canvas.height


def _bokeh(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("bokeh")
    strength = 0.3 if stage.night or stage.plan.time in ("dusk", "sunset") else 0.1
    lights = np.zeros((canvas.height, canvas.width), np.float32)
    for _ in range(20):
        size = float(chance.uniform(0.012, 0.04))
        far = canvas.distance(chance.random(), chance.random() * stage.horizon * 0.9)
        lights += smooth(size, size * 0.88, far) * strength * float(chance.uniform(0.2, 0.8))
    canvas.glow(colour("ffcf8a"), np.clip(lights, 0, 0.7))


def _boards(stage: Scene, wood: Array, *, floor: bool) -> None:
    """Planks in perspective, with grain, seams and a soft gloss."""
    canvas, light = stage.canvas, stage.light
    depth = (canvas.y - stage.horizon) / (1 - stage.horizon)
    inside = np.clip((canvas.y - stage.horizon) * canvas.height, 0, 1)
    squeeze = 0.45 + np.clip(depth, 0, 1) * 0.55 if not floor else 0.2 + np.clip(depth, 0, 1) * 0.8
    across = (canvas.x - 0.5) * canvas.aspect / squeeze
    plank = across * (3.2 if floor else 1.6) + 0.3
    grain = canvas.fractal("grain", 3, 3, octaves=3, coarse=2)
    fibre = canvas.fractal("fibre", 9, 150, octaves=3, gain=0.6)
    tone = 0.86 + 0.12 * np.sin(np.floor(plank) * 12.9898 * 7) + 0.3 * (fibre - 0.5)
    rings = 0.05 * np.sin(across * 60 + grain * 26)
    seam = smooth(0.012, 0.03, np.abs(plank - np.round(plank)))
    shades = stage.lit(wood, 0.6) * ((tone + rings) * (0.55 + 0.45 * seam))[..., None]
    shades = shades * (0.6 if stage.night else 0.92)
    shine = np.exp(-(((canvas.x - 0.5 - 0.22 * light.side) / 0.3) ** 2)) * (
        1 - np.clip(depth, 0, 1)
    )
    shades = mix(shades, light.sky[3], (shine * 0.35)[..., None])
    canvas.over(np.clip(shades, 0, 1.1), inside * np.ones_like(canvas.x))
    edge = np.exp(-np.abs(canvas.y - stage.horizon) / 0.006) * np.ones_like(canvas.x)
    canvas.shade(edge * 0.3)


def _pool_of_light(stage: Scene, window: tuple[float, float]) -> None:
    canvas, light = stage.canvas, stage.light
    middle = 0.5 + 0.06 * light.side
    pool = ((canvas.x - middle) / 0.34) ** 2 + ((canvas.y - stage.ground) / 0.13) ** 2
    canvas.glow(mix(light.sun, WHITE, 0.2), np.exp(-pool) * 0.32)
    if stage.night:
        lamp = np.exp(-canvas.distance(0.5 - 0.3 * light.side, 0.1) / 0.32)
        canvas.glow(colour("ffb65a"), lamp * 0.75)
