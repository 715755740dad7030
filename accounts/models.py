"""Items of the `users` and `ledger` tables: who somebody is, and what they may spend."""

import hashlib
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from aptmagic import dynamo
from aptmagic.dynamo import Item, now, table

# Who may see a post, and who may read the words it was made of.
PUBLIC, UNLISTED, PRIVATE = "public", "unlisted", "private"
VISIBILITIES = (PUBLIC, UNLISTED, PRIVATE)
FOLLOWERS, ME = "followers", "me"
PROMPT_VISIBILITIES = (PUBLIC, FOLLOWERS, ME)
# What becomes of sensitive posts in somebody's lists.
SHOW, BLUR, HIDE = "show", "blur", "hide"


class UserItem(Item):
    class Meta(dynamo.Meta):
        table_name = table("users")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute(default=now)
    expires_at = TTLAttribute(null=True)


class Profile(UserItem):
    """`U#<sub>/PROFILE`. It expires unless its e-mail address is confirmed in time."""

    user_id = UnicodeAttribute()
    handle = UnicodeAttribute()
    handle_prefix = UnicodeAttribute(null=True)  # hash of the @-completion index, once confirmed
    name = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    bio = UnicodeAttribute(null=True)
    links: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    private = BooleanAttribute(default=False)
    avatar = UnicodeAttribute(null=True)  # the upload it was made of, which names its files
    avatar_wanted = UnicodeAttribute(null=True)  # the newest upload that is to become it
    avatar_unfit = UnicodeAttribute(null=True)  # why that one did not; a key of uploads.UNFIT
    avatars_gone = UnicodeSetAttribute(null=True)  # earlier ones, until their files are deleted
    handle_changed_at = UTCDateTimeAttribute(null=True)
    former_handles = UnicodeSetAttribute(null=True)
    # Each change of what cards show of an author counts it up.
    version = NumberAttribute(default=0)
    leaving_at = UTCDateTimeAttribute(null=True)  # when everything of theirs will be erased
    free_credits = UnicodeAttribute(null=True)  # keyed hash of the mailbox that they were given for
    # Unconfirmed still, and the password is not to be believed: it may be a stranger's.
    awaits_new_password = BooleanAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "PROFILE"

    @property
    def confirmed(self) -> bool:
        return self.expires_at is None

    @property
    def withheld(self) -> bool:
        """Whether their posts are shown to nobody else."""
        return self.private or self.leaving_at is not None

    @property
    def shown_name(self) -> str:
        return self.name or self.handle


class HandleClaim(UserItem):
    """`H#<handle>/CLAIM`: a handle is whoever's put this item first.

    A former handle is held until it expires, and leads to the present one.
    """

    user_id = UnicodeAttribute()

    @classmethod
    def key(cls, handle: str) -> tuple[str, str]:
        return f"H#{handle.lower()}", "CLAIM"


class Session(UserItem):
    """`U#<sub>/SESSION#<id>`: the tokens, which never reach the browser."""

    user_id = UnicodeAttribute()
    refresh_token = UnicodeAttribute()
    access_token = UnicodeAttribute(null=True)  # as good as new for a while after they proved it
    username = UnicodeAttribute()
    ticket = UnicodeAttribute(default="")  # of the newest cookie, and of the one it took over from
    ticket_before = UnicodeAttribute(null=True)
    renewed_at = UTCDateTimeAttribute(default=now)  # which is also when it was last used, coarsely
    groups = UnicodeSetAttribute(null=True)
    groups_at = UTCDateTimeAttribute(null=True)  # when the provider said so
    proved_at = UTCDateTimeAttribute(null=True)  # when its person last showed who they are
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
    def on_a_phone(self) -> bool:
        return self.system in ("Android", "iPhone")

    @property
    def place(self) -> str:
        """203.0.113.…: of an address no more is kept."""
        network = (self.address or "").partition("/")[0]
        return f"{network.removesuffix('::').removesuffix('.0')}…" if network else ""


class NewEmail(UserItem):
    """`U#<sub>/NEW_EMAIL`: the address that they want and that awaits its code."""

    email = UnicodeAttribute()
    taken = BooleanAttribute(default=False)  # somebody has it, which nobody is told

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "NEW_EMAIL"


