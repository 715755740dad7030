"""Until when a live job is assumed to be making progress; after that the sweep looks at it."""

import random
import time

SHARDS = 4
# After this long the sweep asks after a job: was it ever started, does its workflow still run?
QUEUED_SECONDS = 60
RUNNING_SECONDS = 45


def ends_at(seconds: int) -> int:
    """When a lease of `seconds` from now ends, in epoch seconds."""
    return int(time.time()) + seconds


def shard_of(job_id: str) -> str:
    return f"a#{random.Random(job_id).randrange(SHARDS)}"  # noqa: S311  spreads, hides nothing
