"""Who proves that people are who they say: the promise that every identity provider keeps."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol, cast

from aptmagic.backends import load_backend

ChallengeKind = Literal["totp", "new-password"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """What the provider keeps under an address; `totp` when signing in asks for a code, too.

    `federated` when somebody else vouches for them: there is no password here.
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
    """Somebody the provider has let in. The tokens never leave our side, nor enter a log."""

    user_id: str
    username: str
    email: str
    groups: tuple[str, ...]
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    auth_time: datetime = EPOCH  # when they showed who they are


@dataclass(frozen=True)
class Challenge:
    """What else the provider wants before it lets somebody in; its session never leaves us."""

    kind: ChallengeKind
    username: str
    session: str = field(repr=False)


class IdentityProvider(Protocol):
    """Each method raises a Refused from `accounts.errors`, or Busy when trying again helps.

    `username` is an address or a person's id. Who owns an access token may change what is theirs;
    one that has expired or been revoked raises SessionEnded, and `refresh` gives another.
    """

    def sign_up(self, email: str, password: str) -> NewAccount:
        """Open an account and send a code. Raises AddressTaken."""

    def find(self, username: str) -> Account | None: ...

    def confirm_sign_up(self, username: str, code: str, session: str = "") -> str:
        """Confirm the address. `session` is that of the sign-up; one that is over does no harm.

        Returns the session for `sign_in_confirmed`, or "". Raises WrongCode.
        """

    def sign_in_confirmed(self, user_id: str, session: str) -> SignedIn:
        """Sign in with the session that `confirm_sign_up` returned, once and without a password.

        Raises ChallengeExpired when the password is needed after all.
        """

    def resend_code(self, email: str) -> None:
        """Send another code; says nothing when there is nobody to send it to."""

    def sign_in(self, username: str, password: str) -> SignedIn | Challenge:
        """Raises WrongPassword, NotConfirmed, PasswordResetRequired."""

    def answer_totp(self, challenge: Challenge, code: str) -> SignedIn | Challenge:
        """Raises WrongCode; ChallengeExpired when signing in has to begin anew."""

    def answer_new_password(self, challenge: Challenge, password: str) -> SignedIn | Challenge:
        """Raises Invalid for a password that will not do; ChallengeExpired as above."""

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        """New tokens, the refresh token maybe another one. Raises SessionEnded."""

    def sign_out(self, refresh_token: str) -> None:
        """Let nobody refresh with this token again, nor with those that came of it."""

    def sign_out_everywhere(self, user_id: str) -> None:
        """Let nobody refresh with any token this person has had until now."""

    def request_password_reset(self, email: str) -> None:
        """Send a code to set another password with; says nothing when there is nobody."""

    def reset_password(self, email: str, code: str, password: str) -> None:
        """Raises WrongCode; Invalid for a password that will not do."""

    def set_password(self, user_id: str, password: str) -> None:
        """Whatever it was before. Raises Invalid for one that will not do."""

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Raises WrongCurrentPassword; Invalid for a new one that will not do."""

    def change_email(self, access_token: str, email: str) -> None:
        """Send a code there. The old address stays until `verify_email`.

        Raises AddressTaken, which nobody is to be told.
        """

    def verify_email(self, access_token: str, code: str) -> None:
        """From now on the new address signs in. Raises WrongCode."""

    def create_totp_secret(self, access_token: str) -> str:
        """A new secret, in Base32. It asks for nothing before `enroll_totp`."""

    def enroll_totp(self, access_token: str, code: str) -> None:
        """From now on signing in asks for a code. Raises WrongCode."""

    def disable_totp(self, user_id: str) -> None:
        """Signing in asks for no code any more. Any number of times."""

    def enable_totp(self, user_id: str) -> None:
        """Ask for codes again, of the secret that was confirmed before `disable_totp`."""

    def delete_user(self, user_id: str) -> None: ...

    def erase_user(self, user_id: str) -> None:
        """Delete whoever this is, by whatever name, also those for whom somebody else vouches."""

    def verify_access_token(self, access_token: str) -> str:
        """The person's id, from a token that this provider signed. Raises SignInRequired."""


def identity_provider() -> IdentityProvider:
    return cast(IdentityProvider, load_backend("IDENTITY_PROVIDER"))
