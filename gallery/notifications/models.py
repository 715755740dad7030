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
    # A row is unread while its round is that of the person's UnreadCount.
    round = NumberAttribute(default=0)
    people = NumberAttribute(default=0)
    latest_person = UnicodeAttribute(null=True)
    latest_id = UnicodeAttribute(null=True)
    about: JSONAttribute = JSONAttribute(null=True)
    seen = BooleanAttribute(null=True)  # they were there when it happened: nothing to tell them
    at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)

    @classmethod
    def key(cls, user_id: str, day: str, kind: str, object_id: str) -> tuple[str, str]:
        return f"N#{user_id}", f"R#{day}#{kind}#{object_id}"


class UnreadCount(FeedItem):
    """`N#<sub>/META`: how many rows are unread. Reading all of them begins a new round."""

    unread = NumberAttribute(default=0)
    round = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"N#{user_id}", "META"


class NotificationMarker(Item):
    """`NM#<person>/<row>` in `ephemeral`: this person is counted in that notification already.

    Under the person, whose name may be in the row: so all that was told of them can be found.
    """

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, person_id: str, row: str) -> tuple[str, str]:
        return f"NM#{person_id}", row
