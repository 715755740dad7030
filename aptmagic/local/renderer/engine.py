"""Draws a picture from a prompt: parses it, paints the scene, applies the style, and reports."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from aptmagic.local.renderer import detail, finish, placement, scenes, styles, weather
from aptmagic.local.renderer.parsed_prompt import ParsedPrompt
from aptmagic.local.renderer.prompt_parser import parse_prompt
from aptmagic.local.renderer.scene import Scene

from . import light as lights
from .canvas import Canvas
from .colour import mix, smooth

ASPECT_RATIOS = {
    "16:9": (1344, 768),
    "1:1": (1024, 1024),
    "21:9": (1536, 640),
    "2:3": (832, 1216),
    "3:2": (1216, 832),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
STYLE_PRESETS = (
    "3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance",
    "fantasy-art", "isometric", "line-art", "low-poly", "modeling-compound", "neon-punk",
    "origami", "photographic", "pixel-art", "tile-texture",
)  # fmt: skip
QUALITIES = ("fast", "balanced", "best")
LARGEST_SEED = 2**32 - 1
SMALLEST_SIDE = 16


@dataclass(frozen=True)
class Drawing:
    """A picture, and what of its prompt is in it."""

    image: Image.Image
    drawn: tuple[str, ...]
    not_drawn: tuple[str, ...]
    note: str
    boxes: tuple[tuple[int, int, int, int], ...] = ()


def draw(
    prompt: str,
    *,
    negative_prompt: str = "",
    aspect_ratio: str = "1:1",
    quality: str = "balanced",
    model: str = "",
    style_preset: str | None = None,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    image: Image.Image | None = None,
    strength: float | None = None,
) -> Drawing:
    """The same arguments give the same pixels, in whatever process.

    Of two qualities with the same seed, the better one is the same composition with more in it.
    `model` is whose preview this is, for the note.
    """
    _check(aspect_ratio, quality, style_preset, seed, size, strength)
    plan = parse_prompt(prompt, negative_prompt, style_preset, seed)
    width, height = size or ASPECT_RATIOS[aspect_ratio]
    stage = _stage(plan, Canvas(width, height, seed, QUALITIES.index(quality)))
    _paint(stage)
    if image is not None:
        _keep(stage, image, 0.5 if strength is None else strength)
    styles.apply(stage)
    return Drawing(
        image=stage.canvas.picture(),
        drawn=plan.drawn,
        not_drawn=plan.not_drawn,
        note=_note(plan, model),
        boxes=tuple(stage.boxes),
    )


def _check(
    aspect_ratio: str,
    quality: str,
    preset: str | None,
    seed: int,
    size: Any,
    strength: float | None,
) -> None:
    if aspect_ratio not in ASPECT_RATIOS:
        raise ValueError(f"aspect_ratio must be one of {', '.join(ASPECT_RATIOS)}.")
    if quality not in QUALITIES:
        raise ValueError(f"quality must be one of {', '.join(QUALITIES)}.")
    if preset is not None and preset not in STYLE_PRESETS:
        raise ValueError(f"style_preset must be one of {', '.join(STYLE_PRESETS)}.")
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed must be from 0 to {LARGEST_SEED}.")
    if size is not None and min(size) < SMALLEST_SIDE:
        raise ValueError(f"size must be at least {SMALLEST_SIDE} pixels each way.")
    if strength is not None and not 0 <= strength <= 1:
        raise ValueError("strength must be from 0 to 1.")


def _stage(plan: ParsedPrompt, canvas: Canvas) -> Scene:
    chance = canvas.stream("composition")
    alone = sum(subject.count for subject in plan.subjects) == 1
    thirds = [0.33, 0.38, 0.5, 0.62, 0.67] if alone else [0.44, 0.5, 0.5, 0.56]
    focus, lift = float(chance.choice(thirds)), float(chance.uniform(-0.06, 0.05))
    return Scene(canvas, plan, lights.light_of_plan(plan, canvas), focus, lift=lift)


def _paint(stage: Scene) -> None:
    scenes.paint(stage)
    placement.place_subjects(stage)
    if stage.canvas.detail == 2:
        detail.paint(stage)
    weather.paint(stage)
    finish.paint(stage)


def _keep(stage: Scene, image: Image.Image, strength: float) -> None:
    """Image to image: a weak wish takes the new colours only, a strong one the new drawing."""
    canvas = stage.canvas
    cover = ImageOps.fit(image.convert("RGB"), (canvas.width, canvas.height))
    given = np.asarray(cover, np.float32) / 255
    drawn = canvas.pixels
    spread = drawn.std((0, 1)) / np.maximum(given.std((0, 1)), 0.02)
    regraded = (given - given.mean((0, 1))) * np.clip(spread, 0.5, 1.6) + drawn.mean((0, 1))
    kept = mix(given, np.clip(regraded, 0, 1), smooth(0.0, 0.8, strength) * 0.7)
    canvas.pixels[:] = mix(kept, drawn, smooth(0.25, 1.0, strength))


def _note(plan: ParsedPrompt, model: str) -> str:
    """Which words are in the picture and which are not; `generation/attribution.py`
    translates it."""
    engine = f"Local preview of {model}" if model else "Local preview"
    drawn = _listed(plan.drawn, 240) or "an abstract picture in colours that match the prompt"
    missing = f"; not drawn: {_listed(plan.not_drawn, 160)}" if plan.not_drawn else ""
    return f"{engine}, not made by an AI model. Shows: {drawn}{missing}."


def _listed(words: tuple[str, ...], most: int) -> str:
    """The words, as many as fit: S3 keeps a note in 2 kB, where a letter may take six."""
    text = ", ".join(words)
    if len(text) <= most:
        return text
    return text[:most].rpartition(", ")[0] + ", …" if ", " in text[:most] else text[:most] + "…"
