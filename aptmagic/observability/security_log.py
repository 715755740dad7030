"""The security log: who did what, from where, when, and with what result.

Users are logged by id, addresses by their network, e-mail addresses by a keyed fingerprint;
passwords, codes and tokens never. accounts/README.md lists the events.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)

_context: ContextVar[dict[str, str] | None] = ContextVar("context", default=None)


@contextmanager
def request_context(**where: str) -> Iterator[None]:
    """Add `where` to every event logged inside the block."""
    before = _context.set(where)
    try:
        yield
    finally:
        _context.reset(before)


def info(what: str, **about: str | int | None) -> None:
    """Log an expected event."""
    _write(logging.INFO, what, about)


def warning(what: str, **about: str | int | None) -> None:
    """Log an event that may need a look."""
    _write(logging.WARNING, what, about)


def email_fingerprint(address: str | None) -> str | None:
    """A keyed hash of the e-mail address, the same for the same address."""
    if not address:
        return None
    return salted_hmac(__name__, address.casefold(), algorithm="sha256").hexdigest()[:16]


def _write(level: int, what: str, about: dict[str, str | int | None]) -> None:
    fields = {name: value for name, value in {**(_context.get() or {}), **about}.items() if value}
    logger.log(level, "%s %s", what, fields, extra={"about": {"event": what, **fields}})
