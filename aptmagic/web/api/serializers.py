"""Strict validation of JSON: unknown fields and wrong JSON types are errors."""

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions, serializers

from aptmagic.number_formats import format_number

# Errors quote what was sent, which may be two megabytes of anything.
MAX_NAMED_FIELDS = 20
MAX_NAME_LENGTH = 100
AnyField = serializers.Field[Any, Any, Any, Any]
OBJECT_REQUIRED = gettext_lazy('The request body must be a JSON object, such as {"name": "value"}.')


class UnknownNameMessages(NamedTuple):
    """What to say of a name that was sent and does not exist."""

    similar: Promise  # to one that does
    none_exist: Promise
    others_exist: Promise


UNKNOWN_FIELD = UnknownNameMessages(
    gettext_lazy("Unknown field. Did you mean “%(near)s”?"),
    gettext_lazy("Unknown field. This request takes no fields."),
    gettext_lazy("Unknown field. Available fields: %(known)s."),
)
UNKNOWN_PARAMETER = UnknownNameMessages(
    gettext_lazy("Unknown parameter. Did you mean “%(near)s”?"),
    gettext_lazy("Unknown parameter. This endpoint takes no parameters."),
    gettext_lazy("Unknown parameter. Available parameters: %(known)s."),
)


def unknown_name_error(
    name: str, known: Collection[str], messages: UnknownNameMessages = UNKNOWN_FIELD
) -> str:
    """The sentence about a field or parameter that does not exist."""
    if len(name) <= MAX_NAME_LENGTH and (near := get_close_matches(name, list(known), n=1)):
        return str(messages.similar) % {"near": near[0]}
    if not known:
        return str(messages.none_exist)
    return str(messages.others_exist) % {"known": ", ".join(known)}


def unknown_field_errors(sent: Iterable[str], known: Collection[str]) -> dict[str, Any]:
    """A sentence for each of the first MAX_NAMED_FIELDS unknown fields, and one for the rest."""
    unknown = [name for name in sent if name not in known]
    errors: dict[str, Any] = {
        name[:MAX_NAME_LENGTH]: [unknown_name_error(name, known)]
        for name in unknown[:MAX_NAMED_FIELDS]
    }
    if (more := len(unknown) - MAX_NAMED_FIELDS) > 0:
        sentence = ngettext("%(count)s more unknown field.", "%(count)s more unknown fields.", more)
        errors["body"] = [sentence % {"count": more}]
    return errors


class StrictSerializer(serializers.Serializer[Any]):
    """Report everything that is wrong at once, misspelt fields included.

    A value of another JSON type than the schema's is refused, where DRF would convert it.
    """

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        """Errors by field for values of the right types; a subclass adds its rules here."""
        return {}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if not isinstance(data, Mapping):
            raise exceptions.ValidationError({"body": [OBJECT_REQUIRED]})
        return super().run_validation(data)

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        errors = unknown_field_errors(data, self.fields)
        for field in self._writable_fields:
            name = str(field.field_name)
            try:
                value = field.get_value(data)
                check_json_type(field, value)
                values[name] = field.run_validation(value)
            except exceptions.ValidationError as error:
                errors[name] = error.detail
            except serializers.SkipField:
                pass
        if errors := {**self.validation_errors(values), **errors}:
            raise exceptions.ValidationError(errors)
        return values


# The JSON type of each kind of field. A boolean is an int in Python, but not a number in JSON.
JSON_TYPES: tuple[tuple[type[AnyField], Callable[[Any], bool]], ...] = (
    (serializers.BooleanField, lambda value: isinstance(value, bool)),
    (serializers.IntegerField, lambda value: _is_number(value) and value % 1 == 0),
    (serializers.FloatField, lambda value: _is_number(value)),
    (serializers.ListField, lambda value: isinstance(value, list)),
    (serializers.DictField, lambda value: isinstance(value, dict)),
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    """Choices, dates, URLs and everything else that JSON writes as a string."""
    return isinstance(value, str)


def check_json_type(field: AnyField, value: Any) -> None:
    """Raise ValidationError unless `value` has the field's JSON type; null is left to the field."""
    if value is None or value is serializers.empty:
        return
    is_right = next((right for kind, right in JSON_TYPES if isinstance(field, kind)), _is_text)
    if not is_right(value):
        raise exceptions.ValidationError(_type_error(field))
    if isinstance(field, serializers.ListField):
        _refuse_long_list(field, value)
        for each in value:
            check_json_type(field.child, each)


def _refuse_long_list(field: serializers.ListField, value: list[Any]) -> None:
    """Before anything is done with each of its entries."""
    if field.max_length is not None and len(value) > field.max_length:
        sentence = _("This list has %(count)s items. The limit is %(most)s.")
        numbers = {"count": format_number(len(value)), "most": format_number(field.max_length)}
        raise exceptions.ValidationError(sentence % numbers)


def _type_error(field: AnyField) -> str:
    if isinstance(field, serializers.BooleanField):
        return _("Must be true or false.")
    if isinstance(field, serializers.IntegerField):
        return _("Must be a whole number, without quotes.")
    if isinstance(field, serializers.FloatField):
        return _("Must be a number, without quotes.")
    if isinstance(field, serializers.ListField):
        return _("Must be a list.")
    if isinstance(field, serializers.DictField):
        return _("Must be an object.")
    return _("Must be a string.")
