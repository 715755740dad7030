"""Who makes a request: `request.user` is a CurrentUser or an AnonymousUser."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from accounts import avatar_urls


@dataclass(frozen=True)
class CurrentUser:
    """A signed-in user. `id` is the Cognito sub; `session_id` is empty for an API token.

    `cookie_id` identifies one cookie of the session: each renewal issues a new one. `deletion_date`
    is the day (ISO 8601) on which the account will be erased, if its owner has asked for that.
    """

    id: str
    handle: str
    name: str
    groups: tuple[str, ...] = ()
    session_id: str = ""
    cookie_id: str = ""
    avatar: str = ""
    deletion_date: str = ""

    # Literal, so that `if user.is_authenticated:` tells type checkers which of the two it is.
    is_authenticated: ClassVar[Literal[True]] = True
    is_anonymous: ClassVar[Literal[False]] = False

    @property
    def deletes_on(self) -> date | None:
        return date.fromisoformat(self.deletion_date) if self.deletion_date else None

    @property
    def avatar_url(self) -> str | None:
        """The URL of the avatar; None without one."""
        return avatar_urls.url(self.avatar)


@dataclass(frozen=True)
class AnonymousUser:
    """A visitor who is not signed in."""

    id: None = None
    handle: None = None
    name: str = ""
    groups: tuple[str, ...] = ()

    is_authenticated: ClassVar[Literal[False]] = False
    is_anonymous: ClassVar[Literal[True]] = True
