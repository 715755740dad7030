"""Styles of the camera: photograph, cinema, old film, and simply better."""

import numpy as np
from PIL import ImageFilter

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import Array, light_of, luminance, mix, saturate, smooth
from ..noise import blur


def photographic(stage: Scene, pixels: Array) -> Array:
    """A shallow lens: what is not looked at goes soft, and lights out there bloom."""
    unit = stage.canvas.unit
    soft = blur(pixels, unit * 0.0035)
    soft = soft + np.clip(soft - 0.7, 0, 1) * 0.25
    sharp = filters.floats(filters.picture(pixels).filter(ImageFilter.UnsharpMask(2, 60, 2)))
    view = mix(soft, sharp, filters.attention(stage)[..., None]) if stage.boxes else sharp
    curve = smooth(-0.06, 1.04, saturate(view, 0.94))
    grain = stage.canvas.stream("iso").normal(0, 0.014, pixels.shape[:2]).astype(np.float32)
    return curve + grain[..., None]


def enhanced(stage: Scene, pixels: Array) -> Array:
    """Local contrast, crisp edges, clear colours."""
    local = pixels - blur(pixels, stage.canvas.unit * 0.04)
    clear = saturate(pixels + local * 0.32, 1.18)
    return filters.floats(filters.picture(clear).filter(ImageFilter.UnsharpMask(2, 90, 2)))


def cinematic(stage: Scene, pixels: Array) -> Array:
    """Teal in the shadows, orange in the lights, a streak across the brightest, and bars."""
    canvas = stage.canvas
    light = luminance(pixels)[..., None]
    teal, orange = light_of(-0.06, 0.015, 0.07), light_of(0.08, 0.02, -0.07)
    graded = pixels + teal * (1 - light) ** 2 * 1.2 + orange * light**1.5
    graded = smooth(-0.05, 1.04, graded)
    bright = np.clip(luminance(graded) - 0.82, 0, 1)
    streak = blur(np.repeat(bright.mean(1)[:, None], 8, 1), canvas.unit * 0.004)[:, :1]
    graded = graded + (streak * 0.9)[..., None] * light_of(0.35, 0.6, 1.0)
    edge = 0.085 if canvas.aspect < 1.6 else 0.055
    bars = smooth(edge, edge - 0.002, canvas.y) + smooth(1 - edge, 1 - edge + 0.002, canvas.y)
    return graded * (1 - bars)[..., None]


def analog(stage: Scene, pixels: Array) -> Array:
    """Faded dyes, halation around lights, grain, a light leak, and a paper border."""
    canvas = stage.canvas
    faded = saturate(pixels, 0.8) * light_of(1.02, 0.97, 0.86) + light_of(0.05, 0.035, 0.045)
    halo = blur(np.clip(pixels - 0.7, 0, 1), 0.02 * canvas.unit)
    faded = faded + halo * light_of(0.6, 0.25, 0.1)
    grain = canvas.stream("grain of film").normal(0, 0.028, pixels.shape[:2]).astype(np.float32)
    leak = np.exp(-canvas.distance(1.02, 0.1) / 0.17) + 0.5 * np.exp(
        -canvas.distance(-0.02, 0.9) / 0.12
    )
    faded = faded + grain[..., None] + leak[..., None] * light_of(0.36, 0.14, 0.03)
    inset = np.minimum(
        np.minimum(canvas.x, 1 - canvas.x) * canvas.aspect, np.minimum(canvas.y, 1 - canvas.y)
    )
    return mix(
        light_of(0.96, 0.94, 0.89) + grain[..., None] * 0.4,
        faded,
        smooth(0.03, 0.034, inset)[..., None],
    )
