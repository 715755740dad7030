"""How often a page or a client polls something that is in progress."""

from datetime import datetime

from aptmagic.aws.dynamodb import now

FIRST_MS, SLOWEST_MS = 500, 8000
GROWTH = 0.6  # each poll comes 1.6 times as long after the start as the one before


def poll_after_ms(begun: datetime) -> int:
    """Milliseconds until the next poll: 500 at first, then longer and longer, 8,000 at most."""
    since = (now() - begun).total_seconds() * 1000
    return int(min(SLOWEST_MS, max(FIRST_MS, since * GROWTH)))
