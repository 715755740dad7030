"""Recovery codes for a lost phone: shown once, each valid once.

Cognito has no such codes. While one is used, TOTP is suspended at Cognito, and that is stored here:
every other sign-in that skips TOTP meanwhile is refused.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from accounts.identity.cognito.protocol import SignedIn, identity_provider
from accounts.identity.models import RecoveryCodes
from aptmagic.aws.dynamodb import ConditionFailed, exists, now, transaction
from aptmagic.observability import security_log

CODES, PARTS, PART = 10, 3, 4
# Without vowels and look-alikes, to be typed from paper. 27 ** 12 is 57 bits.
LETTERS = "23456789bcdfghjkmnpqrstvwxz"
# Longer than a request that uses a code can last.
RECOVERING_LASTS = timedelta(seconds=30)
# By how much the provider's clock may differ from ours.
CLOCKS_DIFFER = timedelta(minutes=1)
# scrypt is memory-hard: reading the table does not reveal the codes.
COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def create(user_id: str) -> list[str]:
    """Ten new codes; earlier ones stop working."""
    codes = [_code() for _ in range(CODES)]
    salt = secrets.token_bytes(16)
    hashes = {_hash(code, salt) for code in codes}
    RecoveryCodes(*RecoveryCodes.key(user_id), salt=salt, codes=hashes).save()
    return codes


def use(user_id: str, typed: str) -> bool:
    """Use up a code; False if it is wrong or has been used."""
    code = normalise(typed)
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    if found is None or not found.codes or not code:
        return False
    used = _hash(code, found.salt)
    unused = RecoveryCodes.codes.contains(used) & (RecoveryCodes.salt == found.salt)
    try:
        # A transaction, because DynamoDB recognises a repeated one after a lost answer: no code is
        # used up and refused.
        with transaction() as work:
            work.update(
                "code", found, actions=[RecoveryCodes.codes.delete({used})], condition=unused
            )
    except ConditionFailed:
        return False
    security_log.info("recovery-code-used", person=user_id)
    return True


def suspend_totp(user_id: str) -> None:
    """Record that TOTP is off for the sign-in that follows."""
    RecoveryCodes(*RecoveryCodes.key(user_id)).update(
        [RecoveryCodes.suspended.set(True), RecoveryCodes.suspended_at.set(now())],
        condition=exists(RecoveryCodes),
    )


def resume_totp(user_id: str) -> None:
    """Turn TOTP on again, then record when. Idempotent."""
    identity_provider().enable_totp(user_id)
    RecoveryCodes(*RecoveryCodes.key(user_id)).update_if(
        [RecoveryCodes.suspended.remove(), RecoveryCodes.resumed_at.set(now())],
        condition=exists(RecoveryCodes),
    )


def is_totp_suspended(user_id: str) -> bool:
    found = RecoveryCodes.find(*RecoveryCodes.key(user_id), consistent=True)
    return bool(found and found.suspended)


def totp_was_skipped(signed_in: SignedIn) -> bool:
    """Whether the provider let a user with TOTP sign in by password alone.

    It does so while a recovery code is used, and such a sign-in may arrive here after TOTP is on
    again. So this asks whether codes are required now.
    """
    found = RecoveryCodes.find(*RecoveryCodes.key(signed_in.user_id), consistent=True)
    if found is None:
        return False
    if found.suspended:
        if found.suspended_at is None or found.suspended_at < now() - RECOVERING_LASTS:
            resume_totp(signed_in.user_id)  # the request that suspended it was interrupted
        return True
    account = identity_provider().find(signed_in.username)
    return account is not None and account.totp


def was_suspended_at(user_id: str, moment: datetime) -> bool:
    """Whether TOTP was, or may have been, suspended at this moment."""
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
    """The code with its dashes, however it was typed; "" if it can't be a code."""
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
