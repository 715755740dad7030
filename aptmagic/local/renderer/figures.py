"""One subject as pixels: drawn or looked up, tinted, turned, and sized for its place."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from aptmagic.local.renderer.parsed_prompt import Subject
from aptmagic.local.renderer.scene import Scene

from . import pictograms, subjects
from .colour import Array, colour, eight_bit, mix, smooth
from .shapes import spline
from .subjects import people
from .subjects.tile import LEFT, TOP, Tile

GLOWING = colour("ffdf94")
USUAL = {"ground": 0.45, "air": 0.38, "water": 0.42, "deep": 0.42, "indoors": 0.43, "space": 0.5}
# Pictograms that are cut at the chest stand at the edge of the picture, not in the grass; those
# that are a head alone get shoulders, in a colour.
HEADS = {
    "alien": "6f9f8f", "baby": "f2c2d0", "baby-angel": "f4f0e6", "clown-face": "f4a32a",
    "cowboy-hat-face": "7a4a2c", "goblin": "8a1f2a", "ogre": "6a1f4a", "santa-claus": "c8202f",
    "mrs-claus": "c8202f",
}  # fmt: skip
BUSTS = frozenset(HEADS) | {
    "construction-worker", "detective", "man-cook", "man-firefighter", "man-genie", "man-mage",
    "man-police-officer", "man-supervillain", "man-vampire", "man-zombie", "ninja", "prince",
    "princess", "troll", "woman-artist", "woman-elf", "woman-farmer", "woman-health-worker",
    "woman-mage", "woman-pilot", "woman-scientist", "woman-singer", "woman-student",
    "woman-superhero", "woman-teacher",
}  # fmt: skip
# Pictograms that bring their own water are cut where ours begins.
WATERLINES = {
    "canoe": 0.65, "man-rowing-boat": 0.66, "motor-boat": 0.67, "passenger-ship": 0.9,
    "ferry": 0.86, "ship": 0.9, "woman-swimming": 0.6, "speedboat": 0.57, "desert-island": 0.93,
}  # fmt: skip
WORN = {"sunglasses": (0.65, 0.94), "glasses": (0.65, 0.9), "scarf": (1.2, 0.7)}
WITH_LAMPS = (
    "@fireworks",
    "@shootingstar",
    "@keep",
    "@tallship",
    "@lighthouse",
    "@cabin",
    "@castle",
    "@village",
    "@haunted",
    "@balloon",
    "@rocket",
)


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


def make(stage: Scene, subject: Subject, size: int, name: str) -> Figure:
    chance = stage.canvas.stream(name)
    if subject.picture.startswith("@"):
        picture = _drawn(stage, subject, size, chance)
    else:
        picture = _pictogram(subject, size)
    if chance.random() < 0.5 and subject.picture not in (
        "@astronaut",
        "@castle",
        "@tower",
        "@piano",
    ):
        picture = ImageOps.mirror(picture)
    pixels = np.asarray(picture, np.float32) / 255
    colours, opacity = pixels[..., :3].copy(), pixels[..., 3].copy()
    if subject.tint is not None and not subject.picture.startswith("@"):
        colours = pictograms.tinted(colours, subject.tint)
    return Figure(colours, opacity, _glow(subject, colours))


def _drawn(stage: Scene, subject: Subject, size: int, chance: np.random.Generator) -> Image.Image:
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
    if thing == "@conicalhat":
        people.conical_hat(tile)
        return
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
    if share := WATERLINES.get(subject.picture):
        picture = picture.crop((0, 0, picture.width, int(picture.height * share)))
    if subject.picture in HEADS:
        picture = _with_shoulders(picture, colour(HEADS[subject.picture]))
    scale = size * 0.88 / (picture.width * picture.height) ** 0.5
    scale = min(scale, size * 1.2 / picture.height)
    shape = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
    return picture.resize(shape, Image.Resampling.LANCZOS)


def _with_shoulders(head: Image.Image, cloth: Array) -> Image.Image:
    """The head on a body that the edge of the picture cuts off."""
    wide, tall = head.size
    body = Image.new("RGBA", (int(wide * 1.7), int(tall * 1.5)), (0, 0, 0, 0))
    middle, neck, foot = body.width / 2, tall * 0.86, body.height
    half = [
        (0, neck), (0.2 * wide, neck), (0.5 * wide, neck + 0.12 * tall),
        (0.78 * wide, neck + 0.34 * tall), (0.84 * wide, foot + 9), (0, foot + 9),
    ]  # fmt: skip
    points = [(middle + x, y) for x, y in half] + [(middle - x, y) for x, y in reversed(half)]
    large = Image.new("RGBA", (body.width * 2, body.height * 2), (0, 0, 0, 0))
    outline = [(2 * x, 2 * y) for x, y in spline(points, 8)]
    ImageDraw.Draw(large).polygon(outline, fill=eight_bit(cloth))
    body.alpha_composite(large.reduce(2))
    body.alpha_composite(head, (int(middle - wide / 2), 0))
    return body


def _glow(subject: Subject, colours: Array) -> Array:
    if subject.picture not in WITH_LAMPS:
        return np.zeros(colours.shape[:2], np.float32)
    away = np.abs(colours - GLOWING).max(-1)
    return smooth(0.14, 0.06, away).astype(np.float32)


def _with_visor(stage: Scene, tile: Tile) -> Image.Image:
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


def _reflection(stage: Scene, u: Array, v: Array) -> Array:
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
