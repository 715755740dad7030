"""Build what settings name, in Django's own BACKEND/OPTIONS shape."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def load_backend(setting: str, alias: str = "") -> Any:
    """The service that `settings.<setting>` (or its entry `alias`) names, made once per process."""
    entry = getattr(settings, setting)
    entry = entry[alias] if alias else entry
    return import_string(entry["BACKEND"])(**entry["OPTIONS"])
