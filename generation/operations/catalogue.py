"""The models people may choose, their fields and prices: data with a date, not code.

To add a model of a known operation: add its entry to catalogue.json, run the tests, done.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from aptmagic.errors import Invalid

PROMPT_MAX = 10_000
COUNT_MAX = 4
DATA = json.loads((Path(__file__).parent / "catalogue.json").read_text(encoding="utf-8"))
STYLES: dict[str, str] = DATA["styles"]
ASPECT_RATIOS: dict[str, tuple[int, int]] = {
    k: (w, h) for k, (w, h) in DATA["aspect_ratios"].items()
}


@dataclass(frozen=True)
class ImageModel:
    """A model of the catalogue. `credits` and `price_usd` are for one picture."""

    id: str
    slug: str
    name: str
    speed: str
    provider: str
    operation: str
    credits: int
    price_usd: str
    usual_seconds: int
    seed_max: int
    price_as_of: str = DATA["price_as_of"]

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """What a request may say, for people who write programs."""
        return {
            "prompt": {"type": "string", "required": True, "max": PROMPT_MAX},
            "negative_prompt": {"type": "string", "required": False, "max": PROMPT_MAX},
            "aspect_ratio": _choice(list(ASPECT_RATIOS), "1:1"),
            "style_preset": _choice(list(STYLES), None),
            "seed": {"type": "integer", "required": False, "min": 0, "max": self.seed_max},
            "count": {
                "type": "integer",
                "required": False,
                "min": 1,
                "max": COUNT_MAX,
                "default": 1,
            },
        }


def _choice(choices: list[str], default: str | None) -> dict[str, Any]:
    return {"type": "string", "required": False, "default": default, "choices": choices}


MODELS: tuple[ImageModel, ...] = tuple(ImageModel(**entry) for entry in DATA["models"])


@cache
def model(name: str) -> ImageModel:
    """The model with this id or slug. Raises Invalid for one that we do not (or no longer) have."""
    for each in MODELS:
        if name in (each.id, each.slug):
            return each
    names = ", ".join(each.slug for each in MODELS)
    sentence = _("Unknown model “%(name)s”. Choose one of: %(names)s.") % {
        "name": name[:60],
        "names": names,
    }
    raise Invalid(sentence, fields={"model": [sentence]})
