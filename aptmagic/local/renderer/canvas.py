"""The canvas: float pixels, their coordinates, and random streams that each go by a name."""

import zlib
from typing import Any

import numpy as np
from PIL import Image

from . import noise
from .colour import Array


class Canvas:
    """Pixels from 0 to 1; x and y run from 0 to 1 as a row and a column, ready to broadcast."""

    def __init__(self, width: int, height: int, seed: int, detail: int = 1) -> None:
        self.detail = detail  # 0 is simple, 2 has all there is
        self.width, self.height, self.seed = width, height, seed
        self.unit = min(width, height)
        self.aspect = width / height
        self.x = (np.arange(width, dtype=np.float32) + 0.5)[None, :] / width
        self.y = (np.arange(height, dtype=np.float32) + 0.5)[:, None] / height
        self.pixels = np.zeros((height, width, 3), np.float32)

    def stream(self, name: str) -> np.random.Generator:
        """A layer's own chance: adding a layer never reshuffles the others."""
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(name.encode())]))

    def fractal(
        self,
        name: str,
        down: float = 4,
        across: float = 4,
        rows: slice | None = None,
        **options: Any,
    ) -> Array:
        """Noise over the canvas, or over some of its rows at the same scale."""
        options["octaves"] = max(2, options.get("octaves", 5) + (-2, 0, 1)[self.detail])
        count = rows.stop - rows.start if rows else self.height
        down = max(1.0, down * count / self.height)
        return noise.fractal(self.stream(name), count, self.width, down, across, **options)

    def profile(self, name: str, cells: float = 4, **options: Any) -> Array:
        options["octaves"] = max(2, options.get("octaves", 6) + (-3, 0, 1)[self.detail])
        return noise.profile(self.stream(name), self.width, cells, **options)

    def plenty(self, count: int) -> int:
        """How many of something small a picture of this quality has."""
        return round(count * (0.4, 1, 1.5)[self.detail])

    def distance(self, x: float, y: float) -> Array:
        """From a point, in picture heights."""
        return np.hypot((self.x - x) * self.aspect, self.y - y)

    def over(self, shade: Array, amount: Array) -> None:
        """Lay a colour, flat or of every pixel, over the rows that the amount touches."""
        rows = np.flatnonzero(amount.max(1) > 1e-3)
        if not len(rows):
            return
        band = slice(rows[0], rows[-1] + 1)
        part = shade[band] if shade.ndim == 3 and shade.shape[0] == self.height else shade
        below = self.pixels[band]
        below += (part - below) * amount[band, :, None]

    def rows_from(self, top: float, bottom: float = 1.0) -> slice:
        """The rows between two heights: most layers touch only a part of the canvas."""
        start = int(np.clip(top * self.height, 0, self.height - 8))
        return slice(start, int(np.clip(bottom * self.height + 1, start + 8, self.height)))

    def over_rows(self, rows: slice, shade: Array, amount: Array) -> None:
        below = self.pixels[rows]
        below += (shade - below) * amount[..., None]

    def glow(self, shade: Array, amount: Array) -> None:
        """Light adds up, but like on film it never burns through white."""
        light = np.clip(amount[..., None] * shade, 0, 1)
        self.pixels += light * np.clip(1.02 - self.pixels, 0, 1)

    def dots(self, rows: Array, columns: Array, brightness: Array, radius: float) -> Array:
        """Round points of light, each fading over its radius."""
        reach = max(1, int(radius * 2.5))
        across = np.arange(-reach, reach + 1)
        stamp = np.exp(-(across[:, None] ** 2 + across[None, :] ** 2) / (2 * (radius * 0.7) ** 2))
        field = np.zeros((self.height + 2 * reach, self.width + 2 * reach), np.float32)
        for row, column, light in zip(rows, columns, brightness, strict=True):
            field[row : row + 2 * reach + 1, column : column + 2 * reach + 1] += stamp * light
        return np.clip(field[reach:-reach, reach:-reach], 0, 1)

    def shade(self, amount: Array) -> None:
        """Darken by the amount."""
        self.pixels *= 1 - amount[..., None]

    def picture(self) -> Image.Image:
        return Image.fromarray((np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8))

    def take(self, picture: Image.Image) -> None:
        self.pixels[:] = np.asarray(picture.convert("RGB"), np.float32) / 255
