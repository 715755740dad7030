"""Who proves that people are who they say: the promise that every identity provider keeps."""

from dataclasses import dataclass
from typing import Protocol, cast

from aptmagic.backends import backend


@dataclass(frozen=True)
class Account:
    """What the provider keeps under an address."""

    user_id: str
    confirmed: bool


@dataclass(frozen=True)
class SignedIn:
    """Somebody the provider has let in. The refresh token never leaves our side."""

    user_id: str
    username: str
    email: str
    groups: tuple[str, ...]
    refresh_token: str


class IdentityProvider(Protocol):
    """Each method raises a Refused from `accounts.errors`, or Busy when trying again helps."""

    def sign_up(self, email: str, password: str) -> str:
        """Open an account, send a code, return the new person's id. Raises AddressTaken."""

    def find(self, email: str) -> Account | None: ...

    def confirm(self, username: str, code: str) -> None:
        """Raises WrongCode. `username` is an address or a person's id."""

    def resend(self, email: str) -> None:
        """Send another code; says nothing when there is nobody to send it to."""

    def sign_in(self, email: str, password: str) -> SignedIn:
        """Raises WrongPassword, NotConfirmed."""

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        """Raises SessionEnded."""

    def sign_out(self, refresh_token: str) -> None:
        """Let nobody refresh with this token again."""

    def delete(self, user_id: str) -> None: ...

    def bearer(self, access_token: str) -> str:
        """The person's id, from a token that this provider signed. Raises SignInFirst."""


def identity() -> IdentityProvider:
    return cast(IdentityProvider, backend("IDENTITY_PROVIDER"))
