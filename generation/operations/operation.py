"""What an operation is: the request it takes, the service's body, the size and the price."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from django.urls import reverse

from generation.operations import catalogue
from generation.operations.catalogue import ImageModel
from generation.operations.fields import Field, PictureField, TextField, build
from generation.operations.results import AnswerShape

Size = tuple[int, int]
# The largest seed that every one of Stability's services takes.
SEED_MAX = 4294967294


@dataclass(frozen=True, kw_only=True)
class Request:
    """What every operation is asked with. `seed` None means a random one for each picture.

    Every other field of a subclass has a default, so that a request stored without it can be read.
    """

    operation: str
    model: str
    prompt: str = ""
    seed: int | None = None
    count: int = 1

    @property
    def digest(self) -> str:
        """The same for the same request. A new field changes nothing until it is used."""
        used = {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) != each.default
        }
        used["operation"] = self.operation
        text = json.dumps(used, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def with_seed(self, seed: int) -> Self:
        """The request for one of its pictures, the one with this seed."""
        return replace(self, seed=seed, count=1)


@dataclass(frozen=True)
class Inputs:
    """A request and the pictures that it names, as files, by the field that names them."""

    request: Any
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class Operation:
    """One thing that people can ask for. A subclass says how, the catalogue within which limits.

    `version` is raised with every change of the request after which a release that does not know it
    would draw another picture.
    """

    request_class: ClassVar[type[Request]]
    version: ClassVar[int] = 1
    answer: ClassVar[AnswerShape] = AnswerShape()

    def __init__(self, name: str, entry: Mapping[str, Any]) -> None:
        """`entry` is what the catalogue says of it."""
        self.name = name
        self.label: str = entry["label"]
        self.fields = {each: build(each, said) for each, said in entry["fields"].items()}

    def body(self, inputs: Inputs, seed: int) -> dict[str, Any]:
        """The JSON that the service is sent for one picture."""
        raise NotImplementedError

    def size(self, request: Any, input_sizes: Mapping[str, Size]) -> Size | None:
        """Width and height in pixels of each picture; None if only the service knows."""
        return None

    @property
    def models(self) -> tuple[ImageModel, ...]:
        return catalogue.models(self.name)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The fields that name a picture."""
        return tuple(n for n, each in self.fields.items() if isinstance(each, PictureField))

    @property
    def template(self) -> str:
        return f"generation/operations/{self.name.replace('-', '_')}.html"

    @property
    def url(self) -> str:
        return reverse("generation:operation", args=[self.name])

    def fields_of(self, model: ImageModel | None) -> dict[str, Field]:
        """The fields within the limits of this model."""
        own: Mapping[str, Any] = model.fields if model else {}
        return {name: replace(each, **own.get(name, {})) for name, each in self.fields.items()}

    def texts(self, request: Request) -> list[str]:
        """The words that moderation reads."""
        return [
            getattr(request, name)
            for name, each in self.fields.items()
            if isinstance(each, TextField)
        ]

    def credits(self, request: Request) -> int:
        """What all its pictures cost together. Raises Invalid for a model that is gone."""
        return catalogue.get_model(request.model, self.name).credits * request.count

    def seed_max(self, request: Request) -> int:
        seed: Any = self.fields_of(catalogue.find_model(request.model)).get("seed")
        return seed.max if seed else SEED_MAX

    def seeds(self, request: Request) -> list[int]:
        """Of each of its pictures, counted up from the one that was asked for; none without one."""
        if not request.seed:
            return []
        most = self.seed_max(request)
        return [(request.seed + number - 1) % most + 1 for number in range(request.count)]
