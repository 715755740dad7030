"""One subject as pixels: drawn or looked up, tinted, turned, and sized for its place."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from . import pictograms, subjects
from .colour import Array, colour, mix, smooth
from .stage import Stage
from .subjects import people
from .subjects.tile import LEFT, TOP, Tile
from .words import Subject

GLOWING = colour("ffdf94")
USUAL = {"ground": 0.45, "air": 0.38, "water": 0.42, "deep": 0.42, "indoors": 0.43, "space": 0.5}
WORN = {"sunglasses": (0.65, 0.94), "glasses": (0.65, 0.9), "scarf": (1.2, 0.7)}
WITH_LAMPS = ("@lighthouse", "@cabin", "@castle", "@village", "@haunted", "@balloon", "@rocket")


@dataclass
class Figure:
    """Colour and opacity, cut to the ink; glowing says what shines by itself."""

    colours: Array
    opacity: Array
    glowing: Array

    @property
    def height(self) -> int:
        return self.opacity.shape[0]

    @property
    def width(self) -> int:
        return self.opacity.shape[1]


def make(stage: Stage, subject: Subject, size: int, name: str) -> Figure:
    chance = stage.canvas.stream(name)
    if subject.picture.startswith("@"):
        picture = _drawn(stage, subject, size, chance)
    else:
        picture = _pictogram(subject, size)
    if chance.random() < 0.5 and subject.picture not in ("@astronaut", "@castle", "@tower"):
        picture = ImageOps.mirror(picture)
    pixels = np.asarray(picture, np.float32) / 255
    colours, opacity = pixels[..., :3].copy(), pixels[..., 3].copy()
    if subject.tint is not None and not subject.picture.startswith("@"):
        colours = pictograms.tinted(colours, subject.tint)
    return Figure(colours, opacity, _glow(subject, colours))


def _drawn(stage: Stage, subject: Subject, size: int, chance: np.random.Generator) -> Image.Image:
    kind = subject.picture[1:]
    if stage.plan.setting == "portrait" and kind in ("person", "astronaut"):
        tile = Tile(size)
        if kind == "person":
            people.portrait(tile, subject.tint, chance, subject.word.split()[-1])
        else:
            people.astronaut_portrait(tile, subject.tint, chance)
    else:
        tile = subjects.draw(kind, size, subject.tint, chance)
    if tile.glass:
        return _with_visor(stage, tile)
    if subject.wears:
        _dress(tile, subject.wears)
    return tile.finished()


def _dress(tile: Tile, thing: str) -> None:
    """Put a pictogram on the head of a drawn figure: over the eyes, or on top."""
    y, width = WORN.get(thing, (0.1, 0.8))
    picture = pictograms.load(thing)
    across = int(width * tile.scale * 2)
    picture = picture.resize(
        (across, across * picture.height // picture.width), Image.Resampling.LANCZOS
    )
    x, top = tile.at([(0, y)])[0]
    tile.picture.alpha_composite(
        picture, (int(x - across / 2), max(0, int(top) - picture.height // 2))
    )


def _pictogram(subject: Subject, size: int) -> Image.Image:
    """As large for the eye as a drawn figure, whatever its outline."""
    picture = pictograms.load(subject.picture)
    scale = size * 0.88 / (picture.width * picture.height) ** 0.5
    scale = min(scale, size * 1.2 / picture.height)
    shape = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
    return picture.resize(shape, Image.Resampling.LANCZOS)


def _glow(subject: Subject, colours: Array) -> Array:
    if subject.picture not in WITH_LAMPS:
        return np.zeros(colours.shape[:2], np.float32)
    away = np.abs(colours - GLOWING).max(-1)
    return smooth(0.14, 0.06, away).astype(np.float32)


def _with_visor(stage: Stage, tile: Tile) -> Image.Image:
    """Glass that mirrors the horizon, and the sun."""
    small = tile.picture.reduce(2)
    pixels = np.asarray(small, np.float32) / 255
    height, width = pixels.shape[:2]
    x, y, across, down = tile.glass or (0, 0, 1, 1)
    u = ((np.arange(width, dtype=np.float32) / tile.scale + LEFT) - x)[None, :] / across
    v = ((np.arange(height, dtype=np.float32) / tile.scale + TOP) - y)[:, None] / down
    mirror = _reflection(stage, u, v)
    inside = smooth(1.0, 0.95, u * u + v * v)[..., None]
    pixels = np.concatenate([mix(pixels[..., :3], mirror, inside), pixels[..., 3:]], -1)
    done = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8), "RGBA")
    return done.crop(done.getbbox())


def _reflection(stage: Stage, u: Array, v: Array) -> Array:
    light = stage.light
    horizon = 0.28 + 0.25 * u * u
    above = mix(colour("0a1030"), light.sky[3], smooth(-1, 1, v - horizon + 0.75)[..., None])
    below = mix(light.sun * 0.55, colour("14182c"), smooth(0, 0.7, v - horizon)[..., None])
    mirror = np.where((v < horizon)[..., None], above, below)
    ring = np.abs(np.hypot(u * 0.9 + 0.12, v * 1.05 + 0.1) - 0.72)
    gloss = smooth(0.16, 0, ring) * smooth(0.1, -0.5, u) * smooth(0.2, -0.4, v) * 0.8
    spot = np.exp(-((u - 0.42) ** 2 + (v + 0.25) ** 2) * 60)[..., None] * light.sun * 1.2
    rim = 1 - 0.35 * smooth(0.6, 1, u * u + v * v)
    return (mirror + gloss[..., None] + spot) * rim[..., None]
