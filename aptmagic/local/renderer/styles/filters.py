"""What several styles share: smoothing that keeps edges, relief, edges, and where to look."""

import numpy as np
from PIL import Image, ImageFilter

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, luminance, smooth
from ..noise import blur


def picture(pixels: Array) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))


def floats(image: Image.Image) -> Array:
    return np.asarray(image.convert("RGB"), np.float32) / 255


def flattened(pixels: Array, width: int, passes: int = 1, shrink: int = 2) -> Array:
    """Areas become even, edges stay: medians at a smaller size."""
    image = picture(pixels)
    size = image.size
    small = image.resize(
        (max(8, size[0] // shrink), max(8, size[1] // shrink)), Image.Resampling.BOX
    )
    for _ in range(passes):
        small = small.filter(ImageFilter.MedianFilter(width))
    return floats(small.resize(size, Image.Resampling.BICUBIC))


def relief(height: Array, strength: float, most: float = 0.25) -> Array:
    """Light from the upper left over a height field: add one and multiply."""
    down, across = np.gradient(height)
    return np.clip((down + across) * -strength, -most, most)


def edges(pixels: Array, radius: float) -> Array:
    """How much darker than its surroundings each place is, from 0 to 1."""
    light = luminance(pixels)
    difference = blur(light, radius) - blur(light, radius * 1.8)
    return np.clip(-difference * 14, 0, 1)


def attention(stage: Scene, softness: float = 0.1) -> Array:
    """One on the subjects, falling to zero away from them; one everywhere without subjects."""
    canvas = stage.canvas
    if not stage.boxes:
        return np.ones((canvas.height, canvas.width), np.float32)
    focus = np.zeros((canvas.height, canvas.width), np.float32)
    for left, top, right, bottom in stage.boxes:
        x, y = (left + right) / 2 / canvas.width, (top + bottom) / 2 / canvas.height
        across, down = (right - left) / 2 / canvas.width, (bottom - top) / 2 / canvas.height
        far = np.hypot((canvas.x - x) / max(across, 0.02), (canvas.y - y) / max(down, 0.02))
        focus = np.maximum(focus, smooth(1.35 + softness * 4, 1.1, far))
    return focus.astype(np.float32)
