"""The studio: pictures drawn from words by numpy and Pillow alone, the same for the same seed."""

from .engine import ASPECT_RATIOS, STYLE_PRESETS, Drawing, draw
from .words import Subject, Understanding, understand

__all__ = [
    "ASPECT_RATIOS",
    "STYLE_PRESETS",
    "Drawing",
    "Subject",
    "Understanding",
    "draw",
    "understand",
]
