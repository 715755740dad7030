"""What somebody asks for, checked once for the page, the API and the tests alike."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aptmagic.amounts import format_number
from aptmagic.errors import Invalid
from aptmagic.text import CONTROL_CHARACTERS, normalise
from generation.operations import catalogue

NO_SHAPE = gettext_lazy("“%(value)s” isn’t an available aspect ratio. Choose one of: %(choices)s.")
NO_STYLE = gettext_lazy("“%(value)s” isn’t an available style. Choose one of: %(choices)s.")


@dataclass(frozen=True)
class PromptRequest:
    """A request that may be drawn. `seed` None means: choose one for each picture."""

    model: str
    prompt: str
    negative_prompt: str = ""
    aspect_ratio: str = "1:1"
    style_preset: str = ""
    seed: int | None = None
    count: int = 1
    operation: str = "create"

    @property
    def image_model(self) -> catalogue.ImageModel:
        return catalogue.model(self.model)

    @property
    def credits(self) -> int:
        """What all its pictures cost together."""
        return self.image_model.credits * self.count

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of each picture, in pixels."""
        return catalogue.ASPECT_RATIOS[self.aspect_ratio]

    @property
    def digest(self) -> str:
        """The same for the same wish, however its JSON was ordered."""
        wish = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(wish.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def with_seed(self, seed: int) -> "PromptRequest":
        """The request that asks for one of its pictures, the one with this seed."""
        return replace(self, seed=seed, count=1)

    @property
    def seeds(self) -> list[int]:
        """Of each of its pictures, counted up from the one that was asked for; none without one."""
        if not self.seed:
            return []
        most = self.image_model.seed_max
        return [(self.seed + number - 1) % most + 1 for number in range(self.count)]


def validate(
    *,
    model: str,
    prompt: str,
    negative_prompt: str = "",
    aspect_ratio: str = "1:1",
    style_preset: str | None = "",
    seed: int | None = None,
    count: int = 1,
) -> PromptRequest:
    """A PromptRequest of these values. Raises Invalid with one sentence for each wrong field."""
    prompt, negative_prompt = normalise(prompt), normalise(negative_prompt)
    errors = {
        "prompt": _words_error(prompt, required=True),
        "negative_prompt": _words_error(negative_prompt, required=False),
        "model": _model_error(model),
        "aspect_ratio": _one_of(aspect_ratio, catalogue.ASPECT_RATIOS, NO_SHAPE),
        "style_preset": _one_of(style_preset, catalogue.STYLES, NO_STYLE) if style_preset else None,
        "seed": _seed_error(seed, model),
        "count": _count_error(count),
    }
    found = {field: [error] for field, error in errors.items() if error}
    if found:
        raise Invalid(next(iter(found.values()))[0], fields=found)
    return PromptRequest(
        catalogue.model(model).id,
        prompt,
        negative_prompt,
        aspect_ratio,
        style_preset or "",
        # Bedrock reads 0 as "choose one", as everybody else does who leaves it out.
        seed or None,
        count,
    )


def _words_error(words: str, *, required: bool) -> str | None:
    if required and not words:
        return _("Describe the picture you want.")
    if len(words) > catalogue.PROMPT_MAX:
        said = _("This text is %(long)s characters long. The limit is %(most)s.")
        return said % {
            "long": format_number(len(words)),
            "most": format_number(catalogue.PROMPT_MAX),
        }
    if CONTROL_CHARACTERS.search(words):
        return _("This text contains invisible control characters. Paste it as plain text.")
    if required and not any(character.isalnum() for character in words):
        return _("Emoji and symbols alone aren’t enough. Add a few words.")
    return None


def _model_error(name: str) -> str | None:
    try:
        catalogue.model(name)
    except Invalid as error:
        return str(error)
    return None


def _one_of(value: str, choices: dict[str, Any], said: Any) -> str | None:
    if value in choices:
        return None
    return str(said) % {"value": value[:40], "choices": ", ".join(choices)}


def _seed_error(seed: int | None, name: str) -> str | None:
    most = 4294967294 if _model_error(name) else catalogue.model(name).seed_max
    if seed is None or 0 <= seed <= most:
        return None
    said = _("Enter a whole number from 1 to %(most)s, or leave it empty for a random seed.")
    return said % {"most": most}


def _count_error(count: int) -> str | None:
    if 1 <= count <= catalogue.COUNT_MAX:
        return None
    return _("Choose from 1 to %(most)s pictures.") % {"most": catalogue.COUNT_MAX}
