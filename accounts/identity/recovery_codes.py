"""Recovery codes: for the day the phone is gone. Shown once when they are made, each good once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.models import RecoveryCodes
from aptmagic.aws.dynamodb import ConditionFailed, exists, now, transaction
from aptmagic.observability import security_log

CODES, PARTS, PART = 10, 3, 4
# No vowels, no look-alikes: what is read off paper is typed right. 27 ** 12 is 57 bits.
LETTERS = "23456789bcdfghjkmnpqrstvwxz"
# Longer than the request does in which somebody uses a code.
RECOVERING_LASTS = timedelta(seconds=30)
# How far the provider's clock may be from ours.
CLOCKS_DIFFER = timedelta(minutes=1)
# Memory-hard and salted: whoever has the table does not have the codes.
COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def create(user_id: str) -> list[str]:
    """Ten new codes; those of before are worth nothing any more."""
    codes = [_code() for _ in range(CODES)]
    salt = secrets.token_bytes(16)
    hashes = {_hash(code, salt) for code in codes}
    RecoveryCodes(*RecoveryCodes.key(user_id), salt=salt, codes=hashes).save()
    return codes


def use(user_id: str, typed: str) -> bool:
    """Whether it is one of theirs, and had not been used; from now on it has."""
    code = normalise(typed)
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    if found is None or not found.codes or not code:
        return False
    used = _hash(code, found.salt)
    unused = RecoveryCodes.codes.contains(used) & (RecoveryCodes.salt == found.salt)
    try:
        # DynamoDB knows a transaction again when its answer was lost: no code is
        # spent and refused.
        with transaction() as work:
            work.update(
                "code", found, actions=[RecoveryCodes.codes.delete({used})], condition=unused
            )
    except ConditionFailed:
        return False
    security_log.info("recovery-code-used", person=user_id)
    return True


def suspend_totp(user_id: str) -> None:
    """Write down that the second step is off for a moment, and only for it."""
    RecoveryCodes(*RecoveryCodes.key(user_id)).update(
        [RecoveryCodes.suspended.set(True), RecoveryCodes.suspended_at.set(now())],
        condition=exists(RecoveryCodes),
    )


def resume_totp(user_id: str) -> None:
    """Codes are asked for again, and then that is written down. Any number of times."""
    identity_provider().enable_totp(user_id)
    RecoveryCodes(*RecoveryCodes.key(user_id)).update_if(
        [RecoveryCodes.suspended.remove(), RecoveryCodes.resumed_at.set(now())],
        condition=exists(RecoveryCodes),
    )


def is_totp_suspended(user_id: str) -> bool:
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    return bool(found and found.suspended)


def totp_was_skipped(signed_in: SignedIn) -> bool:
    """Whether somebody came in by their password alone though the second step is on.

    It is off at the provider while somebody uses a recovery code, and whoever came in meanwhile may
    be here when it is on again: so what counts is whether codes are asked for now.
    """
    found = RecoveryCodes.find(*RecoveryCodes.key(signed_in.user_id), consistent=True)
    if found is None:
        return False
    if found.suspended:
        if found.suspended_at is None or found.suspended_at < now() - RECOVERING_LASTS:
            resume_totp(signed_in.user_id)  # it was cut short
        return True
    account = identity_provider().find(signed_in.username)
    return account is not None and account.totp


def was_suspended_at(user_id: str, moment: datetime) -> bool:
    """Whether the second step was off for a recovery then, or may have been."""
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    if found is None or found.suspended_at is None:
        return False
    until = now() if found.suspended else found.resumed_at
    began: datetime = found.suspended_at
    return began - CLOCKS_DIFFER <= moment <= until + CLOCKS_DIFFER


def count_left(user_id: str) -> int:
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    return len(found.codes or ()) if found else 0


def delete_all(user_id: str) -> None:
    RecoveryCodes(*RecoveryCodes.key(user_id)).delete()


def normalise(typed: str) -> str:
    """The code with its dashes, however it was typed; nothing for what can be no code."""
    letters = "".join(typed.lower().replace("-", " ").split())
    if len(letters) != PARTS * PART or not set(letters) <= set(LETTERS):
        return ""
    return _dashed(letters)


def _code() -> str:
    return _dashed("".join(secrets.choice(LETTERS) for _ in range(PARTS * PART)))


def _dashed(letters: str) -> str:
    return "-".join(letters[at : at + PART] for at in range(0, len(letters), PART))


def _hash(code: str, salt: bytes) -> str:
    return hashlib.scrypt(code.encode(), salt=salt, **COST).hex()
