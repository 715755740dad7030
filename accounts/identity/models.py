"""Items of the `users` and `ephemeral` tables: sessions, recovery codes, pending sign-ins."""

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

from accounts.users_table import UserItem
from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, now, table


class Session(UserItem):
    """`U#<sub>/SESSION#<id>`: the tokens, which never reach the browser."""

    user_id = UnicodeAttribute()
    refresh_token = UnicodeAttribute()
    access_token = UnicodeAttribute(null=True)  # fresh for a while after a reauthentication
    username = UnicodeAttribute()
    cookie_id = UnicodeAttribute(
        default=""
    )  # of the newest cookie, and of the one it took over from
    previous_cookie_id = UnicodeAttribute(null=True)
    renewed_at = UTCDateTimeAttribute(default=now)  # also about when it was last used
    groups = UnicodeSetAttribute(null=True)
    groups_at = UTCDateTimeAttribute(null=True)  # when the provider last confirmed them
    authenticated_at = UTCDateTimeAttribute(null=True)  # when the user last proved their identity
    agent = UnicodeAttribute(null=True)  # "Firefox/Linux"
    address = UnicodeAttribute(null=True)  # "203.0.113.0/24"

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
        """Such as `203.0.113.…`: no more of the address is stored."""
        network = (self.address or "").partition("/")[0]
        return f"{network.removesuffix('::').removesuffix('.0')}…" if network else ""


class PendingEmail(UserItem):
    """`U#<sub>/NEW_EMAIL`: a new address that awaits its code."""

    email = UnicodeAttribute()
    taken = BooleanAttribute(default=False)  # by another account, which is never revealed

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "NEW_EMAIL"


class RecoveryCodes(UserItem):
    """`U#<sub>/RECOVERY`: hashes of the codes that stand in for a lost authenticator."""

    salt = BinaryAttribute(legacy_encoding=False)
    codes = UnicodeSetAttribute(null=True)
    suspended = BooleanAttribute(null=True)  # TOTP is off while a code is used
    suspended_at = UTCDateTimeAttribute(null=True)  # the last suspension, until resumed_at
    resumed_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "RECOVERY"


class FormDraft(Item):
    """`DR#<hash of the browser's token and the author>/DRAFT` in `ephemeral`: an unsent form."""

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
    """`SO#<hash of the user and their browser's token>/SHOWN` in `ephemeral`: to be shown once."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    text = BinaryAttribute(legacy_encoding=False)  # encrypted with that token
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"SO#{digest}", "SHOWN"


class PendingChallenge(Item):
    """`ST#<hash of the browser's token>/STEP` in `ephemeral`: a sign-in or sign-up under way."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()  # a ChallengeKind, "sign-up" or "federated"
    email = UnicodeAttribute(default="")
    next = UnicodeAttribute(default="/")
    tries = NumberAttribute(default=0)
    username = UnicodeAttribute(null=True)  # the provider's, with its session
    session = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)  # of a federated sign-in (OAuth), with nonce and verifier
    nonce = UnicodeAttribute(null=True)
    verifier = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"ST#{digest}", "STEP"
