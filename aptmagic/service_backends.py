"""Instantiate the services that settings name, in Django's BACKEND/OPTIONS format."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def load_backend(setting: str, alias: str = "") -> Any:
    """The service named by `settings.<setting>`, or its entry `alias`; one per process."""
    entry = getattr(settings, setting)
    entry = entry[alias] if alias else entry
    return import_string(entry["BACKEND"])(**entry["OPTIONS"])
