"""How a person and their credits look in JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers

from accounts.profiles import handles, text
from aptmagic.errors import Invalid
from aptmagic.web.api.serializers import StrictSerializer


class Me(serializers.Serializer):
    """`avatar_unfit` says why the picture that was sent last did not become the avatar."""

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
    """Types are checked here; words by `descriptions.checked`, as for the page."""

    handle = serializers.CharField(
        required=False, help_text="Changes once in 30 days; the former one leads to it for 90."
    )
    name = serializers.CharField(
        required=False, allow_blank=True, help_text="At most 50 characters."
    )
    bio = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="At most 500 characters.",
    )
    links = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        max_length=text.LINKS_SENT,
        help_text="At most 5, all of https.",
    )
    private = serializers.BooleanField(
        required=False, help_text="Whether your posts are shown to nobody else."
    )
    avatar_upload = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=40,
        help_text="The `upload_id` of what you sent; it becomes `avatar` in a moment. "
        "null takes the avatar away.",
    )

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        said = {name: values[name] for name in ("name", "bio", "links") if name in values}
        wrong = _wrong(lambda: text.validate(**said))
        if "handle" in values:
            wrong |= _wrong(lambda: handles.normalise(values["handle"]))
        return wrong


class Upload(serializers.Serializer):
    """Post the fields as a form to the address, then the file as `file`, within five minutes."""

    upload_id = serializers.CharField()
    url = serializers.URLField()
    fields = serializers.DictField(child=serializers.CharField())
    most = serializers.IntegerField(help_text="In bytes.")


def _wrong(check: Callable[[], object]) -> dict[str, list[str]]:
    try:
        check()
    except Invalid as error:
        return error.fields
    return {}


class Entry(serializers.Serializer):
    at = serializers.DateTimeField()
    amount = serializers.IntegerField()
    reason = serializers.CharField()
    ref = serializers.CharField()


class Credits(serializers.Serializer):
    """The balance, and the lines that explain it, newest first."""

    available = serializers.IntegerField()
    reserved = serializers.IntegerField()
    items = Entry(many=True)
    next = serializers.URLField(allow_null=True)


class AccountDeletion(serializers.Serializer):
    leaving_at = serializers.DateTimeField()


class ArchivePart(serializers.Serializer):
    """A zip file. Its address is good for ten minutes."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    pictures = serializers.IntegerField()
    url = serializers.URLField()


class Archive(serializers.Serializer):
    """Everything somebody has. `bound` of its `pictures` are in it so far; it is kept a week."""

    id = serializers.CharField()
    state = serializers.ChoiceField(["working", "ready", "failed"])
    created_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    pictures = serializers.IntegerField()
    bound = serializers.IntegerField()
    parts = ArchivePart(many=True)
