"""The operations that the catalogue names, one instance each."""

from collections.abc import Mapping
from functools import cache

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from aptmagic.errors import Invalid
from generation.operations import catalogue
from generation.operations.catalogue import Catalogue
from generation.operations.operation import Operation

DEFAULT = "create"


def operations() -> Mapping[str, Operation]:
    """By name, in the order of the catalogue."""
    return _instances(catalogue.load())


@cache
def _instances(loaded: Catalogue) -> Mapping[str, Operation]:
    entries = loaded.operations.items()
    return {name: import_string(entry["class"])(name, entry) for name, entry in entries}


def find(name: str) -> Operation | None:
    """None for an operation that this release does not have."""
    return operations().get(name)


def get(name: str) -> Operation:
    """Raises Invalid for an operation that this release does not have."""
    if found := find(name):
        return found
    sentence = _("“%(value)s” isn’t an available option. Choose one of: %(choices)s.") % {
        "value": name[:40],
        "choices": ", ".join(operations()),
    }
    raise Invalid(sentence, fields={"operation": [sentence]})
