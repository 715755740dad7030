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

from accounts.tables import UserItem

# What becomes of sensitive posts in somebody's lists.
SHOW, BLUR, HIDE = "show", "blur", "hide"


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
    avatar_upload = UnicodeAttribute(null=True)  # the newest upload that is to become it
    avatar_rejection = UnicodeAttribute(null=True)  # why that one did not; a key of uploads.UNFIT
    old_avatars = UnicodeSetAttribute(null=True)  # earlier ones, until their files are deleted
    handle_changed_at = UTCDateTimeAttribute(null=True)
    former_handles = UnicodeSetAttribute(null=True)
    # Each change of what cards show of an author counts it up.
    version = NumberAttribute(default=0)
    deletes_at = UTCDateTimeAttribute(null=True)  # when everything of theirs will be erased
    free_credits = UnicodeAttribute(null=True)  # keyed hash of the mailbox that they were given for
    # Unconfirmed still, and the password is not to be believed: it may be a stranger's.
    new_password_required = BooleanAttribute(null=True)

    @classmethod
    def key(cls, user_id: str) -> tuple[str, str]:
        return f"U#{user_id}", "PROFILE"

    @property
    def confirmed(self) -> bool:
        return self.expires_at is None

    @property
    def hidden(self) -> bool:
        """Whether their posts are shown to nobody else."""
        return self.private or self.deletes_at is not None

    @property
    def display_name(self) -> str:
        return self.name or self.handle


class HandleClaim(UserItem):
    """`H#<handle>/CLAIM`: a handle is whoever's put this item first.

    A former handle is held until it expires, and leads to the present one.
    """

    user_id = UnicodeAttribute()

    @classmethod
    def key(cls, handle: str) -> tuple[str, str]:
        return f"H#{handle.lower()}", "CLAIM"


class Preferences(UserItem):
    """`U#<sub>/SETTINGS`: how somebody wants the site to be. Who never chose has the defaults."""

    # Defaults for new posts, among the gallery's choices; None for who never chose.
    visibility = UnicodeAttribute(null=True)
    prompt_visibility = UnicodeAttribute(null=True)
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
