"""Dunes with a lit and a shaded flank, behind them mesas."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix
from . import land, sky

DUNES = 5


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.52 + stage.lift, 0.91
    sky.paint(stage, clouds=0.7)
    land.mountains(stage, ranges=2, top=0.22, snow=False)
    sand = stage.plan.palette[0] if stage.plan.palette else colour("e8ae6c")
    waves = stage.canvas.fractal("wind", 5, 4, octaves=3, coarse=4)
    for at in range(DUNES):
        _dune(stage, at / (DUNES - 1), sand, waves, at)
        land.mist(stage, stage.horizon + 0.02 + 0.1 * at, 0.03, 0.3 * (1 - at / 5), f"dust{at}")


def _dune(stage: Scene, near: float, sand: Array, waves: Array, at: int) -> None:
    canvas, light = stage.canvas, stage.light
    chance, x = canvas.stream(f"dune{at}"), canvas.x.ravel()
    phase, pace = chance.uniform(0, 6.28), chance.uniform(1.1, 2.0) * canvas.aspect**0.6
    swell = np.abs(np.sin(x * pace * 2.4 + phase)) ** 0.85
    line = stage.horizon + 0.03 + 0.1 * at - (0.03 + 0.06 * near) * swell
    below = canvas.y - line[None, :]
    slope = np.gradient(line) * canvas.width * -light.side
    flank = np.exp(-below * 4.5)
    slanted = canvas.x + light.side * np.clip(below, 0, 0.4) * 1.1  # the edge between the flanks
    columns = np.clip(slanted * canvas.width, 0, canvas.width - 1).astype(np.int32)
    facing = np.clip(0.55 + slope * 1.3, 0, 1)[columns] * flank + (1 - flank) * 0.5
    ripple = np.sin(below * 170 + 7 * waves + canvas.x * 14) * 0.035 * near
    base = mix(light.haze, stage.lit(sand), 0.3 + 0.68 * near)
    shades = base * (0.52 + 0.72 * np.clip(facing + ripple, 0, 1.2))[..., None]
    cool = mix(
        shades,
        shades * mix(colour("9a86b8"), colour("ffffff"), 0.35),
        (1 - facing[..., None]) * 0.6,
    )
    canvas.over(np.clip(cool, 0, 1.1), np.clip(below * canvas.height + 0.5, 0, 1))
