"""Styles of the brush: watercolour, oil, anime cels and digital painting."""

from typing import Any

import numpy as np
from PIL import ImageDraw, ImageFilter

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import Array, colour, light_of, luminance, mix, saturate, smooth
from ..noise import blur

PAPER = colour("fbf7ee")


def watercolor(stage: Scene, pixels: Array) -> Array:
    """Washes that pool at their edges, granulate, and leave a ragged border of paper."""
    canvas = stage.canvas
    flat = saturate(_bled(stage, filters.flattened(pixels, 5, 2)), 1.3)
    flat = mix(flat, np.round(flat * 9) / 9, 0.45)
    light = luminance(flat)
    pooled = np.clip(blur(np.abs(light - blur(light, 0.006 * canvas.height)), 1.2) * 2.4, 0, 0.34)
    tooth = canvas.fractal("tooth", 130, 130, octaves=3, gain=0.7, coarse=1)
    grains = canvas.fractal("granulation", 60, 60, octaves=4, gain=0.7)
    wash = canvas.fractal("wash", 3, 3, octaves=4, coarse=4)
    body = (0.8 + 0.26 * (wash - 0.35) + 0.2 * (grains - 0.5)) * (1 + pooled)
    paper = PAPER * (0.985 + 0.09 * (tooth - 0.5))[..., None]
    painted = paper * np.clip(1 - (1 - flat) * body[..., None] * 0.98, 0, 1)
    return _ragged(stage, painted, paper)


def _bled(stage: Scene, pixels: Array) -> Array:
    canvas = stage.canvas
    reach = 0.0124 * canvas.height
    down = (canvas.fractal("bleed down", 22, 22, octaves=4) - 0.5) * reach
    across = (canvas.fractal("bleed across", 22, 22, octaves=4) - 0.5) * reach
    rows = np.clip(np.arange(canvas.height)[:, None] + down, 0, canvas.height - 1).astype(np.int32)
    columns = np.clip(np.arange(canvas.width)[None, :] + across, 0, canvas.width - 1).astype(
        np.int32
    )
    return pixels[rows, columns]


def _ragged(stage: Scene, painted: Array, paper: Array) -> Array:
    canvas = stage.canvas
    inset = np.minimum(np.minimum(canvas.x, 1 - canvas.x), np.minimum(canvas.y, 1 - canvas.y))
    inset = inset + (canvas.fractal("ragged", 7, 7) - 0.5) * 0.075
    rim = np.exp(-(((inset - 0.036) / 0.005) ** 2)) * 0.16
    return mix(paper, painted * (1 - rim)[..., None], smooth(0.022, 0.034, inset)[..., None])


def oil(stage: Scene, pixels: Array) -> Array:
    """Strokes along the forms, broad first and fine where there is something to see."""
    canvas, chance = stage.canvas, stage.canvas.stream("brush")
    rich = saturate(pixels, 1.24)
    angle, detail = _directions(stage, rich)
    image = filters.picture(blur(rich, 0.012 * canvas.height))
    pen = ImageDraw.Draw(image)
    source = (np.clip(rich, 0, 1) * 255).astype(np.int16)
    for count, length, width, picky in ((4600, 0.034, 0.0115, 0.0), (9500, 0.018, 0.0052, 0.45)):
        rows, columns = (
            chance.integers(0, canvas.height, count),
            chance.integers(0, canvas.width, count),
        )
        keep = detail[rows, columns] >= np.quantile(detail[::8, ::8], picky)
        _strokes(stage, pen, source, angle, rows[keep], columns[keep], (length, width), chance)
    painted = filters.floats(image)
    thick = 1 + filters.relief(luminance(painted), 2.6, 0.16)
    weave = canvas.fractal("weave", 160, 160, octaves=2, coarse=1)
    return painted * (thick * (1 + 0.05 * (weave - 0.5)))[..., None]


def _directions(stage: Scene, pixels: Array) -> tuple[Array, Array]:
    canvas = stage.canvas
    down, across = np.gradient(blur(luminance(pixels), 0.008 * canvas.height))
    swirl = canvas.fractal("swirl", 3, 3, octaves=3, coarse=4) * 2 * np.pi
    along = np.arctan2(down, across) + np.pi / 2
    angle = np.where(np.hypot(down, across) > 0.0016, along, swirl)
    fine = np.hypot(*np.gradient(luminance(pixels)))
    return angle, blur(fine, 0.006 * canvas.height)


def _strokes(
    stage: Scene,
    pen: ImageDraw.ImageDraw,
    source: Array,
    angle: Array,
    rows: Array,
    columns: Array,
    shape: Any,
    chance: np.random.Generator,
) -> None:
    height, count = stage.canvas.height, len(rows)
    length, width = shape
    shades = np.clip(source[rows, columns] + chance.integers(-16, 17, (count, 1)), 0, 255)
    turn = angle[rows, columns] + chance.normal(0, 0.12, count)
    half = length * height * chance.uniform(0.3, 0.65, count)
    across, down = np.cos(turn) * half, np.sin(turn) * half
    thick = np.maximum(2, width * height * chance.uniform(0.6, 1.4, count)).astype(int)
    ends = np.stack([columns - across, rows - down, columns + across, rows + down], 1).tolist()
    for end, shade, wide in zip(ends, shades.tolist(), thick.tolist(), strict=True):
        pen.line(end, fill=tuple(shade), width=wide)


def anime(stage: Scene, pixels: Array) -> Array:
    """Flat cels with thin dark lines under a bright, clear light."""
    unit = stage.canvas.unit
    flat = saturate(filters.flattened(pixels, 5, 2), 1.38)
    cels = mix(flat, np.round(flat * 9) / 9, 0.6) * 1.05 + 0.02
    line = smooth(0.3, 0.6, filters.edges(pixels, 0.0012 * unit))
    drawn = mix(cels, cels * light_of(0.3, 0.22, 0.34), line[..., None])
    light = blur(np.clip(drawn - 0.72, 0, 1), 0.025 * unit)
    return drawn + light * light_of(0.75, 0.62, 0.55)


def digital(stage: Scene, pixels: Array) -> Array:
    """Confident flat brushwork with crisp accents and a colourful light in the shade."""
    unit = stage.canvas.unit
    smoothed = filters.flattened(pixels, 3, 2)
    accents = filters.floats(filters.picture(smoothed).filter(ImageFilter.UnsharpMask(3, 130, 1)))
    rich = saturate(mix(smoothed, accents, 0.8), 1.3)
    light = luminance(rich)[..., None]
    rich = rich + light_of(0.05, -0.015, 0.09) * (1 - light) ** 3
    return rich + blur(np.clip(rich - 0.66, 0, 1), 0.04 * unit) * 0.45
