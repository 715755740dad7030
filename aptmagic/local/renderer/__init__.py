"""The renderer: pictures drawn from words by numpy and Pillow alone, the same for the same seed."""

from aptmagic.local.renderer.parsed_prompt import ParsedPrompt, Subject
from aptmagic.local.renderer.prompt_parser import parse_prompt, words_not_drawn

from .engine import ASPECT_RATIOS, QUALITIES, STYLE_PRESETS, Drawing, draw

__all__ = [
    "ASPECT_RATIOS",
    "QUALITIES",
    "STYLE_PRESETS",
    "Drawing",
    "ParsedPrompt",
    "Subject",
    "draw",
    "parse_prompt",
    "words_not_drawn",
]
