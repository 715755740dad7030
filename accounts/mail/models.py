"""Items of the `ephemeral` table: e-mails that were sent, so that each is sent once."""

import hashlib

from pynamodb.attributes import (
    BooleanAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, table


class SentEmail(Item):
    """`LT#<hash of what it tells, and to whom>/LETTER` in `ephemeral`: it is being sent, or was."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sent = BooleanAttribute(default=False)
    until = UTCDateTimeAttribute()  # after this moment whoever was sending it has died
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, *told: str) -> tuple[str, str]:
        return f"LT#{hashlib.sha256(chr(0).join(told).encode()).hexdigest()}", "LETTER"
