"""JSON requests and representations of the gallery."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from aptmagic.errors import Invalid
from aptmagic.web.api.serializers import StrictSerializer
from gallery.notifications.kinds import KINDS
from gallery.posts import text
from gallery.posts.models import PROMPT_VISIBILITIES, VISIBILITIES
from generation.serializers import Urls


class PostChange(StrictSerializer):
    """Fields of a post to update."""

    caption = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Up to 2,000 characters.",
    )
    tags = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        max_length=text.MAX_TAGS_SENT,
        help_text=f"Up to {text.MAX_TAGS}. Each tag: {text.TAG_RULE}.",
    )
    alt = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Up to 1,000 characters.",
    )
    visibility = serializers.ChoiceField(VISIBILITIES, required=False)
    prompt_visibility = serializers.ChoiceField(PROMPT_VISIBILITIES, required=False)

    def validation_errors(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        given = {name: values[name] for name in ("caption", "tags", "alt") if name in values}
        try:
            text.validate(**given)
        except Invalid as error:
            return error.fields
        return {}


class NewPost(PostChange):
    """A picture to publish. Fields you leave out are empty or taken from your settings."""

    picture_id = serializers.CharField(max_length=40)
    visibility = serializers.ChoiceField(
        VISIBILITIES, required=False, help_text="Defaults to your settings."
    )
    prompt_visibility = serializers.ChoiceField(
        PROMPT_VISIBILITIES, required=False, help_text="Defaults to your settings."
    )


class Author(serializers.Serializer[Any]):
    handle = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    avatar = serializers.URLField(allow_null=True)


class CardPicture(serializers.Serializer[Any]):
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbhash = serializers.CharField(allow_blank=True)
    urls = Urls()


class Card(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.URLField()
    author = Author()
    caption = serializers.CharField(allow_blank=True)
    alt = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    sensitive = serializers.BooleanField(
        help_text="Tagged as sensitive: blur it until the viewer opens it."
    )
    visibility = serializers.ChoiceField(VISIBILITIES)
    picture = CardPicture()
    pictures = serializers.IntegerField()
    likes = serializers.IntegerField(help_text="In lists, within 10% of the exact count.")
    comments = serializers.IntegerField()
    liked = serializers.BooleanField(required=False, help_text="Only for authenticated requests.")
    created_at = serializers.DateTimeField()


class CardList(serializers.Serializer[Any]):
    items = Card(many=True)
    next = serializers.URLField(allow_null=True)
    hidden = serializers.IntegerField(help_text="How many posts on this page your filters hide.")


class Post(Card):
    """`prompt` and `recipe` are null if the author doesn't share them."""

    prompt_visibility = serializers.ChoiceField(PROMPT_VISIBILITIES)
    prompt = serializers.CharField(allow_null=True)
    recipe = serializers.DictField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class Likes(serializers.Serializer[Any]):
    likes = serializers.IntegerField()
    liked = serializers.BooleanField()


class User(serializers.Serializer[Any]):
    """`posts` counts public posts; `likes` counts the likes on all of them."""

    handle = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    bio = serializers.CharField(allow_blank=True)
    links = serializers.ListField(child=serializers.URLField())
    avatar = serializers.URLField(allow_null=True)
    private = serializers.BooleanField(help_text="Posts are hidden from everyone else.")
    posts = serializers.IntegerField()
    likes = serializers.IntegerField()
    joined = serializers.DateTimeField()


class Notification(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(KINDS))
    text = serializers.CharField()
    url = serializers.URLField()
    at = serializers.DateTimeField()
    unread = serializers.BooleanField()


class NotificationList(serializers.Serializer[Any]):
    items = Notification(many=True)
    next = serializers.URLField(allow_null=True)
