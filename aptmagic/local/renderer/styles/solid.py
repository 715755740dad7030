"""Styles of matter: a smooth rendered model, and hand-pressed clay."""

import numpy as np

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import WHITE, Array, luminance, mix, saturate, smooth
from ..noise import blur


def model(stage: Scene, pixels: Array) -> Array:
    """Glossy and clean under studio light, the background out of focus."""
    unit = stage.canvas.unit
    clean = saturate(filters.flattened(pixels, 5, 2), 1.22)
    height = blur(luminance(clean), unit * 0.004)
    slope = filters.relief(height, 11, 0.5)
    lit = clean * (1 + slope * 0.8)[..., None]
    lit = mix(lit, WHITE, (smooth(0.18, 0.5, slope) * 0.45)[..., None])
    far = blur(lit, unit * 0.006) * 1.02
    view = mix(far, lit, filters.attention(stage)[..., None])
    return smooth(-0.03, 1.02, view * 1.03 + 0.02)


def clay(stage: Scene, pixels: Array) -> Array:
    """Soft lumps in slightly chalky colours, with the prints of thumbs."""
    canvas = stage.canvas
    lumps = filters.flattened(pixels, 5, 2)
    lumps = mix(lumps, np.round(lumps * 7) / 7, 0.55)
    lumps = blur(lumps, canvas.unit * 0.0014)
    height = blur(luminance(lumps), canvas.unit * 0.0032)
    dents = canvas.fractal("thumbs", 16, 16, octaves=3)
    whorl = np.sin(dents * 95) * smooth(
        0.5, 0.75, canvas.fractal("where thumbs were", 6, 6, octaves=2)
    )
    body = (
        1
        + filters.relief(height, 5, 0.3)
        + filters.relief(blur(dents, canvas.unit * 0.004), 6, 0.12)
    )
    body = body + 0.035 * whorl
    return saturate(mix(lumps, WHITE, 0.06), 1.12) * body[..., None]
