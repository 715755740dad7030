"""The interface of identity providers, and the values they return."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol, cast

from aptmagic.service_backends import load_backend

ChallengeKind = Literal["totp", "new-password"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """An account at the provider. `totp` if signing in asks for a code; `federated` if another
    provider checks the password, which is then not stored here.
    """

    user_id: str
    confirmed: bool
    totp: bool = False
    federated: bool = False
    email: str = ""


@dataclass(frozen=True)
class NewAccount:
    """An unconfirmed account. `session` lets `confirm_sign_up` sign its owner in without asking for
    the password again; "" if the provider doesn't support that."""

    user_id: str
    session: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A user whom the provider has signed in. Its tokens never reach a browser or a log."""

    user_id: str
    username: str
    email: str
    groups: tuple[str, ...]
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    auth_time: datetime = EPOCH  # when the user entered their credentials


@dataclass(frozen=True)
class Challenge:
    """What the provider asks for before it signs a user in. `session` never reaches a browser."""

    kind: ChallengeKind
    username: str
    session: str = field(repr=False)


class IdentityProvider(Protocol):
    """Methods raise a Refused from `accounts.errors`, or Busy if trying again may help.

    `username` is an e-mail address or a user id. An access token that has expired or been revoked
    raises SessionEnded; `refresh` returns a new one.
    """

    def sign_up(self, email: str, password: str) -> NewAccount:
        """Create an unconfirmed account and send a code. Raises AddressTaken."""

    def find(self, username: str) -> Account | None: ...

    def confirm_sign_up(self, username: str, code: str, session: str = "") -> str:
        """Confirm the address. `session` is that of the sign-up; an expired one is ignored.

        Returns the session for `sign_in_confirmed`, or "". Raises WrongCode.
        """

    def sign_in_confirmed(self, user_id: str, session: str) -> SignedIn:
        """Sign in without a password, once, with the session that `confirm_sign_up` returned.

        Raises ChallengeExpired if the password is needed after all.
        """

    def resend_code(self, email: str) -> None:
        """Send another code; does nothing if there is no such unconfirmed account."""

    def sign_in(self, username: str, password: str) -> SignedIn | Challenge:
        """Raises WrongPassword, NotConfirmed, PasswordResetRequired."""

    def answer_totp(self, challenge: Challenge, code: str) -> SignedIn | Challenge:
        """Raises WrongCode; ChallengeExpired if the sign-in must start again."""

    def answer_new_password(self, challenge: Challenge, password: str) -> SignedIn | Challenge:
        """Raises Invalid if the password is not accepted; ChallengeExpired as above."""

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        """New tokens; the refresh token may have been replaced. Raises SessionEnded."""

    def sign_out(self, refresh_token: str) -> None:
        """Revoke this refresh token and the tokens issued with it."""

    def sign_out_everywhere(self, user_id: str) -> None:
        """Revoke all tokens of the user."""

    def request_password_reset(self, email: str) -> None:
        """Send a code for a new password; does nothing if there is no such account."""

    def reset_password(self, email: str, code: str, password: str) -> None:
        """Raises WrongCode; Invalid if the password is not accepted."""

    def set_password(self, user_id: str, password: str) -> None:
        """Replace the password. Raises Invalid if the new one is not accepted."""

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Raises WrongCurrentPassword; Invalid if the new one is not accepted."""

    def change_email(self, access_token: str, email: str) -> None:
        """Send a code to the new address. The old one stays until `verify_email`.

        Raises AddressTaken, which must not be revealed.
        """

    def verify_email(self, access_token: str, code: str) -> None:
        """Replace the address. Raises WrongCode."""

    def create_totp_secret(self, access_token: str) -> str:
        """A new secret, in Base32. It has no effect until `enroll_totp`."""

    def enroll_totp(self, access_token: str, code: str) -> None:
        """Ask for a code at each sign-in from now on. Raises WrongCode."""

    def disable_totp(self, user_id: str) -> None:
        """Stop asking for codes. Idempotent."""

    def enable_totp(self, user_id: str) -> None:
        """Ask for codes again, with the secret enrolled before `disable_totp`. Idempotent."""

    def delete_user(self, user_id: str) -> None: ...

    def erase_user(self, user_id: str) -> None:
        """Delete the user under every user name, federated ones included."""

    def verify_access_token(self, access_token: str) -> str:
        """The id of the user to whom this provider issued the token. Raises SignInRequired."""


def identity_provider() -> IdentityProvider:
    return cast(IdentityProvider, load_backend("IDENTITY_PROVIDER"))
