"""Geometric: a grid of quarter circles, rings, stripes and triangles in few colours."""

from typing import Any

from PIL import Image, ImageDraw

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, eight_bit

PAPER = "f2e8d5"
FRIENDS = (PAPER, "22303c", "e2583e", "f2b53a", "2f7f86")
FINENESS = 2


def paint(stage: Scene) -> None:
    stage.floating, stage.ambient_share, stage.ground = True, 0.1, 0.68
    canvas, chance = stage.canvas, stage.canvas.stream("grid")
    shades = list(stage.plan.palette)
    shades += [colour(code) for code in FRIENDS[: max(2, 6 - len(shades))]]
    size = (canvas.width * FINENESS, canvas.height * FINENESS)
    picture = Image.new("RGB", size, eight_bit(colour(PAPER))[:3])
    pen = ImageDraw.Draw(picture)
    cells = int(chance.integers(4, 7))
    side = max(size) / cells
    for row in range(cells):
        for column in range(cells):
            chosen = [_ink(shades[int(at)]) for at in chance.permutation(len(shades))[:3]]
            _cell(pen, column * side, row * side, side, int(chance.integers(8)), chosen)
    canvas.take(picture.reduce(FINENESS))


def _ink(shade: Array) -> tuple[int, int, int]:
    return eight_bit(shade)[:3]


def _cell(pen: ImageDraw.ImageDraw, x: float, y: float, s: float, kind: int, inks: Any) -> None:
    ground, first, second = inks
    pen.rectangle([x, y, x + s, y + s], fill=ground)
    if kind == 0:
        _quarter(pen, x, y, s, 0, first)
        _quarter(pen, x, y, s / 2, 0, second)
    elif kind == 1:
        pen.ellipse([x + s * 0.1, y + s * 0.1, x + s * 0.9, y + s * 0.9], fill=first)
        pen.ellipse([x + s * 0.32, y + s * 0.32, x + s * 0.68, y + s * 0.68], fill=second)
    elif kind == 2:
        pen.polygon([(x, y + s), (x + s, y + s), (x + s, y)], fill=first)
    elif kind == 3:
        _quarter(pen, x + s, y + s, s, 180, first)
        _quarter(pen, x + s, y + s, s / 2, 180, second)
    elif kind == 4:
        for band in range(5):
            pen.rectangle([x, y + s * band / 5, x + s, y + s * (band + 0.5) / 5], fill=first)
    elif kind == 5:
        pen.pieslice([x, y - s / 2, x + s, y + s / 2], 0, 180, fill=first)
        pen.pieslice([x, y + s / 2, x + s, y + s * 1.5], 180, 360, fill=second)
    elif kind == 6:
        middle = [(x + s / 2, y), (x + s, y + s / 2), (x + s / 2, y + s), (x, y + s / 2)]
        pen.polygon(middle, fill=first)
    else:
        _quarter(pen, x + s, y, s, 90, first)
        _quarter(pen, x, y + s, s * 0.6, 270, second)


def _quarter(
    pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, start: int, ink: Any
) -> None:
    pen.pieslice([x - radius, y - radius, x + radius, y + radius], start, start + 90, fill=ink)
