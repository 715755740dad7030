"""Styles of many small pieces: triangles, folded paper, cubes, pixels and tiles."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aptmagic.local.renderer.scene import Scene
from aptmagic.local.renderer.styles import filters

from ..colour import Array, colour, luminance, mix, saturate, smooth
from ..noise import blur, resize

BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32)


def low_poly(stage: Scene, pixels: Array) -> Array:
    """Triangles whose corners look for the edges; finer where the subjects are."""
    rich = saturate(pixels, 1.25)
    broad = _faceted(stage, rich, 34, 0.05, "broad")
    if not stage.boxes:
        return mix(broad, _faceted(stage, rich, 44, 0.045, "fine"), 0.75)
    fine = _faceted(stage, rich, 58, 0.035, "fine")
    return mix(broad, fine, smooth(0.35, 0.65, filters.attention(stage))[..., None])


def origami(stage: Scene, pixels: Array) -> Array:
    """Larger folds in fewer, paler papers, each crease catching the light."""
    canvas = stage.canvas
    flat = np.round(saturate(pixels, 1.15) * 7) / 7
    sheets = _faceted(stage, flat, 15, 0.07, "sheet")
    if stage.boxes:
        fine = _faceted(stage, flat, 42, 0.05, "fold")
        sheets = mix(sheets, fine, smooth(0.35, 0.65, filters.attention(stage))[..., None])
    crease = filters.relief(blur(luminance(sheets), canvas.unit * 0.0016), 5, 0.3)
    fibre = canvas.fractal("fibre", 140, 140, octaves=2, coarse=1)
    paper = mix(sheets, colour("fff8ec"), 0.14)
    return paper * (1.02 + crease + 0.08 * (fibre - 0.5))[..., None]


def _faceted(stage: Scene, pixels: Array, cells: int, jitter: float, name: str) -> Array:
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    corners = _corners(stage, pixels, cells, chance)
    even = blur(pixels, canvas.unit * 0.004)
    image = Image.new("RGB", (canvas.width, canvas.height))
    pen = ImageDraw.Draw(image)
    for row in range(corners.shape[0] - 1):
        for column in range(corners.shape[1] - 1):
            a, b = corners[row, column], corners[row, column + 1]
            c, d = corners[row + 1, column], corners[row + 1, column + 1]
            halves = ((a, b, c), (b, d, c)) if (row + column) % 2 else ((a, b, d), (a, d, c))
            for triangle in halves:
                tone = 1 + float(chance.normal(0, jitter))
                shade = _shade_at(even, triangle) * tone
                points = [(float(x), float(y)) for x, y in triangle]
                pen.polygon(points, fill=tuple(np.clip(shade * 255, 0, 255).astype(int).tolist()))
    return filters.floats(image.filter(ImageFilter.SMOOTH))


def _corners(stage: Scene, pixels: Array, cells: int, chance: np.random.Generator) -> np.ndarray:
    """A grid of points, each moved to the strongest edge of its neighbourhood."""
    canvas = stage.canvas
    step = max(canvas.unit / cells, 4)
    rows, columns = int(canvas.height / step) + 2, int(canvas.width / step) + 2
    edge = blur(np.hypot(*np.gradient(luminance(pixels))), canvas.unit * 0.002)
    points = np.zeros((rows, columns, 2))
    ys, xs = np.linspace(0, canvas.height, rows), np.linspace(0, canvas.width, columns)
    reach = step * 0.42
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            tries = chance.uniform(-reach, reach, (7, 2)) + np.array([x, y])
            at = np.clip(tries.astype(int), 0, (canvas.width - 1, canvas.height - 1))
            points[row, column] = tries[int(np.argmax(edge[at[:, 1], at[:, 0]]))]
    points[0, :, 1], points[-1, :, 1] = 0, canvas.height
    points[:, 0, 0], points[:, -1, 0] = 0, canvas.width
    return points


def _shade_at(pixels: Array, triangle: Any) -> Array:
    middle = sum(triangle) / 3
    total = np.zeros(3, np.float32)
    for corner in triangle:
        x, y = corner * 0.45 + middle * 0.55
        row, column = min(int(y), pixels.shape[0] - 1), min(int(x), pixels.shape[1] - 1)
        total += pixels[max(row, 0), max(column, 0)]
    return total / 3


def isometric(stage: Scene, pixels: Array) -> Array:
    """The picture built of small cubes, seen from above and in front."""
    canvas = stage.canvas
    half = max(3.0, canvas.unit / 92)
    rise = half * 0.577
    small = blur(saturate(pixels, 1.22), half * 0.4)
    image = Image.new("RGB", (canvas.width, canvas.height))
    pen = ImageDraw.Draw(image)
    for row in range(int(canvas.height / (rise * 3)) + 3):
        for column in range(int(canvas.width / (half * 2)) + 3):
            x = column * half * 2 - half * (row % 2)
            y = row * rise * 3 - rise
            at_y, at_x = (
                min(max(int(y), 0), canvas.height - 1),
                min(max(int(x), 0), canvas.width - 1),
            )
            _cube(pen, x, y, half, rise, small[at_y, at_x])
    return filters.floats(image)


def _cube(
    pen: ImageDraw.ImageDraw, x: float, y: float, half: float, rise: float, shade: Array
) -> None:
    top = [(x, y - 2 * rise), (x + half, y - rise), (x, y), (x - half, y - rise)]
    left = [(x - half, y - rise), (x, y), (x, y + 2 * rise), (x - half, y + rise)]
    right = [(x + half, y - rise), (x, y), (x, y + 2 * rise), (x + half, y + rise)]
    for face, tone in ((top, 1.16), (left, 0.94), (right, 0.74)):
        pen.polygon(face, fill=tuple(np.clip(shade * tone * 255, 0, 255).astype(int).tolist()))


def pixels(stage: Scene, pixels: Array) -> Array:
    """Large pixels in few colours, dithered."""
    canvas = stage.canvas
    step = max(2, canvas.unit // 128)
    size = (max(8, canvas.width // step), max(8, canvas.height // step))
    small = filters.picture(saturate(pixels, 1.28)).resize(size, Image.Resampling.BOX)
    small = small.filter(ImageFilter.UnsharpMask(1, 90, 0))
    values = np.asarray(small, np.float32)
    tiles = (values.shape[0] // 4 + 1, values.shape[1] // 4 + 1)
    dither = np.tile(BAYER / 16 - 0.5, tiles)[: values.shape[0], : values.shape[1], None]
    palette = small.quantize(32, Image.Quantize.MEDIANCUT, kmeans=1)
    done = filters.picture((values + dither * 14) / 255).quantize(
        palette=palette, dither=Image.Dither.NONE
    )
    return filters.floats(
        done.convert("RGB").resize((canvas.width, canvas.height), Image.Resampling.NEAREST)
    )


def tile(stage: Scene, pixels: Array) -> Array:
    """One seamless tile, four times: its edges melt into each other."""
    canvas = stage.canvas
    wide, high = canvas.width // 2, canvas.height // 2
    small = resize(saturate(pixels, 1.12), wide, high, Image.Resampling.LANCZOS)
    for axis, length in ((1, wide), (0, high)):
        away = np.abs(np.linspace(-1, 1, length, dtype=np.float32))
        share = smooth(0.72, 1.0, away) * 0.5
        share = share[None, :, None] if axis else share[:, None, None]
        small = mix(small, np.flip(small, axis), share)
    whole = np.concatenate([np.concatenate([small, small], 1)] * 2, 0)
    return resize(whole, canvas.width, canvas.height, Image.Resampling.BILINEAR)