class FreeCredits(UserItem):
    """`FC#<keyed hash of a mailbox>/GRANTED`: it has had its free credits, whoever has it now.

    It expires some time after its person has left.
    """

    @classmethod
    def key(cls, fingerprint: str) -> tuple[str, str]:
        return f"FC#{fingerprint}", "GRANTED"


class Recovery(UserItem):
    """`U#<sub>/RECOVERY`: hashes of the codes that stand in for a lost authenticator."""

    salt = BinaryAttribute(legacy_encoding=False)
    codes = UnicodeSetAttribute(null=True)
    suspended = BooleanAttribute(null=True)  # the second step is off while one of them is used
    suspended_at = UTCDateTimeAttribute(null=True)  # when it last was, and until when
    resumed_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "RECOVERY"


class Token(UserItem):
    """`T#<sha256 of the token>/TOKEN`: an API token; the token itself is not stored."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    handle = UnicodeAttribute()
    name = UnicodeAttribute(default="")
    scopes = UnicodeSetAttribute()
    cap = NumberAttribute(null=True)  # credits it may spend in a month
    used_at = UTCDateTimeAttribute(null=True)  # to the hour

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"T#{digest}", "TOKEN"

    @property
    def lapsed(self) -> bool:
        return self.expires_at is not None and self.expires_at <= now()


class TokenPlace(UserItem):
    """`U#<sub>/TOKEN#<id>`: where the item of a token of theirs is, which has its own key."""

    digest = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, token_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"TOKEN#{token_id}"


class Allowance(UserItem):
    """`U#<sub>/SPENT#<YYYY-MM>#<token id>`: what a token with a cap has spent in a month."""

    spent = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str, month: str, token_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"SPENT#{month}#{token_id}"

    @property
    def token_id(self) -> str:
        return self.sk.rpartition("#")[2]


class Preferences(UserItem):
    """`U#<sub>/SETTINGS`: how somebody wants the site to be. Who never chose has the defaults."""

    visibility = UnicodeAttribute(default=PUBLIC)
    prompt_visibility = UnicodeAttribute(default=PUBLIC)
    discoverable = BooleanAttribute(default=True)
    recipe_in_downloads = BooleanAttribute(default=True)
    training = BooleanAttribute(default=False)  # consent to train models with their pictures
    hidden_tags = UnicodeSetAttribute(null=True)
    sensitive = UnicodeAttribute(default=BLUR)
    # "<channel>:<kind>" that are switched off, or on where they are off by default.
    switched = UnicodeSetAttribute(null=True)
    theme = UnicodeAttribute(default="auto")  # or light, or dark
    language = UnicodeAttribute(default="")  # a code of settings.LANGUAGES; "" follows the browser
    speaks = UnicodeAttribute(null=True)  # what their browser asked for when they last signed in

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "SETTINGS"


class LedgerItem(Item):
    class Meta(dynamo.Meta):
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


class Letter(Item):
    """`LT#<hash of what it tells, and to whom>/LETTER` in `ephemeral`: it is being sent, or was."""

    class Meta(dynamo.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sent = BooleanAttribute(default=False)
    until = UTCDateTimeAttribute()  # after this moment whoever was sending it has died
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, *told: str) -> tuple[str, str]:
        return f"LT#{hashlib.sha256(chr(0).join(told).encode()).hexdigest()}", "LETTER"


class Draft(Item):
    """`DR#<hash of the browser's word and of the author>/DRAFT` in `ephemeral`: an unsent form."""

    class Meta(dynamo.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    fields: JSONAttribute = JSONAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"DR#{digest}", "DRAFT"


class ShownOnce(Item):
    """`SO#<hash of a person and their browser's word>/SHOWN` in `ephemeral`: to be shown once."""

    class Meta(dynamo.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    text = BinaryAttribute(legacy_encoding=False)  # encrypted with that word
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, digest: str) -> tuple[str, str]:
        return f"SO#{digest}", "SHOWN"


class Step(Item):
    """`ST#<hash of the browser's word>/STEP` in `ephemeral`: somebody is on their way in."""

    class Meta(dynamo.Meta):
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
