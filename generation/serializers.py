"""JSON requests, by the same rules as the form, and JSON representations."""

from collections.abc import Mapping
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aptmagic.errors import Invalid
from aptmagic.web.api.serializers import AnyField, StrictSerializer
from generation.library import picture_files
from generation.operations import catalogue, prompt_request

FieldT = TypeVar("FieldT", bound=AnyField)


def described(field: type[FieldT], **schema: Any) -> type[FieldT]:
    """The field with limits in the schema only: `prompt_request.validate` has better messages."""
    return extend_schema_field(schema)(type(field.__name__, (field,), {}))


Shape = described(serializers.CharField, type="string", enum=list(catalogue.ASPECT_RATIOS))
Style = described(serializers.CharField, type="string", enum=list(catalogue.STYLES))
Seed = described(
    serializers.IntegerField,
    type="integer",
    minimum=0,
    maximum=min(model.seed_max for model in catalogue.MODELS),
)
Count = described(serializers.IntegerField, type="integer", minimum=1, maximum=catalogue.COUNT_MAX)


class GenerationRequest(StrictSerializer):
    """What to create. `GET models/` lists the values that each model accepts."""

    operation = serializers.ChoiceField(["create"], default="create")
    model = serializers.CharField(
        default="fast", allow_blank=True, help_text="The `id` or `slug` of a model."
    )
    prompt = serializers.CharField(
        allow_blank=True, trim_whitespace=False, help_text="1 to 10,000 characters."
    )
    negative_prompt = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    aspect_ratio = Shape(default="1:1", allow_blank=True)
    style_preset = Style(required=False, allow_null=True, allow_blank=True)
    seed = Seed(required=False, allow_null=True)
    count = Count(default=1)

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        try:
            prompt_request.validate(**{"model": "fast", "prompt": "?", **_wish(values)})
        except Invalid as error:
            return {name: said for name, said in error.fields.items() if name in values}
        return {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"request": prompt_request.validate(**_wish(attrs))}


def _wish(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "operation"}


class Urls(serializers.Serializer[Any]):
    avif = serializers.CharField(help_text="A `srcset` of several widths.")
    webp = serializers.CharField(help_text="A `srcset` of several widths.")
    preview = serializers.URLField()
    full = serializers.URLField()


class GenerationPicture(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "drawing", "ready", "refused", "failed", "gone"])
    seed = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
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
