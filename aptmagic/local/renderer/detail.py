"""What the best quality has beyond the others: light that falls, surfaces, depth, a foreground.

from typing import Any
The composition stays: everything here is laid over what every quality paints.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aptmagic.local.renderer.scene import Scene

from .colour import WHITE, Array, colour, eight_bit, luminance, mix, saturate, smooth
from .noise import blur, resize
from .scenes import sky

OUTDOORS = ("meadow", "forest", "mountain", "lake", "sea", "desert", "city", "clouds")
LEAFY = ("meadow", "forest", "mountain", "lake")
FURRY = 3600  # strokes on one animal
STROKE = 0.018  # the length of a hair, as a share of the figure


def surface(stage: Scene, shades: Array, opacity: Array, group: str, name: str) -> Array:
    """The figure's pixels with their opacity, of fur if it is an animal and of matter if not."""
    figure = np.concatenate([np.clip(shades, 0, 1), opacity[..., None]], -1)
    chance = stage.canvas.stream(f"surface {name}")
    if group == "animals" and min(opacity.shape) > 60:
        return _fur(figure, chance)
    height, width = opacity.shape
    grain = resize(chance.random((height // 2 + 2, width // 2 + 2), np.float32), width, height)
    broad = resize(chance.random((9, 9), np.float32), width, height)
    tone = 1 + 0.09 * (grain - 0.5) + 0.14 * (broad - 0.5)
    if group == "buildings":
        walls = figure[..., 0] >= figure[..., 2]  # and not the glass of its windows
        tone = tone * np.where(walls, _courses(height, width), 1)
    figure[..., :3] *= tone[..., None]
    return figure


def _courses(height: int, width: int) -> Array:
    """Rows of stone or timber, as faint as one sees them from a few steps away."""
    tall = max(4, height // 24)
    row = np.arange(height)[:, None] // tall
    joint = (np.arange(height) % tall < max(1, tall // 7))[:, None]
    across = np.arange(width)[None, :] + (row % 2) * tall
    upright = (across % (tall * 2)) < max(1, tall // 8)
    return np.where(joint | upright, 0.92, 1.0).astype(np.float32)


def _fur(figure: Array, chance: np.random.Generator) -> Array:
    """Short strokes in the colours that are there, outward and down; eyes and nose stay clear."""
    height, width = figure.shape[:2]
    opacity, light = figure[..., 3], luminance(figure)
    down, across = np.gradient(blur(opacity, height * 0.09))
    busy = blur(np.hypot(*np.gradient(light)) * (opacity > 0.9), 2.0)
    rows, columns = np.nonzero((opacity > 0.7) & (busy < 0.022) & (light > 0.1))
    if not len(rows):
        return figure
    pick = chance.integers(0, len(rows), FURRY)
    rows, columns = rows[pick], columns[pick]
    turn = np.arctan2(-down[rows, columns] + 0.003, -across[rows, columns])
    turn = turn + chance.normal(0, 0.35, FURRY)
    long = STROKE * height * chance.uniform(0.6, 1.5, FURRY)
    ends = np.stack([columns, rows, columns + np.cos(turn) * long, rows + np.sin(turn) * long], 1)
    tone = chance.uniform(0.86, 1.13, FURRY)[:, None]
    shades = np.clip(figure[rows, columns, :3] * tone, 0, 1) * 255
    picture = Image.fromarray((np.clip(figure, 0, 1) * 255).astype(np.uint8), "RGBA")
    large = picture.resize((width * 2, height * 2), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(large)
    for end, shade in zip((ends * 2).tolist(), shades.astype(int).tolist(), strict=True):
        pen.line(end, fill=(*shade, 255), width=2)
    return np.asarray(large.reduce(2), np.float32) / 255


def paint(stage: Scene) -> None:
    """Depth, rays and a foreground, before the weather comes in front of it all."""
    setting = stage.plan.setting
    if setting in OUTDOORS:
        _depth(stage)
        if not stage.plan.dull and not stage.plan.has("fog"):
            _rays(stage)
    if setting in LEAFY and stage.plan.shows("trees") and not stage.snowy:
        _branch(stage)
    if setting == "city" or setting == "indoors":
        _bokeh(stage)
    if setting == "space" or (stage.night and setting in OUTDOORS and stage.light.stars):
        _bright_stars(stage)


def grade(stage: Scene) -> None:
    """Local contrast, clear colours and crisp edges, last of all."""
    canvas = stage.canvas
    local = canvas.pixels - blur(canvas.pixels, canvas.unit * 0.03)
    canvas.pixels[:] = saturate(canvas.pixels + local * 0.26, 1.1)
    picture = canvas.picture().filter(ImageFilter.UnsharpMask(2, 70, 2))
    canvas.pixels[:] = np.asarray(picture, np.float32) / 255


def _depth(stage: Scene) -> None:
    """What is far away is a little soft, so that what stands in front comes forward."""
    canvas = stage.canvas
    rows = canvas.rows_from(0, min(1.0, stage.horizon + 0.05))
    far = canvas.pixels[rows]
    soft = blur(far, canvas.unit * 0.0022)
    away = smooth(stage.horizon + 0.05, stage.horizon - 0.08, canvas.y[rows])[..., None] * 0.75
    far += (soft - far) * away


def _rays(stage: Scene) -> None:
    """Light that streams from the sun past what stands in its way."""
    canvas = stage.canvas
    x, y = sky.sun_place(stage)
    if not stage.plan.shows("moon" if stage.night else "sun"):
        return
    small = (max(8, canvas.width // 4), max(8, canvas.height // 4))
    near = np.exp(-canvas.distance(x, y) / 0.3)
    bright = np.clip(luminance(canvas.pixels) - 0.6, 0, 0.4) * near
    picture = Image.fromarray(bright.astype(np.float32)).resize(small, Image.Resampling.BOX)
    beams, sun = np.zeros(small[::-1], np.float32), (x * small[0], y * small[1])
    for step in range(18):
        zoom = 1 - step * 0.036
        move = (zoom, 0, sun[0] * (1 - zoom), 0, zoom, sun[1] * (1 - zoom))
        moved = picture.transform(small, Image.Transform.AFFINE, move, Image.Resampling.BILINEAR)
        beams += np.asarray(moved) * (1 - step / 18)
    beams *= (0.3 if stage.night else 0.42) / max(0.8, float(beams.max()))
    canvas.glow(stage.light.sun, resize(beams, canvas.width, canvas.height))
    halo = np.exp(-((canvas.distance(x, y) - 0.13) ** 2) / 0.0016) * 0.05
    canvas.glow(mix(stage.light.sun, WHITE, 0.4), halo)


def _branch(stage: Scene) -> None:
    """Leaves close to us in an upper corner, out of focus, and blades in the lower one."""
    canvas, chance = stage.canvas, stage.canvas.stream("branch")
    wide, tall = canvas.width // 2, canvas.height // 2
    picture = Image.new("RGBA", (wide, tall), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    side = next((one for one in (-stage.light.side, stage.light.side) if _free(stage, one)), 0)
    if not side:
        return
    corner = wide if side > 0 else 0
    shade = _leaf_shade(stage)
    unit = min(wide, tall)
    for _ in range(4):
        _twig(pen, (corner, -0.04 * tall), side, unit, shade, chance)
    _blades(pen, wide - corner, side, (unit, tall), shade, chance)
    soft = picture.filter(ImageFilter.GaussianBlur(unit * 0.005))
    layer = np.asarray(soft.resize((canvas.width, canvas.height), Image.Resampling.BILINEAR))
    layer = layer.astype(np.float32) / 255
    opacity = layer[..., 3:]
    under = np.maximum(opacity, 1e-3)
    canvas.pixels[:] = mix(canvas.pixels, np.clip(layer[..., :3] / under, 0, 1) * 1.0, opacity)


def _free(stage: Scene, side: int) -> bool:
    """Whether nobody is in the upper corner on that side."""
    canvas = stage.canvas
    reach, low = canvas.unit * 0.4, canvas.unit * 0.34
    return not any(
        top < low and (right > canvas.width - reach if side > 0 else left < reach)
        for left, top, right, _ in stage.boxes
    )


def _leaf_shade(stage: Scene) -> Array:
    leaf = colour("4d7a34")
    if stage.plan.has("autumn"):
        leaf = colour("b8682a")
    if stage.plan.has("spring"):
        leaf = colour("eeb4c8")
    low_sun = stage.plan.time in ("sunrise", "golden", "sunset", "dusk")
    return stage.lit(mix(leaf, stage.light.near, 0.62 if low_sun or stage.night else 0.3), 0.8)


def _twig(
    pen: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    side: int,
    unit: float,
    shade: Array,
    chance: np.random.Generator,
) -> None:
    angle = float(chance.uniform(0.12, 1.15))
    long = unit * float(chance.uniform(0.24, 0.42))
    along = [
        (
            corner[0] - side * np.cos(angle) * long * step,
            corner[1] + np.sin(angle) * long * step + unit * 0.04 * step**2,
        )
        for step in np.linspace(0, 1, 9)
    ]
    pen.line(along, fill=eight_bit(shade * 0.35), width=max(1, int(unit * 0.006)))
    for at, place in enumerate(along[1:]):
        for lean in (-0.75, 0.75):
            if chance.random() < 0.2:
                continue
            tone = shade * float(chance.uniform(0.5, 1.3))
            turn = angle + lean * float(chance.uniform(0.5, 1.3))
            size = unit * 0.062 * (1.1 - 0.04 * at) * float(chance.uniform(0.8, 1.2))
            _leaf(pen, place, (-side * np.cos(turn), np.sin(turn)), size, tone)


def _leaf(
    pen: ImageDraw.ImageDraw,
    foot: tuple[float, float],
    along: tuple[float, float],
    long: float,
    shade: Array,
) -> None:
    aside = (-along[1] * 0.24 * long, along[0] * 0.24 * long)
    middle = (foot[0] + along[0] * long * 0.5, foot[1] + along[1] * long * 0.5)
    tip = (foot[0] + along[0] * long, foot[1] + along[1] * long)
    points = [
        foot, (middle[0] + aside[0], middle[1] + aside[1]), tip,
        (middle[0] - aside[0], middle[1] - aside[1]),
    ]  # fmt: skip
    pen.polygon(points, fill=eight_bit(shade))


def _blades(
    pen: ImageDraw.ImageDraw,
    corner: float,
    side: int,
    size: tuple[float, float],
    shade: Array,
    chance: np.random.Generator,
) -> None:
    unit, tall = size
    for _ in range(42):
        x = corner + side * unit * float(chance.random()) ** 1.6 * 0.3
        long = unit * float(chance.uniform(0.06, 0.17)) * (1.1 - abs(x - corner) / unit * 2.2)
        lean = float(chance.normal(0.12 * side, 0.22)) * long
        half = unit * 0.005
        tone = shade * float(chance.uniform(0.5, 1.2))
        blade = [(x - half, tall), (x + half, tall), (x + lean, tall - max(2.0, long))]
        pen.polygon(blade, fill=eight_bit(tone))


def _bokeh(stage: Scene) -> None:
    """Lights out of focus: discs with a brighter rim."""
    canvas, chance = stage.canvas, stage.canvas.stream("foreground lights")
    dark = stage.night or stage.plan.time in ("dusk", "sunset") or stage.plan.style == "neon-punk"
    small = (max(8, canvas.width // 2), max(8, canvas.height // 2))
    picture = Image.new("RGB", small, (0, 0, 0))
    pen = ImageDraw.Draw(picture)
    unit = min(small)
    for at in range(22 if stage.plan.setting == "city" else 9):
        x = small[0] * float(chance.random())
        low = stage.plan.setting == "city" and at % 2
        y = small[1] * float(chance.uniform(0.72, 1.02) if low else chance.uniform(0.0, 0.5))
        radius = unit * float(chance.uniform(0.012, 0.036))
        shade = colour(str(chance.choice(["ffcf8a", "ffe6bc", "ff9a6a", "ffd9a8"])))
        shade = shade * float(chance.uniform(0.2, 0.55)) * (0.6 if dark else 0.2)
        box = [x - radius, y - radius, x + radius, y + radius]
        pen.ellipse(box, fill=eight_bit(shade)[:3], outline=eight_bit(shade * 1.5)[:3])
    soft = picture.filter(ImageFilter.GaussianBlur(1.2)).resize((canvas.width, canvas.height))
    light = np.asarray(soft, np.float32) / 255
    canvas.pixels += light * np.clip(1.02 - canvas.pixels, 0, 1)


def _bright_stars(stage: Scene) -> None:
    """A few stars with the cross that a lens makes of them."""
    canvas, chance = stage.canvas, stage.canvas.stream("bright stars")
    deep = 1.0 if stage.plan.setting == "space" else stage.horizon * 0.6
    light = np.zeros((canvas.height, canvas.width), np.float32)
    for _ in range(14):
        row, column = (
            int(chance.random() * deep * canvas.height),
            int(chance.random() * canvas.width),
        )
        reach = max(2, int(canvas.unit * float(chance.uniform(0.006, 0.018))))
        fade = np.exp(-np.abs(np.arange(-reach, reach + 1)) / (reach * 0.3)).astype(np.float32)
        if reach <= row < canvas.height - reach and reach <= column < canvas.width - reach:
            light[row - reach : row + reach + 1, column] += fade
            light[row, column - reach : column + reach + 1] += fade
    covered = np.zeros_like(light)
    for left, top, right, bottom in stage.boxes:
        covered[max(0, top) : bottom, max(0, left) : right] = 1
    seen = (light + blur(light, canvas.unit * 0.004)) * (1 - covered)
    dark = smooth(0.55, 0.3, luminance(canvas.pixels))
    canvas.glow(colour("eaf2ff"), np.clip(seen * dark, 0, 1))
