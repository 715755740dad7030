"""Shapes of the JSON API: what may be sent (by the same rules as the page), and what comes."""

from typing import Any

from rest_framework import serializers

from aptmagic.errors import Invalid
from generation import catalogue, requests


class GenerationRequest(serializers.Serializer):
    """Types are checked here; values by `requests.checked`."""

    operation = serializers.ChoiceField(["create"], default="create")
    model = serializers.CharField(
        default="fast", max_length=100, help_text="An id or slug of models/."
    )
    prompt = serializers.CharField(
        allow_blank=True, trim_whitespace=False, help_text="1 to 10,000 characters."
    )
    negative_prompt = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    aspect_ratio = serializers.ChoiceField(list(catalogue.ASPECT_RATIOS), default="1:1")
    style_preset = serializers.ChoiceField(list(catalogue.STYLES), required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    count = serializers.IntegerField(default=1, min_value=1, max_value=catalogue.COUNT_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wish = {name: value for name, value in attrs.items() if name != "operation"}
        try:
            return {"request": requests.checked(**wish)}
        except Invalid as error:
            raise serializers.ValidationError(error.fields) from error


class Urls(serializers.Serializer):
    avif = serializers.CharField(help_text="A srcset.")
    webp = serializers.CharField(help_text="A srcset.")
    preview = serializers.URLField()
    full = serializers.URLField()


class GenerationPicture(serializers.Serializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "drawing", "ready", "refused", "failed", "gone"])
    seed = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbhash = serializers.CharField(allow_blank=True)
    urls = Urls(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class GenerationOutcome(serializers.Serializer):
    kind = serializers.CharField()
    message = serializers.CharField(allow_blank=True)
    charged = serializers.IntegerField(help_text="Credits.")


class Generation(serializers.Serializer):
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
    poll_after_ms = serializers.IntegerField(allow_null=True)


class GenerationList(serializers.Serializer):
    items = Generation(many=True)
    next = serializers.URLField(allow_null=True)


class Model(serializers.Serializer):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    operation = serializers.CharField()
    speed = serializers.CharField()
    credits = serializers.IntegerField(help_text="For one picture.")
    price_usd = serializers.CharField(help_text="For one picture, a decimal.")
    price_as_of = serializers.DateField()
    usual_seconds = serializers.IntegerField()
    fields = serializers.DictField()


class ModelList(serializers.Serializer):
    items = Model(many=True)
    next = serializers.URLField(allow_null=True)


class Picture(serializers.Serializer):
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


class PictureList(serializers.Serializer):
    items = Picture(many=True)
    next = serializers.URLField(allow_null=True)
