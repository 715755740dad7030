"""Above the clouds: banks of cumulus, lit on top, one behind the other."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, mix, smooth
from ..noise import shifted
from . import sky

BANKS = 5


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground, stage.floating = 0.72, 0.66, True
    sky.paint(stage, clouds=0.45)
    for at in range(BANKS):
        _bank(stage, at, at / (BANKS - 1))


def _bank(stage: Scene, at: int, near: float) -> None:
    canvas, light = stage.canvas, stage.light
    level = stage.horizon - 0.1 + 0.09 * at
    line = level + (0.1 + 0.06 * near) * (canvas.profile(f"bank{at}", 3 + at, octaves=2) - 0.5)
    puffs = canvas.fractal(f"puffs{at}", 9 - at, (9 - at) * canvas.aspect, octaves=5, gain=0.52)
    above = canvas.y - line[None, :] + (puffs - 0.5) * (0.12 + 0.07 * near)
    mask = smooth(0.0, 0.02 + 0.02 * near, above)
    step = max(1, int(0.014 * canvas.height))
    behind = shifted(puffs, step, -light.side * step)
    facing = np.clip(0.5 + (puffs - behind) * 4 - smooth(0, 0.2, above) * 0.4, 0, 1)
    dark, bright = _shades(stage, near)
    canvas.over(mix(dark, bright, facing[..., None]), mask)


def _shades(stage: Scene, near: float) -> tuple[Array, Array]:
    light = stage.light
    dark = mix(mix(light.sky[2], light.sky[1], 0.45 + 0.35 * near), colour("8f98b8"), 0.2)
    bright = stage.lit(mix(mix(light.sky[3], light.sun, 0.6), WHITE, 0.35), 0.5)
    return mix(dark, light.haze, 0.5 - 0.4 * near), mix(bright, light.haze, 0.35 - 0.3 * near)
