"""API tokens: shown once, stored as a hash, limited to their scopes.

A token may have a spending limit: credits per calendar month (UTC). Spending is counted in the
transaction that reserves the credits, so concurrent requests can't exceed it, and what a job does
not use is released.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from pynamodb.exceptions import UpdateError

from accounts.api_tokens.models import Token, TokenPointer, TokenUsage
from accounts.errors import SpendingLimitReached
from accounts.profiles import profiles
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import ConditionFailed, Work, exists, new_id, now, transaction
from aptmagic.errors import Conflict, Invalid, NotFound
from aptmagic.observability import security_log

logger = logging.getLogger(__name__)

PREFIX = "apt_"
SCOPES = ("read", "generate", "publish", "social", "account")
MAX_TOKENS = 25  # per user
USED_AT_PRECISION = timedelta(hours=1)
# Longer than any job that began in that month can last.
USAGE_KEPT_FOR = timedelta(days=62)


def create(
    user_id: str,
    handle: str,
    scopes: Iterable[str],
    expires: datetime | None = None,
    *,
    name: str = "",
    cap: int | None = None,
    token_id: str | None = None,
) -> str:
    """A new token, which can't be read again. Raises Conflict if `token_id` exists, Invalid."""
    scopes = set(validate_scopes(scopes))
    if TokenPointer.count(f"U#{user_id}", TokenPointer.sk.startswith("TOKEN#")) >= MAX_TOKENS:
        raise Invalid(
            _("You’ve reached the limit of %(most)s tokens. Revoke one first.")
            % {"most": MAX_TOKENS}
        )
    secret, token_id = PREFIX + secrets.token_urlsafe(32), token_id or new_id()
    digest = _digest(secret)
    token = Token(
        *Token.key(digest),
        id=token_id,
        user_id=user_id,
        handle=handle,
        name=name,
        scopes=scopes,
        cap=cap,
        expires_at=expires,
    )
    pointer = TokenPointer(*TokenPointer.key(user_id, token_id), digest=digest, expires_at=expires)
    try:
        with transaction() as work:
            work.put_new("token", token)
            work.put_new("pointer", pointer)
    except ConditionFailed as no:
        raise Conflict(_("This token was already created and can’t be shown again.")) from no
    security_log.info("token-created", person=user_id, token=token_id)
    return secret


def verify(secret: str) -> Token | None:
    """The token; None if it does not exist or has expired."""
    token = Token.find(*Token.key(_digest(secret)))
    if token is None or token.lapsed:
        return None
    return token if _record_use(token) else None


def list_tokens(user_id: str) -> list["TokenSummary"]:
    """The user's tokens, newest first."""
    pointers = TokenPointer.query(
        f"U#{user_id}", TokenPointer.sk.startswith("TOKEN#"), scan_index_forward=False
    )
    found = [Token.find(*Token.key(pointer.digest)) for pointer in pointers]
    month = TokenUsage.sk.startswith(f"SPENT#{_month()}#")
    spent = {each.token_id: int(each.spent) for each in TokenUsage.query(f"U#{user_id}", month)}
    return [TokenSummary(token, spent.get(token.id, 0)) for token in found if token]


def revoke(user_id: str, token_id: str) -> None:
    """Delete the token. Raises NotFound."""
    pointer = TokenPointer.find(*TokenPointer.key(user_id, token_id), consistent=True)
    if pointer is None:
        raise NotFound
    with transaction() as work:
        work.delete("token", Token(*Token.key(pointer.digest)))
        work.delete("pointer", pointer)
    security_log.info("token-revoked", person=user_id, token=token_id)


def revoke_all(user_id: str) -> int:
    """Delete all tokens of the user; returns how many. Idempotent."""
    found = TokenPointer.query(
        f"U#{user_id}", TokenPointer.sk.startswith("TOKEN#"), consistent_read=True
    )
    revoked = 0
    for pointer in list(found):
        try:
            revoke(user_id, pointer.sk.removeprefix("TOKEN#"))
        except NotFound:
            continue  # revoked by another request meanwhile
        revoked += 1
    return revoked


