"""JSON representations of an account, its credits and its archives."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers

from accounts.profiles import handles, text
from aptmagic.errors import Invalid
from aptmagic.web.api.serializers import StrictSerializer


class Me(serializers.Serializer[Any]):
    """`avatar_unfit` says why the last uploaded photo was rejected."""

    id = serializers.CharField()
    handle = serializers.CharField()
    name = serializers.CharField()
    bio = serializers.CharField(allow_blank=True)
    links = serializers.ListField(child=serializers.URLField())
    private = serializers.BooleanField()
    email = serializers.EmailField()
    avatar = serializers.URLField(allow_null=True)
    avatar_unfit = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class MeChange(StrictSerializer):
    """Fields to update. Fields you leave out stay as they are."""

    handle = serializers.CharField(
        required=False,
        help_text="Can be changed every 30 days. The old handle redirects for 90 days.",
    )
    name = serializers.CharField(required=False, allow_blank=True, help_text="Up to 50 characters.")
    bio = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Up to 500 characters.",
    )
    links = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        max_length=text.MAX_LINKS_SENT,
        help_text="Up to 5 https URLs.",
    )
    private = serializers.BooleanField(
        required=False, help_text="Hide your posts from everyone else."
    )
    avatar_upload = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=40,
        help_text="The `upload_id` of an uploaded picture, which becomes your `avatar` shortly. "
        "null removes it.",
    )

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        said = {name: values[name] for name in ("name", "bio", "links") if name in values}
        wrong = _wrong(lambda: text.validate(**said))
        if "handle" in values:
            wrong |= _wrong(lambda: handles.normalise(values["handle"]))
        return wrong


class Upload(serializers.Serializer[Any]):
    """Send `fields` and then the file, as `file`, in a multipart form to `url` within 5 minutes."""

    upload_id = serializers.CharField()
    url = serializers.URLField()
    # It hides DRF's own attribute of that name.
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # hides DRF's own of that name
    most = serializers.IntegerField(help_text="Largest file, in bytes.")


def _wrong(check: Callable[[], object]) -> dict[str, list[str]]:
    try:
        check()
    except Invalid as error:
        return error.fields
    return {}


class LedgerEntry(serializers.Serializer[Any]):
    """`reason` says in a sentence what `kind` and the rest mean; `url` is the page about it."""

    at = serializers.DateTimeField()
    amount = serializers.IntegerField(help_text="In credits; negative if they were spent.")
    kind = serializers.CharField(help_text="Such as `welcome` or `image-generation`.")
    reason = serializers.CharField()
    ref = serializers.CharField()
    url = serializers.URLField(allow_null=True)


class Credits(serializers.Serializer[Any]):
    """The balance and its history, newest first."""

    available = serializers.IntegerField()
    reserved = serializers.IntegerField()
    items = LedgerEntry(many=True)
    next = serializers.URLField(allow_null=True)


class AccountDeletion(serializers.Serializer[Any]):
    leaving_at = serializers.DateTimeField()


class ArchivePart(serializers.Serializer[Any]):
    """A zip file. `url` expires after ten minutes."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    pictures = serializers.IntegerField()
    url = serializers.URLField()


class Archive(serializers.Serializer[Any]):
    """An export of all data, kept for a week. `bound` of its `pictures` are included so far."""

    id = serializers.CharField()
    state = serializers.ChoiceField(["working", "ready", "failed"])
    created_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    pictures = serializers.IntegerField()
    bound = serializers.IntegerField()
    parts = ArchivePart(many=True)
