"""Items of the `ledger` table: balances, holds and ledger entries."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from accounts.users_table import UserItem
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
    """`U#<sub>/HOLD#<job>`: credits reserved for a job, until they are spent or released."""

    amount = NumberAttribute()
    state = UnicodeAttribute(default="held")  # held, committed, released
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, reference: str) -> tuple[str, str]:
        return f"U#{user_id}", f"HOLD#{reference}"


class Entry(LedgerItem):
    """`U#<sub>/TX#<ulid>`: credits added or spent, in the order in which that happened.

    It stores facts. Its sentence is made when it is read: see entry_kinds.
    """

    amount = NumberAttribute()
    kind = UnicodeAttribute()
    object_type = UnicodeAttribute(null=True)
    object_id = UnicodeAttribute(null=True)
    quantity = NumberAttribute(null=True)  # how many, of what the kind counts
    ref = UnicodeAttribute()
    at = UTCDateTimeAttribute(default=now)

    @classmethod
    def key(cls, user_id: str, entry_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"TX#{entry_id}"

    @property
    def id(self) -> str:
        return self.sk.removeprefix("TX#")


class EntryReference(LedgerItem):
    """`U#<sub>/REF#<reference>`: put together with the entry, so that each reference has one."""

    entry_id = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, reference: str) -> tuple[str, str]:
        return f"U#{user_id}", f"REF#{reference}"


class LedgerLine(LedgerItem):
    """Any item of the ledger, for the check that reads all of them."""

    amount = NumberAttribute(null=True)
    ref = UnicodeAttribute(null=True)
    entry_id = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    available = NumberAttribute(null=True)
    reserved = NumberAttribute(null=True)


class FreeCreditsMarker(UserItem):
    """`FC#<keyed hash of a mailbox>/GRANTED`: the mailbox has had its free credits.

    Expires some time after its account has been erased.
    """

    @classmethod
    def key(cls, fingerprint: str) -> tuple[str, str]:
        return f"FC#{fingerprint}", "GRANTED"
