"""The studio: pictures drawn from words by numpy and Pillow alone, the same for the same seed."""

from .engine import ASPECT_RATIOS, QUALITIES, STYLE_PRESETS, Drawing, draw
from .words import Subject, Understanding, understand, what_is_not_drawn

__all__ = [
    "ASPECT_RATIOS",
    "QUALITIES",
    "STYLE_PRESETS",
    "Drawing",
    "Subject",
    "Understanding",
    "draw",
    "understand",
    "what_is_not_drawn",
]
