"""Items of the `users` table: profiles, handles and preferences."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from accounts.users_table import UserItem

# How lists treat sensitive posts.
SHOW, BLUR, HIDE = "show", "blur", "hide"


class Profile(UserItem):
    """`U#<sub>/PROFILE`. Expires unless its e-mail address is confirmed in time."""

    user_id = UnicodeAttribute()
    handle = UnicodeAttribute()
    handle_prefix = UnicodeAttribute(null=True)  # hash of the @-completion index, once confirmed
    name = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    bio = UnicodeAttribute(null=True)
    links: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    private = BooleanAttribute(default=False)
    avatar = UnicodeAttribute(null=True)  # the upload it was made from, which names its files
    avatar_upload = UnicodeAttribute(null=True)  # the newest upload, which is to become the avatar
    avatar_rejection = UnicodeAttribute(
        null=True
    )  # why it did not: a key of uploads.REJECTION_REASONS
    old_avatars = UnicodeSetAttribute(null=True)  # replaced ones, until their files are deleted
    handle_changed_at = UTCDateTimeAttribute(null=True)
    former_handles = UnicodeSetAttribute(null=True)
    # Incremented by each change to what posts show of their author.
    version = NumberAttribute(default=0)
    deletes_at = UTCDateTimeAttribute(null=True)  # when the account will be erased
    mailbox = UnicodeAttribute(null=True)  # a keyed hash: free credits are given once to each
    # Until confirmed: the password was chosen by somebody who may not own the address.
    needs_new_password = BooleanAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "PROFILE"

    @property
    def confirmed(self) -> bool:
        return self.expires_at is None

    @property
    def hidden(self) -> bool:
        """Whether the user's posts are hidden from everybody else."""
        return self.private or self.deletes_at is not None

    @property
    def display_name(self) -> str:
        return self.name or self.handle


class HandleClaim(UserItem):
    """`H#<handle>/CLAIM`: the handle belongs to this user.

    A former handle is kept until it expires, and leads to the present one.
    """

    user_id = UnicodeAttribute()

    @classmethod
    def key(cls, handle: str) -> tuple[str, str]:
        return f"H#{handle.lower()}", "CLAIM"


class Preferences(UserItem):
    """`U#<sub>/SETTINGS`: a user's preferences; the defaults for what they never chose."""

    # Defaults for new posts, as the gallery defines them; None if never chosen.
    visibility = UnicodeAttribute(null=True)
    prompt_visibility = UnicodeAttribute(null=True)
    discoverable = BooleanAttribute(default=True)
    recipe_in_downloads = BooleanAttribute(default=True)
    training = BooleanAttribute(default=False)  # consent to training models with their pictures
    hidden_tags = UnicodeSetAttribute(null=True)
    sensitive = UnicodeAttribute(default=BLUR)
    # Names of switches that are not at their default.
    switched = UnicodeSetAttribute(null=True)
    theme = UnicodeAttribute(default="auto")  # or light, or dark
    language = UnicodeAttribute(default="")  # a code of settings.LANGUAGES; "" follows the browser
    speaks = UnicodeAttribute(null=True)  # the browser's language at the last sign-in

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "SETTINGS"
