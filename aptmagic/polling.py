"""When a page that watches something being done is to ask again."""

from datetime import datetime

from aptmagic.aws.dynamodb import now

FIRST_MS, SLOWEST_MS = 500, 8000
GROWTH = 0.6  # each look is 1.6 times as long after the start as the one before


def poll_after_ms(begun: datetime) -> int:
    """Soon at first, then less and less often."""
    since = (now() - begun).total_seconds() * 1000
    return int(min(SLOWEST_MS, max(FIRST_MS, since * GROWTH)))
