"""JSON requests, by the same rules as the form, and JSON representations."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aptmagic.web.api.serializers import AnyField, StrictSerializer
from generation.library import picture_files
from generation.operations import fields, registry, validation
from generation.operations.operation import Operation

FieldT = TypeVar("FieldT", bound=AnyField)


def described(field: type[FieldT], **schema: Any) -> type[FieldT]:
    """The field with limits in the schema only: the operation's own field has better messages."""
    return extend_schema_field(schema)(type(field.__name__, (field,), {}))


class OperationInput:
    """The request of one operation. Types are checked here, values by the operation's fields."""

    asked: ClassVar[Operation]

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        names = [name for name in self.asked.fields if name in values]
        return validation.errors(self.asked, values, names)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"request": validation.validate(**attrs)}


@cache
def request_class(operation: Operation) -> type[StrictSerializer]:
    """The serializer for `POST generations/` of this operation."""
    name = f"{operation.name.title().replace('-', '')}Request"
    is_default = operation.name == registry.DEFAULT
    chosen: dict[str, Any] = {"default": operation.name} if is_default else {}
    members = {
        "asked": operation,
        "operation": serializers.ChoiceField([operation.name], **chosen),
        "model": serializers.CharField(
            default=operation.models[0].slug,
            allow_blank=True,
            help_text="The `id` or `slug` of a model.",
        ),
        **{each: _request_field(field) for each, field in operation.fields.items()},
        "__doc__": "What to create. `GET models/` lists the values that each model accepts.",
        "__module__": __name__,
    }
    return type(name, (OperationInput, StrictSerializer), members)


def _request_field(field: fields.Field) -> AnyField:
    options: dict[str, Any] = {"required": field.required}
    if not field.required:
        options["default"] = field.default
        if field.default is None:
            options = {"required": False, "allow_null": True}
    if isinstance(field, fields.TextField):
        text = described(serializers.CharField, type="string", maxLength=field.max)
        return text(**options, allow_blank=True, trim_whitespace=False)
    if isinstance(field, fields.ChoiceField):
        choice = described(serializers.CharField, type="string", enum=list(field.choices))
        return choice(**options, allow_blank=True)
    if isinstance(field, fields.IntegerField):
        integer = described(
            serializers.IntegerField, type="integer", minimum=field.min, maximum=field.max
        )
        return integer(**options)
    if isinstance(field, fields.NumberField):
        number = described(
            serializers.FloatField, type="number", minimum=field.min, maximum=field.max
        )
        return number(**options)
    picture = described(
        serializers.CharField, type="string", pattern=fields.PictureField.NAME.pattern
    )
    return picture(**options, allow_blank=True)


def for_request(data: Any) -> StrictSerializer:
    """The serializer of the operation that was asked for; that of the default one for any other."""
    name = data.get("operation") if isinstance(data, Mapping) else None
    operation = registry.find(name) if isinstance(name, str) else None
    return request_class(operation or registry.get(registry.DEFAULT))(data=data)


class GenerationRequest(serializers.Serializer[Any]):
    """In the document only: the request of any operation."""


class AnyOperation(OpenApiSerializerExtension):
    target_class = GenerationRequest

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        requests = (request_class(each)() for each in registry.operations().values())
        return {"oneOf": [auto_schema.resolve_serializer(each, direction).ref for each in requests]}


class Urls(serializers.Serializer[Any]):
    avif = serializers.CharField(help_text="A `srcset` of several widths.")
    webp = serializers.CharField(help_text="A `srcset` of several widths.")
    preview = serializers.URLField()
    full = serializers.URLField()


class GenerationPicture(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "drawing", "ready", "refused", "failed", "gone"])
    seed = serializers.IntegerField()
    width = serializers.IntegerField(
        allow_null=True, help_text="In pixels. Null until the model has decided on the size."
    )
    height = serializers.IntegerField(allow_null=True)
    thumbhash = serializers.CharField(allow_blank=True)
    urls = Urls(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class GenerationOutcome(serializers.Serializer[Any]):
    kind = serializers.CharField()
    message = serializers.CharField(allow_blank=True)
    charged = serializers.IntegerField(help_text="Credits charged.")


class Generation(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(
        ["queued", "running", "ready", "partial", "failed", "cancelled"]
    )
    stage = serializers.CharField()
    operation = serializers.CharField()
    model = serializers.CharField()
    prompt = serializers.CharField()
    created_at = serializers.DateTimeField()
    credits_held = serializers.IntegerField()
    pictures = GenerationPicture(many=True)
    outcome = GenerationOutcome(allow_null=True)
    existing = serializers.URLField(
        allow_null=True,
        help_text="If `outcome.kind` is `owned`: the generation that has these pictures.",
    )
    poll_after_ms = serializers.IntegerField(allow_null=True)


class GenerationList(serializers.Serializer[Any]):
    items = Generation(many=True)
    next = serializers.URLField(allow_null=True)


class Model(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    operation = serializers.CharField()
    speed = serializers.CharField()
    credits = serializers.IntegerField(help_text="Per picture.")
    price_usd = serializers.CharField(help_text="Per picture, as a decimal string.")
    price_as_of = serializers.DateField()
    usual_seconds = serializers.IntegerField()
    inputs = serializers.ListField(
        child=serializers.CharField(), help_text="The fields that take a picture."
    )
    fields = serializers.DictField()  # type: ignore[assignment]  # hides DRF's own of that name


class ModelList(serializers.Serializer[Any]):
    items = Model(many=True)
    next = serializers.URLField(allow_null=True)


class Picture(serializers.Serializer[Any]):
    id = serializers.CharField()
    job_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbhash = serializers.CharField()
    alt = serializers.CharField()
    published = serializers.BooleanField()
    urls = Urls()


class OwnPicture(Picture):
    seed = serializers.IntegerField()
    credits = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    recipe = serializers.DictField()
    post_id = serializers.CharField(allow_null=True)


class Download(serializers.Serializer[Any]):
    copy = serializers.ChoiceField(list(picture_files.COPIES))
    url = serializers.URLField()


class PictureList(serializers.Serializer[Any]):
    items = Picture(many=True)
    next = serializers.URLField(allow_null=True)
