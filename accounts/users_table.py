"""The `users` table, in which every package of this app has items."""

from pynamodb.attributes import (
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class UserItem(Item):
    class Meta(dynamodb.Meta):
        table_name = table("users")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)
