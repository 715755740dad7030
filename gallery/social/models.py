"""Items of the `edges` table: likes."""

from pynamodb.attributes import (
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class Like(Item):
    """`L#<sub>/<post>` in `edges`."""

    class Meta(dynamodb.Meta):
        table_name = table("edges")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, post_id: str) -> tuple[str, str]:
        return f"L#{user_id}", post_id
