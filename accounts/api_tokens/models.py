"""Items of the `users` table: API tokens and what they have spent."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from accounts.users_table import UserItem
from aptmagic.aws.dynamodb import now


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


class TokenPointer(UserItem):
    """`U#<sub>/TOKEN#<id>`: leads from a user to the item of a token."""

    digest = UnicodeAttribute()

    @classmethod
    def key(cls, user_id: str, token_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"TOKEN#{token_id}"


class TokenUsage(UserItem):
    """`U#<sub>/SPENT#<YYYY-MM>#<token id>`: the credits that a token has spent in a month."""

    spent = NumberAttribute(default=0)

    @classmethod
    def key(cls, user_id: str, month: str, token_id: str) -> tuple[str, str]:
        return f"U#{user_id}", f"SPENT#{month}#{token_id}"

    @property
    def token_id(self) -> str:
        return self.sk.rpartition("#")[2]
