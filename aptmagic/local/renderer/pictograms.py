"""Pictograms: figures of Microsoft's Fluent Emoji (MIT), ready as pixels in pictograms.zip."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from .colour import Array, luminance

ARCHIVE = Path(__file__).parent / "pictograms.zip"


def load(name: str) -> Image.Image:
    """The pictogram with its transparency, cut to its ink; its long side is 384 pixels."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return Image.open(io.BytesIO(archive.read(f"{name}.webp"))).convert("RGBA")


def tinted(pixels: Array, tint: Array) -> Array:
    """Recolour what is coloured; greys, whites and outlines keep their place."""
    light = luminance(pixels)[..., None]
    colourful = np.ptp(pixels, axis=-1, keepdims=True)
    wished = tint * (0.35 + 0.95 * light / max(0.3, float(luminance(tint))))
    share = np.clip(0.35 + colourful * 1.6, 0, 0.88)
    return np.clip(pixels + (wished - pixels) * share, 0, 1).astype(np.float32)


def names() -> set[str]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {Path(entry).stem for entry in archive.namelist()}
