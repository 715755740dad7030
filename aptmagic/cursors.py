"""Where a list goes on: signed, bound to its feed and its viewer, holding ids and nothing else."""

from django.core import signing


def sign(feed: str, viewer: str | None, position: str) -> str:
    return signing.Signer(salt=_salt(feed, viewer)).sign(position)


def read(cursor: str | None, feed: str, viewer: str | None) -> str | None:
    """The position, or None (the first page) for a missing, forged or borrowed cursor."""
    try:
        return signing.Signer(salt=_salt(feed, viewer)).unsign(cursor) if cursor else None
    except signing.BadSignature:
        return None


def _salt(feed: str, viewer: str | None) -> str:
    return f"cursor:{feed}:{viewer or 'anyone'}"
