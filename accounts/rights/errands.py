"""What is to be done on a later day, however often the first tries fail.

A chore that fails five times waits for a person; an errand is given again every hour until it has
been done, and whoever does it ends it.
"""

from datetime import datetime
from typing import Any

from accounts.rights.models import Errand
from aptmagic import chores
from aptmagic.dynamo import Work, now


def add(work: Work, at: datetime, name: str, command: str, /, **about: Any) -> None:
    """Put an errand into `work`. `name` tells it from others of that moment."""
    work.put("errand", Errand(*Errand.key(at, name), command=command, input=about))


def end(at: datetime, name: str) -> None:
    Errand(*Errand.key(at, name)).delete()


def give_out() -> int:
    """Have the worker do whatever is due; the number of errands."""
    pk, soon = Errand.key(now(), "~")
    given = 0
    for errand in Errand.query(pk, Errand.sk <= soon, consistent_read=True):
        chores.leave(errand.command, **errand.input)
        given += 1
    return given
