"""Items of the `ledger` table: balances, holds and ledger entries."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from accounts.tables import UserItem
from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class LedgerItem(Item):
    class Meta(dynamodb.Meta):
        table_name = table("ledger")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Balance(LedgerItem):
    """`U#<sub>/BAL`, in credits."""

    available = NumberAttribute(default=0)
    reserved = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "BAL"


class Hold(LedgerItem):
    """`U#<sub>/HOLD#<job>`: credits set aside for a job, until it ends one way or the other."""

    amount = NumberAttribute()
    state = UnicodeAttribute(default="held")  # held, committed, released
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, reference: str) -> tuple[str, str]:
        return f"U#{user_id}", f"HOLD#{reference}"


class Entry(LedgerItem):
    """`U#<sub>/TX#<reference>`: one line of the books. Its reference makes it happen once."""

    amount = NumberAttribute()
    reason = UnicodeAttribute()
    ref = UnicodeAttribute()
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, reference: str) -> tuple[str, str]:
        return f"U#{user_id}", f"TX#{reference}"


class LedgerLine(LedgerItem):
    """Any item of the ledger, for those who read all of it."""

    amount = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    available = NumberAttribute(null=True)
    reserved = NumberAttribute(null=True)


class FreeCreditsMarker(UserItem):
    """`FC#<keyed hash of a mailbox>/GRANTED`: it has had its free credits, whoever has it now.

    It expires some time after its person has left.
    """

    @classmethod
    def key(cls, fingerprint: str) -> tuple[str, str]:
        return f"FC#{fingerprint}", "GRANTED"
