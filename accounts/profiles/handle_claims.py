"""Claims to handles: a handle belongs to the account whose claim was stored first."""

from datetime import datetime

from accounts.errors import HandleTaken
from accounts.profiles.models import HandleClaim
from aptmagic.aws.dynamodb import Work, now


def refuse_taken(handle: str, *, unless_by: str | None = None) -> None:
    """Raises HandleTaken if another account has a valid claim."""
    claim = HandleClaim.find(*HandleClaim.key(handle), consistent=True)
    if claim and claim.user_id != unless_by and not has_lapsed(claim.expires_at):
        raise HandleTaken(handle)


def add(work: Work, user_id: str, handle: str, *, until: datetime | None) -> None:
    """Claim the handle in `work`, for good if `until` is None.

    Label "handle" fails if another account has a valid claim. An expired one is not: DynamoDB
    deletes expired items only eventually.
    """
    free = HandleClaim.pk.does_not_exist() | (HandleClaim.expires_at < now())
    claim = HandleClaim(*HandleClaim.key(handle), user_id=user_id, expires_at=until)
    work.put("handle", claim, condition=free | (HandleClaim.user_id == user_id))


def has_lapsed(moment: datetime | None) -> bool:
    return moment is not None and moment < now()
