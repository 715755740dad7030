"""The fields of a request: what each may hold, and the sentence about a value it may not hold.

Types, limits, defaults and choices come from the catalogue. The page, the JSON API, its OpenAPI
document and imported archives all check values here.
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic import text
from aptmagic.number_formats import format_number
from generation.operations import catalogue

REQUIRED = gettext_noop("This field is required.")
CONTROL_CHARACTERS = gettext_noop(
    "This text contains invisible control characters. Paste it as plain text."
)


class InvalidValue(ValueError):
    """A value that the field may not hold; str() is a sentence for people."""


@dataclass(frozen=True)
class Field:
    """A value of a request. `label` and `empty` are English and translated where they are shown."""

    name: str
    label: str
    _: KW_ONLY
    required: bool = False
    default: Any = None
    empty: str = REQUIRED

    json_type: ClassVar[str] = "string"

    def clean(self, value: Any) -> Any:
        """The value as a request holds it. Raises InvalidValue."""
        if value is None:
            if self.required:
                raise InvalidValue(_(self.empty))
            return self.default
        return self._check(value)

    def parse(self, typed: str) -> Any:
        """What was typed into a form, as `clean` takes it."""
        return typed

    def describe(self) -> dict[str, Any]:
        """For programs: type, limits, default and choices."""
        known = {"type": self.json_type, "required": self.required}
        default = {} if self.required else {"default": self.default}
        return {**known, **self._limits(), **default}

    def _check(self, value: Any) -> Any:
        raise NotImplementedError

    def _limits(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class TextField(Field):
    """Words of any language, of at most `max` characters."""

    _: KW_ONLY
    default: str = ""
    max: int

    def _check(self, value: Any) -> str:
        words = text.normalise(str(value))
        if self.required and not words:
            raise InvalidValue(_(self.empty))
        if len(words) > self.max:
            sentence = _("This text is too long. The limit is %(most)s characters.")
            raise InvalidValue(sentence % {"most": format_number(self.max)})
        if text.CONTROL_CHARACTERS.search(words):
            raise InvalidValue(_(CONTROL_CHARACTERS))
        if self.required and not any(character.isalnum() for character in words):
            raise InvalidValue(_("Emoji and symbols alone aren’t enough. Add a few words."))
        return words

    def _limits(self) -> dict[str, Any]:
        return {"max": self.max}


@dataclass(frozen=True)
class ChoiceField(Field):
    """One of `choices`, which maps values to English names; empty where there is no default."""

    _: KW_ONLY
    choices: Mapping[str, str] = field(hash=False)

    def clean(self, value: Any) -> Any:
        return super().clean(value) or ""

    def _check(self, value: Any) -> str:
        if value in self.choices or (value == "" and self.default is None and not self.required):
            return str(value)
        sentence = _("“%(value)s” isn’t an available option. Choose one of: %(choices)s.")
        raise InvalidValue(
            sentence % {"value": str(value)[:40], "choices": ", ".join(self.choices)}
        )

    def _limits(self) -> dict[str, Any]:
        return {"choices": list(self.choices)}


@dataclass(frozen=True)
class IntegerField(Field):
    _: KW_ONLY
    min: int
    max: int

    json_type: ClassVar[str] = "integer"

    def parse(self, typed: str) -> Any:
        typed = typed.strip()
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else typed

    def _check(self, value: Any) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and self.min <= value <= self.max:
            return int(value)
        sentence = _("Enter a whole number from %(min)s to %(max)s.")
        raise InvalidValue(sentence % {"min": self.min, "max": self.max})

    def _limits(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max}


@dataclass(frozen=True)
class NumberField(Field):
    _: KW_ONLY
    min: float
    max: float

    json_type: ClassVar[str] = "number"

    def parse(self, typed: str) -> Any:
        try:
            return float(typed)
        except ValueError:
            return typed

    def _check(self, value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and self.min <= value <= self.max:
            return float(value)
        sentence = _("Enter a number from %(min)s to %(max)s.")
        raise InvalidValue(sentence % {"min": self.min, "max": self.max})

    def _limits(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max}


@dataclass(frozen=True)
class PictureField(Field):
    """A picture that the operation starts from, by name: `picture:<id>` for one's own."""

    NAME: ClassVar[re.Pattern[str]] = re.compile(r"picture:[0-9A-HJKMNP-TV-Z]{26}")

    def clean(self, value: Any) -> Any:
        return super().clean(value or None) or ""

    def _check(self, value: Any) -> str:
        if not self.NAME.fullmatch(str(value)):
            raise InvalidValue(_("Choose one of your pictures."))
        return str(value)

    def _limits(self) -> dict[str, Any]:
        return {"pattern": self.NAME.pattern}


TYPES: Mapping[str, type[Field]] = {
    "text": TextField,
    "choice": ChoiceField,
    "integer": IntegerField,
    "number": NumberField,
    "picture": PictureField,
}


def build(name: str, entry: Mapping[str, Any]) -> Field:
    """The field that an entry of the catalogue describes."""
    options = {**entry}
    kind = TYPES[options.pop("type")]
    if isinstance(options.get("choices"), str):
        options["choices"] = catalogue.load().choices(options["choices"])
    return kind(name, **options)
