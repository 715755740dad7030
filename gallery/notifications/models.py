"""Items of the `feeds` and `ephemeral` tables: notifications and their markers."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class FeedItem(Item):
    class Meta(dynamodb.Meta):
        table_name = table("feeds")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Notification(FeedItem):
    """`N#<sub>/R#<day>#<kind>#<object>`: what happened to one thing on one day."""

    kind = UnicodeAttribute()
    object_id = UnicodeAttribute()
    # A row is unread while its epoch is that of the recipient's UnreadCount.
    epoch = NumberAttribute(default=0)
    actors = NumberAttribute(default=0)  # how many people did it
    last_actor_name = UnicodeAttribute(null=True)
    last_actor_id = UnicodeAttribute(null=True)
    details: JSONAttribute = JSONAttribute(default=dict)
    seen = BooleanAttribute(null=True)  # they were watching when it happened: not listed
    at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)

    @classmethod
    def key(cls, user_id: str, day: str, kind: str, object_id: str) -> tuple[str, str]:
        return f"N#{user_id}", f"R#{day}#{kind}#{object_id}"


class UnreadCount(FeedItem):
    """`N#<sub>/META`: how many rows are unread. Marking all as read starts the next epoch."""

    unread = NumberAttribute(default=0)
    epoch = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"N#{user_id}", "META"


class NotificationMarker(Item):
    """`NM#<actor>/<row>` in `ephemeral`: this person is already counted in that notification.

    Keyed by the person, so that their name can be removed from everyone's notifications. It doesn't
    name the recipient, whose erasure would not find it.
    """

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, actor_id: str, row: str) -> tuple[str, str]:
        return f"NM#{actor_id}", row
