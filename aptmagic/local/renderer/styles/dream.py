"""Styles of light: fantasy glow with drifting sparks, and neon."""

import numpy as np

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import Array, colour, light_of, luminance, mix, ramp, saturate, smooth
from ..noise import blur

NEON = [colour(code) for code in ("070414", "241058", "6a1fa0", "f03f9e", "4fd8ff", "f4fbff")]


def fantasy(stage: Scene, pixels: Array) -> Array:
    """Light pours over everything; gold in the lights, violet in the shade, sparks in the air."""
    canvas, chance = stage.canvas, stage.canvas.stream("sparks of magic")
    rich = saturate(pixels, 1.28)
    rich = 1 - (1 - rich) * (1 - blur(rich, 0.022 * canvas.unit) * 0.36)
    light = luminance(rich)[..., None]
    rich = (
        rich
        + light_of(0.06, -0.03, 0.12) * (1 - light) ** 2
        + light_of(0.06, 0.03, -0.06) * light**2
    )
    rows = chance.integers(int(canvas.height * 0.25), canvas.height, 110)
    columns, shine = chance.integers(0, canvas.width, 110), chance.random(110)
    glow = canvas.dots(rows, columns, shine, canvas.unit * 0.0028)
    glow = glow + canvas.dots(rows, columns, shine * 0.4, canvas.unit * 0.011)
    return rich + glow[..., None] * light_of(1, 0.86, 0.45)


def neon(stage: Scene, pixels: Array) -> Array:
    """Night colours mapped from light to dark, and edges that burn like tubes."""
    canvas = stage.canvas
    mapped = ramp(smooth(-0.05, 1.0, luminance(pixels)), NEON)
    night = mix(saturate(pixels, 1.4) * 0.92, mapped, 0.5)
    tubes = smooth(0.25, 0.6, filters.edges(1 - pixels, 0.0022 * canvas.unit))
    hue = 0.5 + 0.5 * np.sin(canvas.x * 5 + canvas.y * 4)
    tint = mix(colour("ff2fa0"), colour("21e6ff"), hue[..., None])
    burning = tubes[..., None] * tint
    night = night + burning * 0.5 + blur(burning, 0.008 * canvas.unit) * 0.9
    night = night + blur(np.clip(night - 0.62, 0, 1), 0.02 * canvas.unit) * 0.8
    scan = (np.arange(canvas.height) % 3 == 0).astype(np.float32) * 0.045
    share = 0.35 if stage.plan.setting == "city" else 1.0  # that city is neon already
    return mix(pixels, night * (1 - scan)[:, None, None], share)
