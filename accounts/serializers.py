"""How a person and their credits look in JSON."""

from rest_framework import serializers


class Me(serializers.Serializer):
    id = serializers.CharField(source="user_id")
    handle = serializers.CharField()
    name = serializers.CharField(source="shown_name")
    email = serializers.EmailField()
    avatar = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


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


class Leaving(serializers.Serializer):
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
