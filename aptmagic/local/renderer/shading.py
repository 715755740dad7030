"""Gives a flat figure a body: rounds it with soft light, and lets it belong to the scene."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from .colour import WHITE, Array, mix, smooth
from .figures import Figure
from .noise import blur


def light(stage: Scene, figure: Figure, size: int) -> Array:
    """The figure's colours under the light of the stage."""
    facing = _facing(stage, figure.opacity, size)
    down = np.linspace(0, 1, figure.height, dtype=np.float32)[:, None]
    round_off = (0.2, 0.36, 0.42)[stage.canvas.detail]
    tone = (0.97 + round_off * facing) * (1.04 - 0.24 * smooth(0.45, 1.0, down))
    shades = figure.colours * tone[..., None]
    shades = mix(shades, shades * stage.light.ambient, stage.ambient_share)
    if not stage.floating:
        shades = mix(shades, stage.light.haze, 0.06)
    edge = np.clip(facing - 0.22, 0, 1) * figure.opacity
    shades = shades + edge[..., None] * stage.light.sun * _rim_strength(stage)
    if stage.canvas.detail:
        gloss = smooth(0.62, 0.95, facing) * 0.12
        shades = mix(shades, WHITE, gloss[..., None])
    own = mix(figure.colours, WHITE, 0.15)
    return np.clip(mix(shades, own, figure.glowing[..., None]), 0, 1.15).astype(np.float32)


def _rim_strength(stage: Scene) -> float:
    if not stage.canvas.detail or stage.plan.setting in ("emblem", "geometric"):
        return 0.1
    low_sun = stage.plan.time in ("sunrise", "golden", "sunset", "dusk")
    return 0.75 if low_sun else 0.5


def _facing(stage: Scene, opacity: Array, size: int) -> Array:
    """From -1 in the shade to 1 in the light, as if the outline were blown up like a balloon."""
    edge = max(4, int(size * 0.1))
    padded = np.pad(opacity, edge)
    swell = blur(padded, size * 0.06) + 0.6 * blur(padded, size * 0.02)
    down, across = np.asarray(np.gradient(swell))
    inside = (slice(edge, -edge), slice(edge, -edge))
    cut = across[inside] * stage.light.side * 0.75 + down[inside] * -0.66
    return np.clip(-cut * size * 0.21, -1, 1).astype(np.float32)
