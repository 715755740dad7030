"""How requests are stored with jobs, pictures and posts, and read by any release.

A release may meet what a newer one stored, after a rollback, and what an older one stored, always.
So reading ignores fields it does not know and gives missing ones their defaults: every page can
show such a request. Drawing is stricter: a request whose `version` is newer than its operation's
would give another picture than was asked for, so it is not drawn (`can_draw`).
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from generation.operations import registry
from generation.operations.operation import Request

Stored = Mapping[str, Any]


def dump(request: Request) -> dict[str, Any]:
    """As it is stored."""
    operation = registry.find(request.operation)
    return {"version": operation.version if operation else 1, **request.as_dict()}


def load(stored: Stored) -> Any:
    """The operation's own kind of Request, or a plain Request for an operation that is unknown."""
    operation = registry.find(stored.get("operation") or registry.DEFAULT)
    kind = operation.request_class if operation else Request
    known = {each.name for each in fields(kind)}
    values = {name: value for name, value in stored.items() if name in known and value is not None}
    return kind(**{"operation": registry.DEFAULT, "model": "", **values})


def can_draw(stored: Stored) -> bool:
    """Whether this release draws all that the request asks for."""
    operation = registry.find(stored.get("operation") or registry.DEFAULT)
    return operation is not None and stored.get("version", 1) <= operation.version
