"""A transparent tile to draw a figure on: its feet at y = 2, its head near y = 0, middle x = 0."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from ..colour import Array, eight_bit
from ..shapes import Points, spline

Point = tuple[float, float] | Array

LEFT, TOP, RIGHT, BOTTOM = -1.4, -0.5, 1.4, 2.3
FINENESS = 2


class Tile:
    """Figures are about two units tall; size is that height in pixels."""

    def __init__(self, size: int) -> None:
        self.scale = size / 2
        self.picture = Image.new("RGBA", self._pixels(RIGHT - LEFT, BOTTOM - TOP), (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.picture)
        self.glass: tuple[float, float, float, float] | None = None

    def _pixels(self, across: float, down: float) -> tuple[int, int]:
        return int(across * self.scale) * FINENESS, int(down * self.scale) * FINENESS

    def at(self, points: Iterable[Point]) -> list[tuple[float, float]]:
        zoom = self.scale * FINENESS
        return [((x - LEFT) * zoom, (y - TOP) * zoom) for x, y in points]

    def polygon(self, points: Iterable[Point], shade: Array) -> None:
        self.pen.polygon(self.at(points), fill=eight_bit(shade))

    def blob(self, points: ArrayLike, shade: Array, steps: int = 10) -> None:
        """A smooth closed shape through the points."""
        self.polygon(spline(points, steps), shade)

    def mirrored(self, half: Sequence[tuple[float, float]], shade: Array, steps: int = 10) -> None:
        """A smooth shape given by its right half, from top to bottom."""
        left = [(-x, y) for x, y in reversed(half) if abs(x) > 1e-6]
        self.blob([*half, *left], shade, steps)

    def pair(self, points: Points, shade: Array, smooth: bool = True) -> None:
        """The shape on the right, and its twin on the left."""
        for side in (-1, 1):
            twin = [(side * x, y) for x, y in points]
            (self.blob if smooth else self.polygon)(twin, shade)

    def mirrored_at(self, middle: float, half: Sequence[tuple[float, float]], shade: Array) -> None:
        """As `mirrored`, about another middle."""
        left = [(-x, y) for x, y in reversed(half) if abs(x) > 1e-6]
        self.blob([(middle + x, y) for x, y in (*half, *left)], shade)

    def hole(self, points: Points) -> None:
        """Cut through everything drawn so far."""
        self.pen.polygon(self.at(points), fill=(0, 0, 0, 0))

    def ellipse(self, x: float, y: float, across: float, down: float, shade: Array) -> None:
        corners = self.at([(x - across, y - down), (x + across, y + down)])
        self.pen.ellipse([*corners[0], *corners[1]], fill=eight_bit(shade))

    def line(self, points: Iterable[Point], width: float, shade: Array) -> None:
        thickness = max(1, int(width * self.scale * FINENESS))
        self.pen.line(self.at(points), fill=eight_bit(shade), width=thickness, joint="curve")

    def curve(self, points: Sequence[tuple[float, float]], width: float, shade: Array) -> None:
        self.line(spline(points, 10, False), width, shade)
        for x, y in (points[0], points[-1]):
            self.ellipse(x, y, width / 2, width / 2, shade)

    def box(self, x0: float, y0: float, x1: float, y1: float, shade: Array) -> None:
        corners = self.at([(min(x0, x1), y0), (max(x0, x1), y1)])
        self.pen.rectangle([*corners[0], *corners[1]], fill=eight_bit(shade))

    def rounded(
        self, x0: float, y0: float, x1: float, y1: float, radius: float, shade: Array
    ) -> None:
        """A box with round corners."""
        corners = self.at([(x0, y0), (x1, y1)])
        thick = radius * self.scale * FINENESS
        self.pen.rounded_rectangle([*corners[0], *corners[1]], thick, fill=eight_bit(shade))

    def finished(self) -> Image.Image:
        """The figure cut to its ink, at its final size."""
        small = self.picture.reduce(FINENESS)
        return small.crop(small.getbbox() or (0, 0, 1, 1))


def arc(
    x: float, y: float, across: float, down: float, start: float, end: float, steps: int = 24
) -> list[tuple[float, float]]:
    """Points along an ellipse; angles in turns, 0 to the right, growing downwards."""
    angles = np.linspace(start, end, steps) * 2 * np.pi
    return [(x + np.cos(angle) * across, y + np.sin(angle) * down) for angle in angles]
