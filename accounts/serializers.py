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
