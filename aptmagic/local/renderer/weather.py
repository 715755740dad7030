"""Weather in front of everything: snow, rain, lightning, fog."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aptmagic.local.renderer.scene import Scene

from .canvas import Canvas
from .colour import WHITE, Array, colour, mix, smooth
from .noise import blur
from .scenes import land

INDOOR = ("indoors", "abstract", "geometric", "mandala", "emblem", "space", "underwater")


def paint(stage: Scene) -> None:
    if "magic" in stage.plan.moods:
        _magic(stage)
    if stage.plan.setting in INDOOR:
        return
    if stage.plan.has("snow"):
        _snow(stage)
    if stage.plan.has("rain", "storm"):
        _rain(stage)
    if stage.plan.has("storm"):
        _lightning(stage)
    if stage.plan.has("fog"):
        _fog(stage)
    if stage.plan.has("autumn", "spring"):
        _petals(stage)


def _snow(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("flakes")
    flakes = _discs(
        canvas,
        chance,
        1,
        ((0.0012, canvas.plenty(520), 190), (0.0028, canvas.plenty(130), 160)),
        0.7,
    )
    near = _discs(canvas, chance, 4, ((0.0085, 24, 90),), 1.2)
    canvas.over(colour("f6f9ff"), np.clip(flakes + near, 0, 0.9))


def _discs(
    canvas: Canvas, chance: np.random.Generator, shrink: int, kinds: Any, softness: float
) -> Array:
    picture = Image.new("L", (max(1, canvas.width // shrink), max(1, canvas.height // shrink)), 0)
    pen = ImageDraw.Draw(picture)
    for size, count, value in kinds:
        for _ in range(count):
            x, y = chance.random() * picture.width, chance.random() * picture.height
            radius = size * canvas.unit / shrink * chance.uniform(0.6, 1.5)
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=value)
    soft = picture.filter(ImageFilter.GaussianBlur(softness * canvas.unit / 1024 / shrink + 0.3))
    soft = soft.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    return np.asarray(soft, np.float32) / 255


def _rain(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("rain")
    picture = Image.new("L", (canvas.width, canvas.height), 0)
    pen = ImageDraw.Draw(picture)
    for _ in range(canvas.plenty(900)):
        x, y = chance.random() * canvas.width * 1.1, chance.random() * canvas.height
        length = canvas.height * chance.uniform(0.015, 0.065)
        width = 1 + int(canvas.unit > 700 and chance.random() < 0.2)
        streak = [(x, y), (x - length * 0.16, y + length)]
        pen.line(streak, fill=int(chance.uniform(30, 120)), width=width)
    streaks = np.asarray(picture, np.float32) / 255
    canvas.glow(mix(stage.light.haze, WHITE, 0.5), streaks * 0.6)
    land.mist(stage, 0.62, 0.25, 0.22, "drizzle")


def _lightning(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("bolt")
    picture = Image.new("L", (canvas.width, canvas.height), 0)
    pen = ImageDraw.Draw(picture)
    width = max(1, round(canvas.unit * 0.003))
    x, y = canvas.width * (1 - stage.light.sun_x), 0.0
    while y < canvas.height * stage.horizon * 0.94:
        tip = (x + chance.normal(0, 0.018) * canvas.width, y + canvas.height * 0.03)
        pen.line([(x, y), tip], fill=255, width=width)
        if chance.random() < 0.3:
            twig = (tip[0] + chance.normal(0, 0.06) * canvas.width, tip[1] + canvas.height * 0.08)
            pen.line([tip, twig], fill=150, width=max(1, width - 1))
        x, y = tip
    bolt = np.asarray(picture, np.float32) / 255
    light = bolt + blur(bolt, 0.02 * canvas.unit) * 3 + blur(bolt, 0.1 * canvas.unit) * 4
    canvas.glow(colour("e6ecff"), light)


def _fog(stage: Scene) -> None:
    drift = stage.canvas.fractal("fog", 5, 2, octaves=4, coarse=4)
    low = smooth(0.2, 0.75, stage.canvas.y)
    stage.canvas.over(stage.light.haze, np.clip(low * 0.42 * (0.5 + drift), 0, 0.55))


def _magic(stage: Scene) -> None:
    """Sparks that rise about the subjects in a loose spiral."""
    canvas, chance = stage.canvas, stage.canvas.stream("magic")
    turn, height = chance.uniform(0, 6.28, 150), chance.random(150) ** 0.7
    reach = 0.1 + 0.2 * (1 - height) + chance.normal(0, 0.02, 150)
    x = stage.focus + np.cos(turn + height * 7) * reach / canvas.aspect**0.5
    y = 0.92 - height * 0.72 + np.sin(turn + height * 7) * 0.05
    columns = np.clip(x * canvas.width, 0, canvas.width - 1).astype(int)
    rows = np.clip(y * canvas.height, 0, canvas.height - 1).astype(int)
    shine = chance.random(150)
    canvas.glow(colour("fff6c8"), canvas.dots(rows, columns, shine, canvas.unit * 0.0026))
    canvas.glow(colour("ffc95a"), canvas.dots(rows, columns, shine * 0.5, canvas.unit * 0.01))


def _petals(stage: Scene) -> None:
    """Leaves in autumn, blossoms in spring, carried by the wind."""
    canvas, chance = stage.canvas, stage.canvas.stream("petals")
    autumn = stage.plan.has("autumn")
    codes = ("d9772a", "b8482a", "e0a83a") if autumn else ("f7c4d4", "fbe3ea", "f0a6be")
    picture = canvas.picture()
    pen = ImageDraw.Draw(picture)
    for _ in range(64):
        x, y = chance.random() * canvas.width, chance.random() * canvas.height
        size = canvas.unit * chance.uniform(0.003, 0.009)
        angle, slim = chance.uniform(0, np.pi), chance.uniform(0.3, 0.7)
        along = np.array([np.cos(angle), np.sin(angle)]) * size
        aside = np.array([-along[1], along[0]]) * slim
        middle = np.array([x, y])
        leaf = [middle - along, middle + aside, middle + along, middle - aside]
        shade = stage.lit(colour(str(chance.choice(codes))), 0.7) * 255
        pen.polygon([tuple(point) for point in leaf], fill=tuple(shade.astype(int).tolist()))
    canvas.take(picture)
