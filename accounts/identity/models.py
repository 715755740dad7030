"""Items of the `users` and `ephemeral` tables: sessions, recovery codes, and sign-ins under way."""

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from accounts.tables import UserItem
from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class Session(UserItem):
    """`U#<sub>/SESSION#<id>`: the tokens, which never reach the browser."""

    user_id = UnicodeAttribute()
    refresh_token = UnicodeAttribute()
    access_token = UnicodeAttribute(null=True)  # as good as new for a while after they proved it
    username = UnicodeAttribute()
    cookie_id = UnicodeAttribute(
        default=""
    )  # of the newest cookie, and of the one it took over from
    previous_cookie_id = UnicodeAttribute(null=True)
    renewed_at = UTCDateTimeAttribute(default=now)  # which is also when it was last used, coarsely
    groups = UnicodeSetAttribute(null=True)
    groups_at = UTCDateTimeAttribute(null=True)  # when the provider said so
    authenticated_at = UTCDateTimeAttribute(null=True)  # when its person last showed who they are
    agent = UnicodeAttribute(null=True)  # "Firefox/Linux"
    address = UnicodeAttribute(null=True)  # 203.0.113.0/24: a neighbourhood, not a house

    @classmethod
    def key(cls, user_id: str, session_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"SESSION#{session_id}"

    @property
    def id(self) -> str:
        return self.sk.removeprefix("SESSION#")

    @property
    def browser(self) -> str:
        return (self.agent or "").partition("/")[0]

    @property
    def system(self) -> str:
        return (self.agent or "").partition("/")[2]

    @property
    def is_phone(self) -> bool:
        return self.system in ("Android", "iPhone")

    @property
    def place(self) -> str:
        """203.0.113.…: of an address no more is kept."""
        network = (self.address or "").partition("/")[0]
        return f"{network.removesuffix('::').removesuffix('.0')}…" if network else ""


class PendingEmail(UserItem):
    """`U#<sub>/NEW_EMAIL`: the address that they want and that awaits its code."""

    email = UnicodeAttribute()
    taken = BooleanAttribute(default=False)  # somebody has it, which nobody is told

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "NEW_EMAIL"


class RecoveryCodes(UserItem):
    """`U#<sub>/RECOVERY`: hashes of the codes that stand in for a lost authenticator."""

    salt = BinaryAttribute(legacy_encoding=False)
    codes = UnicodeSetAttribute(null=True)
    suspended = BooleanAttribute(null=True)  # the second step is off while one of them is used
    suspended_at = UTCDateTimeAttribute(null=True)  # when it last was, and until when
    resumed_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "RECOVERY"


class FormDraft(Item):
    """`DR#<hash of the browser's word and of the author>/DRAFT` in `ephemeral`: an unsent form."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    fields: JSONAttribute = JSONAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"DR#{digest}", "DRAFT"


class OneTimeSecret(Item):
    """`SO#<hash of a person and their browser's word>/SHOWN` in `ephemeral`: to be shown once."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    text = BinaryAttribute(legacy_encoding=False)  # encrypted with that word
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"SO#{digest}", "SHOWN"


class PendingChallenge(Item):
    """`ST#<hash of the browser's word>/STEP` in `ephemeral`: somebody is on their way in."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()  # a provider's challenge, "sign-up" or "elsewhere"
    email = UnicodeAttribute(default="")
    next = UnicodeAttribute(default="/")
    tries = NumberAttribute(default=0)
    username = UnicodeAttribute(null=True)  # whom the provider asked, and in which session
    session = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)  # what has to come back from elsewhere
    nonce = UnicodeAttribute(null=True)
    verifier = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"ST#{digest}", "STEP"
