"""Find a queue by its name, whichever port the embedded cloud had when it was created.

ministack identifies queues by URL, port included, and its event source mappings build that URL
again: after a start with another CLOUD_PORT the old queues would have no consumers.
"""

from typing import Any


def install(sqs: Any) -> None:
    """Apply this to `sqs`, ministack's module."""
    build_url = sqs._queue_url

    def url_of(name: str) -> str:
        return str(sqs._queue_name_to_url.get(name) or build_url(name))

    sqs._queue_url = url_of
