"""Styles of the pen: hatched line art and printed comics."""

import numpy as np

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import Array, colour, luminance, mix, saturate, smooth
from ..noise import blur

PAPER, INK = colour("faf6ec"), colour("23252e")


def lines(stage: Scene, pixels: Array) -> Array:
    """Contours and three directions of hatching over the palest wash."""
    canvas = stage.canvas
    light = luminance(pixels)
    light = (light - light.min()) / (np.ptp(light) + 1e-6)
    contour = _contours(light, canvas.height)
    dark = 1 - blur(light, 0.002 * canvas.unit)
    hatch = _hatching(stage, dark)
    tooth = canvas.fractal("tooth", 120, 120, octaves=2, gain=0.7, coarse=1)
    ink = np.clip(contour + hatch * 0.55, 0, 1) * (0.85 + 0.3 * (tooth - 0.5))
    wash = mix(PAPER, saturate(blur(pixels, 0.004 * canvas.unit), 0.75), 0.14)
    return mix(wash * (0.98 + 0.05 * (tooth - 0.5))[..., None], INK, ink[..., None])


def _contours(light: Array, height: int) -> Array:
    contour = np.zeros_like(light)
    for radius, strength in ((0.0012, 30), (0.003, 20)):
        difference = np.abs(blur(light, radius * height) - blur(light, radius * height * 1.7))
        contour = np.maximum(contour, np.clip(difference * strength - 0.16, 0, 1))
    return contour


def _hatching(stage: Scene, dark: Array) -> Array:
    canvas = stage.canvas
    pace = 0.55 * 1024 / canvas.unit if canvas.unit > 300 else 1.1
    x, y = canvas.x * canvas.width * pace, canvas.y * canvas.height * pace
    total = np.zeros_like(dark)
    for slope, start in ((1.0, 0.42), (-1.0, 0.62), (0.15, 0.8)):
        wave = np.sin(x + y * slope) * 0.5 + 0.5
        total += smooth(0.6, 0.92, wave) * smooth(start, start + 0.2, dark)
    return np.clip(total, 0, 1)


def comic(stage: Scene, pixels: Array) -> Array:
    """Bold lines, few colours, and printer's dots in the shade."""
    canvas = stage.canvas
    flat = saturate(filters.flattened(pixels, 5, 1), 1.55)
    flat = np.round(np.clip(flat, 0, 1) * 6) / 6
    pace = 2 * np.pi / (0.0105 * canvas.height)
    x, y = canvas.x * canvas.width, canvas.y * canvas.height
    turned = np.sin((x * 0.765 + y * 0.644) * pace) * np.sin((y * 0.765 - x * 0.644) * pace)
    dots = (turned * 0.5 + 0.5) > 0.35 + 0.75 * luminance(flat)
    printed = flat * (1 - 0.26 * blur(dots.astype(np.float32), 0.8))[..., None]
    line = smooth(0.16, 0.42, filters.edges(pixels, 0.0016 * canvas.height))
    return mix(printed, colour("15131c"), line[..., None])
