"""What one would ask after a break-in: who did what, from where, when, and how it went.

Of people their id is written, of addresses a neighbourhood, of e-mail addresses a mark that only
we can make again; passwords, codes and tokens never. accounts/README.md says what is noted.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)

_here: ContextVar[dict[str, str] | None] = ContextVar("here", default=None)


@contextmanager
def request_context(**where: str) -> Iterator[None]:
    """Whatever is noted meanwhile happened there."""
    before = _here.set(where)
    try:
        yield
    finally:
        _here.reset(before)


def info(what: str, **about: str | int | None) -> None:
    """Something that went as it should."""
    _write(logging.INFO, what, about)


def warning(what: str, **about: str | int | None) -> None:
    """Something that somebody may have to look at."""
    _write(logging.WARNING, what, about)


def email_fingerprint(address: str | None) -> str | None:
    """The same word for the same e-mail address; the address cannot be read from it."""
    if not address:
        return None
    return salted_hmac(__name__, address.casefold(), algorithm="sha256").hexdigest()[:16]


def _write(level: int, what: str, about: dict[str, str | int | None]) -> None:
    said = {name: value for name, value in {**(_here.get() or {}), **about}.items() if value}
    logger.log(level, "%s %s", what, said, extra={"about": {"event": what, **said}})
