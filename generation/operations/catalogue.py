"""The models people may choose, their fields, limits and prices: data with a date, not code.

`settings.IMAGE_CATALOGUES` lists the JSON files; a later one adds to those before it. To add a
model of a known operation, add its entry to catalogue.json.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aptmagic.errors import Invalid


@dataclass(frozen=True)
class ImageModel:
    """A model of the catalogue. `credits` and `price_usd` are for one picture.

    `fields` holds the limits in which this model differs from its operation.
    """

    id: str
    slug: str
    name: str
    speed: str
    provider: str
    operation: str
    credits: int
    price_usd: str
    usual_seconds: int
    price_as_of: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What the files say together. An aspect ratio has a size in pixels."""

    models: tuple[ImageModel, ...]
    operations: Mapping[str, Mapping[str, Any]]
    styles: Mapping[str, str]
    aspect_ratios: Mapping[str, tuple[int, int]]

    def choices(self, name: str) -> Mapping[str, str]:
        """A list of choices with their English names. Raises KeyError."""
        return {
            "styles": self.styles,
            "aspect_ratios": {each: each for each in self.aspect_ratios},
        }[name]


def load() -> Catalogue:
    """What the files of the setting say; each is read once."""
    return _read(tuple(settings.IMAGE_CATALOGUES))


@cache
def _read(files: tuple[Path, ...]) -> Catalogue:
    parts = [json.loads(Path(file).read_text("utf-8")) for file in files]
    return Catalogue(
        models=tuple(
            ImageModel(**{"price_as_of": part["price_as_of"], **entry})
            for part in parts
            for entry in part["models"]
        ),
        operations=_merged(parts, "operations"),
        styles=_merged(parts, "styles"),
        aspect_ratios={
            name: (width, height)
            for name, (width, height) in _merged(parts, "aspect_ratios").items()
        },
    )


def _merged(parts: list[dict[str, Any]], section: str) -> dict[str, Any]:
    return {name: entry for part in parts for name, entry in part.get(section, {}).items()}


def models(operation: str | None = None) -> tuple[ImageModel, ...]:
    """The models of one operation, or all of them, in the order in which they are offered."""
    return tuple(each for each in load().models if operation in (None, each.operation))


def styles() -> Mapping[str, str]:
    """Names of style presets in English, by Bedrock's own value."""
    return load().styles


def find_model(name: str, operation: str | None = None) -> ImageModel | None:
    """The model with this id or slug; None for one that is not offered, or no longer."""
    return next((each for each in models(operation) if name in (each.id, each.slug)), None)


def get_model(name: str, operation: str | None = None) -> ImageModel:
    """As find_model. Raises Invalid for a model that is not offered."""
    if found := find_model(name, operation):
        return found
    sentence = _("Unknown model “%(name)s”. Choose one of: %(names)s.") % {
        "name": name[:60],
        "names": ", ".join(each.slug for each in models(operation)),
    }
    raise Invalid(sentence, fields={"model": [sentence]})
