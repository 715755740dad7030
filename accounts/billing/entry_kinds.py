"""What a ledger entry can be for. An entry stores facts; its kind words them for the reader.

`settings.LEDGER_ENTRY_KINDS` names all kinds, so that each app declares its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.billing.models import Entry


@dataclass(frozen=True)
class EntryKind:
    """`name` is stored and never changes. `object_type` is what `object_id` of an entry identifies.

    `describe` returns a sentence in the active language, `url` the page of the object.
    """

    name: str
    describe: Callable[[Entry], str]
    object_type: str = ""
    url: Callable[[Entry], str] | None = None


WELCOME = EntryKind("welcome", lambda entry: _("Welcome credits"))
PROMOTION = EntryKind("promotion", lambda entry: _("Promotional credits"))
ACCOUNT_CLOSED = EntryKind("account-closed", lambda entry: _("Account closed"))


def describe(entry: Entry) -> str:
    """What the entry is for, in the active language.

    A kind that is not declared was written by a newer release, before a rollback.
    """
    if kind := _kinds().get(entry.kind):
        return kind.describe(entry)
    return _("Credits added") if entry.amount > 0 else _("Credits spent")


def url(entry: Entry) -> str | None:
    """The path of the page that shows what the entry is for; None if there is none."""
    kind = _kinds().get(entry.kind)
    return kind.url(entry) if kind and kind.url else None


@cache
def _kinds() -> dict[str, EntryKind]:
    declared: list[EntryKind] = [import_string(path) for path in settings.LEDGER_ENTRY_KINDS]
    return {kind.name: kind for kind in declared}
