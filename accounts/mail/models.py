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
    """`LT#<hash of kind, reference and address>/LETTER` in `ephemeral`: an e-mail that is being or
    has been sent."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sent = BooleanAttribute(default=False)
    until = UTCDateTimeAttribute()  # the sending worker is considered dead after this
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, *parts: str) -> tuple[str, str]:
        return f"LT#{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}", "LETTER"
