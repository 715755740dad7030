"""Water: the sky mirrored in ripples, the path of the sun, and foam."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, mix, smooth
from ..noise import fractal
from . import land


def paint(
    stage: Scene, *, tint: Array | None = None, rough: float = 1.0, reach: float = 0.92
) -> None:
    """Mirror what stands above the horizon into the water below it."""
    canvas, light = stage.canvas, stage.light
    shore = int(stage.horizon * canvas.height)
    rows = np.arange(shore, canvas.height)
    depth = ((rows - shore) / max(1, canvas.height - shore)).astype(np.float32)[:, None]
    fine, broad = _ripples(stage, len(rows))
    mirrored = _mirror(stage, shore, depth, fine, broad, rough, reach)
    tint = mix(light.sky[0], colour("0e4a5a"), 0.45) if tint is None else tint
    clear = (0.14 + 0.46 * depth)[..., None]
    surface = mix(mirrored, tint, clear) * (1 + 0.55 * fine * (0.4 + depth))[..., None]
    canvas.pixels[shore:] = np.clip(surface, 0, 1.1)
    if not stage.plan.has("rain", "storm", "fog"):
        _sun_path(stage, shore, depth, fine)
    canvas.glow(light.haze, np.exp(-np.abs(canvas.y - stage.horizon) / 0.006) * 0.3)


def _ripples(stage: Scene, count: int) -> tuple[Array, Array]:
    chance, width = stage.canvas.stream("water"), stage.canvas.width
    octaves = (2, 4, 5)[stage.canvas.detail]
    fine = fractal(chance, count, width, 46, 3, octaves=octaves, gain=0.6, coarse=1)
    return fine - 0.5, fractal(chance, count, width, 14, 5, octaves=3) - 0.5


def _mirror(
    stage: Scene, shore: int, depth: Array, fine: Array, broad: Array, rough: float, reach: float
) -> Array:
    canvas = stage.canvas
    swing = (0.004 + 0.05 * depth**1.1) * rough
    up = shore - 1 - depth * shore * reach + (fine + 0.7 * broad) * swing * canvas.height * 2.2
    across = np.arange(canvas.width)[None, :] + broad * swing * canvas.width * 0.5
    rows = np.clip(up, 0, shore - 1).astype(np.int32)
    columns = np.clip(across, 0, canvas.width - 1).astype(np.int32)
    return canvas.pixels[rows, columns]


def _sun_path(stage: Scene, shore: int, depth: Array, fine: Array) -> None:
    canvas, light = stage.canvas, stage.light
    away = np.abs(canvas.x - light.sun_x) / (0.03 + 0.11 * depth)
    glitter = np.exp(-away) * smooth(0.0, 0.2, fine + 0.07) * (0.95 - 0.45 * depth)
    amount = np.zeros((canvas.height, canvas.width), np.float32)
    amount[shore:] = glitter
    canvas.glow(light.sun, amount)


def breakers(stage: Scene, tint: Array, rough: float) -> None:
    """Lines of foam that come nearer and grow."""
    canvas = stage.canvas
    speckle = canvas.fractal("foam", 60, 24, octaves=3)
    torn = smooth(0.42, 0.62, speckle)
    for at in range(5):
        level = stage.horizon + 0.09 + (0.98 - stage.horizon) * 0.19 * at
        swell = canvas.profile(f"swell{at}", 3 + at, octaves=4) - 0.5
        line = level + 0.024 * (at + 1) * swell * rough
        below = canvas.y - line[None, :]
        thick = 0.002 + 0.0024 * at
        hollow = np.exp(-(((below - thick * 4) / (thick * 5)) ** 2)) * 0.25
        canvas.over(tint * 0.55, hollow)
        foam = np.exp(-((below / thick) ** 2)) * torn * (0.32 + 0.1 * at)
        canvas.over(mix(stage.light.sky[3], WHITE, 0.5), foam)


def beach(stage: Scene) -> Array:
    """Sand in the foreground with a wet edge; returns the line of the shore."""
    canvas = stage.canvas
    turn = float(canvas.stream("bay").uniform(0, 2 * np.pi))
    edge = 0.84 - 0.05 * np.sin(canvas.x.ravel() * 3.4 + turn)
    edge = edge + 0.02 * canvas.profile("tide", 4, octaves=4)
    below = canvas.y - edge[None, :]
    land.hill(stage, edge, stage.lit(colour("ecd5a8")), stage.lit(colour("c39a6c")), "sand", 0.1)
    wet = np.exp(-np.clip(below, 0, 1) / 0.03) * (below > 0)
    canvas.over(mix(stage.lit(colour("a9855c")), stage.light.sky[2], 0.35), wet * 0.6)
    canvas.over(WHITE, np.exp(-(((below + 0.004) / 0.006) ** 2)) * 0.85)
    return edge