def validate_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes in a fixed order. Raises Invalid if one is unknown or there are none."""
    wanted = set(scopes)
    known = ", ".join(SCOPES)
    if unknown := sorted(wanted - set(SCOPES)):
        sentence = _("Unknown scope '%(unknown)s'. Choose from %(scopes)s.")
        raise Invalid(sentence % {"unknown": unknown[0], "scopes": known})
    if not wanted:
        raise Invalid(
            _("A token needs at least one scope. Choose from %(scopes)s.") % {"scopes": known}
        )
    return [scope for scope in SCOPES if scope in wanted]


@dataclass(frozen=True)
class TokenSummary:
    """A token as its owner sees it. `spent` is in credits, this month."""

    token: Token
    spent: int

    @property
    def scopes(self) -> list[str]:
        return validate_scopes(self.token.scopes)


@dataclass(frozen=True)
class SpendingLimit:
    """What a request may spend with its token: `cap` credits in `month`."""

    token_id: str
    cap: int
    month: str

    @property
    def name(self) -> str:
        """Identifies the month and token; stored with the job that spends."""
        return f"{self.month}#{self.token_id}"


def spending_limit(token: Token) -> SpendingLimit | None:
    """None for a token without a limit."""
    return None if token.cap is None else SpendingLimit(token.id, int(token.cap), _month())


def spend(work: Work, user_id: str, amount: int, by: SpendingLimit) -> None:
    """Count `amount` in `work`. Label "cap" fails if that would exceed the limit."""
    room = TokenUsage.spent <= by.cap - amount
    if amount <= by.cap:
        room |= TokenUsage.spent.does_not_exist()
    work.update(
        "cap",
        TokenUsage(*TokenUsage.key(user_id, by.month, by.token_id)),
        actions=_usage_changes(amount),
        condition=room,
    )


def release(work: Work, user_id: str, amount: int, *, name: str) -> None:
    """Give back what a job counted for `SpendingLimit.name` and did not use. Also works for a
    revoked token."""
    month, _sign, token_id = name.partition("#")
    item = TokenUsage(*TokenUsage.key(user_id, month, token_id))
    work.update("cap", item, actions=_usage_changes(-amount))


def can_afford(user_id: str, amount: int, by: SpendingLimit) -> bool:
    """Whether `amount` credits are within the limit right now."""
    return _spent(user_id, by) + amount <= by.cap


def _spent(user_id: str, by: SpendingLimit) -> int:
    found = TokenUsage.find(*TokenUsage.key(user_id, by.month, by.token_id), consistent=True)
    return int(found.spent) if found else 0


def limit_exceeded(user_id: str, amount: int, by: SpendingLimit) -> SpendingLimitReached:
    spent, again = _spent(user_id, by), _start_of_next_month(by.month)
    return SpendingLimitReached(
        _(
            "This costs %(amount)s credits. Your token can spend %(cap)s a month "
            "and has spent %(spent)s. You weren’t charged. Its limit resets on "
            "%(day)s."
        )
        % {
            "amount": amount,
            "cap": by.cap,
            "spent": spent,
            "day": date_format(again, "DATE_FORMAT"),
        }
    )


def _usage_changes(amount: int) -> list[Any]:
    return [TokenUsage.spent.add(amount), TokenUsage.expires_at.set(now() + USAGE_KEPT_FOR)]


def _month() -> str:
    return f"{now():%Y-%m}"


def _start_of_next_month(month: str) -> datetime:
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return (first + timedelta(days=31)).replace(day=1)


def _record_use(token: Token) -> bool:
    """Record the use, at most once an hour. False if the owner no longer exists."""
    moment = now()
    if token.used_at is not None and token.used_at > moment - USED_AT_PRECISION:
        return True
    profile = profiles.get(token.user_id)
    if profile is None:
        return False
    token.handle = profile.handle
    unchanged = Token.used_at.does_not_exist() | (Token.used_at < moment - USED_AT_PRECISION)
    try:
        token.update(
            [Token.used_at.set(moment), Token.handle.set(profile.handle)],
            condition=exists(token) & unchanged,
        )
    except UpdateError as error:
        # Another request has just recorded it, or the write failed: the token is still valid.
        logger.info("the use of a token was not recorded: %s", clients.error_code(error) or error)
    return True


def _digest(secret: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
