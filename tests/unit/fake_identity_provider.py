"""An identity provider in memory: its refresh tokens rotate, and one that comes twice is known."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from accounts.errors import (
    AddressTaken,
    ChallengeExpired,
    SessionCopied,
    SessionEnded,
    WrongCode,
    WrongCurrentPassword,
    WrongPassword,
)
from accounts.identity.cognito.protocol import Account, Challenge, NewAccount, SignedIn
from aptmagic.errors import Busy, SignInRequired

CODE, WRONG = "123456", "654321"
PASSWORD = "a fox in the snow"
TOTP_CODE = "246810"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class StoredUser:
    user_id: str
    email: str
    password: str
    groups: tuple[str, ...] = ()
    totp: bool = False
    federated: bool = False
    confirmed: bool = True
    new_email: str = ""
    # Each list is what came of one signing in, the newest token last.
    token_families: list[list[str]] = field(default_factory=list)


class FakeIdentityProvider:
    users: list[StoredUser] = []
    unavailable = False
    calls: list[str] = []
    # What happens before new tokens are made, and while somebody waits for them.
    before_refresh: Callable[[], None] | None = None
    after_refresh: Callable[[], None] | None = None
    _numbers = count(1)
    _lock = threading.RLock()

    @classmethod
    def clear(cls) -> None:
        cls.users, cls.unavailable, cls.calls = [], False, []
        cls.before_refresh = cls.after_refresh = None

    @classmethod
    def add_user(cls, user_id: str, email: str, password: str) -> StoredUser:
        cls.users.append(StoredUser(user_id, email, password))
        return cls.users[-1]

    def sign_up(self, email: str, password: str) -> NewAccount:
        return NewAccount(self.add_user(f"{email}-sub", email, password).user_id)

    def find(self, username: str) -> Account | None:
        self._record("find")
        found = self._named(username)
        if found is None:
            return None
        return Account(
            found.user_id,
            found.confirmed,
            totp=found.totp,
            federated=found.federated,
            email=found.email,
        )

    def confirm_sign_up(self, username: str, code: str, session: str = "") -> str:
        return ""

    def sign_in_confirmed(self, user_id: str, session: str) -> SignedIn:
        raise ChallengeExpired

    def resend_code(self, email: str) -> None: ...

    def sign_in(self, username: str, password: str) -> SignedIn | Challenge:
        self._record("sign_in")
        found = self._named(username)
        if found is None or found.password != password:
            raise WrongPassword
        return (
            Challenge("totp", found.user_id, "a session")
            if found.totp
            else self.issue_tokens(found)
        )

    def answer_totp(self, challenge: Challenge, code: str) -> SignedIn | Challenge:
        found = self._named(challenge.username)
        if found is None:
            raise ChallengeExpired
        if code != TOTP_CODE:
            raise WrongCode
        return self.issue_tokens(found)

    def answer_new_password(self, challenge: Challenge, password: str) -> SignedIn | Challenge:
        raise ChallengeExpired

    def refresh(self, username: str, refresh_token: str) -> SignedIn:
        self._record("refresh")
        if FakeIdentityProvider.before_refresh:
            FakeIdentityProvider.before_refresh()
        with self._lock:
            for known in self.users:
                for family in known.token_families:
                    if refresh_token == family[-1]:
                        fresh = self._tokens(known, family)
                        if FakeIdentityProvider.after_refresh:
                            FakeIdentityProvider.after_refresh()
                        return fresh
                    if refresh_token in family:
                        raise SessionCopied
        raise SessionEnded

    def sign_out(self, refresh_token: str) -> None:
        self._record("sign_out")
        for known in self.users:
            known.token_families = [
                each for each in known.token_families if refresh_token not in each
            ]

    def sign_out_everywhere(self, user_id: str) -> None:
        self._record("sign_out_everywhere")
        if found := self._named(user_id):
            found.token_families = []

    def request_password_reset(self, email: str) -> None: ...

    def reset_password(self, email: str, code: str, password: str) -> None:
        found = self._named(email)
        if found is None or code != CODE:
            raise WrongCode
        found.password = password

    def set_password(self, user_id: str, password: str) -> None:
        if found := self._named(user_id):
            found.password = password

    def change_password(self, access_token: str, old: str, new: str) -> None:
        known = self._owner(access_token)
        if known.password != old:
            raise WrongCurrentPassword
        known.password = new

    def change_email(self, access_token: str, email: str) -> None:
        if self._named(email) is not None:
            raise AddressTaken
        self._owner(access_token).new_email = email

    def verify_email(self, access_token: str, code: str) -> None:
        known = self._owner(access_token)
        if code != CODE or not known.new_email:
            raise WrongCode
        known.email, known.new_email = known.new_email, ""

    def create_totp_secret(self, access_token: str) -> str:
        self._owner(access_token)
        return KEY

    def enroll_totp(self, access_token: str, code: str) -> None:
        if code != TOTP_CODE:
            raise WrongCode
        self._owner(access_token).totp = True

    def disable_totp(self, user_id: str) -> None:
        if found := self._named(user_id):
            found.totp = False

    def enable_totp(self, user_id: str) -> None:
        if found := self._named(user_id):
            found.totp = True

    def groups(self, user_id: str) -> tuple[str, ...]:
        found = self._named(user_id)
        return found.groups if found else ()

    def delete_user(self, user_id: str) -> None:
        self.users[:] = [known for known in self.users if known.user_id != user_id]

    erase_user = delete_user

    def verify_access_token(self, access_token: str) -> str:
        raise SignInRequired

    def issue_tokens(self, known: StoredUser) -> SignedIn:
        family: list[str] = []
        known.token_families.append(family)
        return self._tokens(known, family)

    def _tokens(self, known: StoredUser, family: list[str]) -> SignedIn:
        family.append(f"refresh-{next(self._numbers)}")
        return SignedIn(
            known.user_id,
            known.user_id,
            known.email,
            known.groups,
            refresh_token=family[-1],
            access_token=f"access of {known.user_id}",
        )

    def _named(self, name: str) -> StoredUser | None:
        return next((each for each in self.users if name in (each.user_id, each.email)), None)

    def _owner(self, access_token: str) -> StoredUser:
        self._record("owner")
        found = self._named(access_token.removeprefix("access of "))
        if found is None:
            raise SessionEnded
        return found

    def _record(self, what: str) -> None:
        if self.unavailable:
            raise Busy("Signing in is not possible at this moment.", retry_after=5)
        self.calls.append(what)
