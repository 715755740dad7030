"""Vector shapes as soft masks: drawn larger than needed, then shrunk, so that edges are smooth."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFilter

from .colour import Array

Points = Iterable[tuple[float, float]]


class Mask:
    """A mask in pixel coordinates."""

    def __init__(self, width: int, height: int, fineness: int = 2) -> None:
        self.fineness = fineness
        self.picture = Image.new("L", (width * fineness, height * fineness), 0)
        self.pen = ImageDraw.Draw(self.picture)

    def polygon(self, points: Points, value: int = 255) -> None:
        self.pen.polygon(self._scaled(points), fill=value)

    def ellipse(self, x: float, y: float, across: float, down: float, value: int = 255) -> None:
        corners = [(x - across, y - down), (x + across, y + down)]
        self.pen.ellipse(self._scaled(corners), fill=value)

    def line(self, points: Points, width: float, value: int = 255) -> None:
        thickness = max(1, round(width * self.fineness))
        self.pen.line(self._scaled(points), fill=value, width=thickness, joint="curve")

    def values(self) -> Array:
        if self.fineness > 1:
            return np.asarray(self.picture.reduce(self.fineness), np.float32) / 255
        soft = self.picture.filter(ImageFilter.GaussianBlur(0.6))  # cheaper than drawing larger
        return np.asarray(soft, np.float32) / 255

    def _scaled(self, points: Points) -> list[tuple[float, float]]:
        return [(float(x) * self.fineness, float(y) * self.fineness) for x, y in points]


def spline(points: ArrayLike, steps: int = 10, closed: bool = True) -> np.ndarray:
    """A Catmull-Rom curve through the points."""
    through = np.asarray(points, float)
    if closed:
        padded = np.vstack([through[-1], through, through[0], through[1]])
    else:
        padded = np.vstack([2 * through[0] - through[1], through, 2 * through[-1] - through[-2]])
    at = np.linspace(0, 1, steps, endpoint=False)[:, None]
    spans = len(padded) - 3
    return np.vstack([_span(padded[start : start + 4], at) for start in range(spans)])


def _span(four: np.ndarray, at: np.ndarray) -> np.ndarray:
    before, start, end, after = four
    straight = 2 * start + (end - before) * at
    bent = (2 * before - 5 * start + 4 * end - after) * at**2
    return 0.5 * (straight + bent + (3 * start - before - 3 * end + after) * at**3)
