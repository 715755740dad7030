"""A queue is found by its name, whatever port the embedded cloud had when it was made.

ministack names queues by address, port included, and its event source mappings make that address
anew: after a start with another CLOUD_PORT nobody would read the queues of before.
"""

from typing import Any


def find_by_name(sqs: Any) -> None:
    """Let `sqs`, ministack's module, look for a queue before it makes up an address."""
    made_up = sqs._queue_url

    def address(name: str) -> str:
        return str(sqs._queue_name_to_url.get(name) or made_up(name))

    sqs._queue_url = address
