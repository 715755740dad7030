"""The gallery's people and pictures, and whoever carries chores, events and errands about."""

from tests.unit.gallery.conftest import (
    before,
    busy,
    chores,
    draw,
    easygoing,
    events,
    hook,
    public_files,
    share,
)

__all__ = [
    "before",
    "busy",
    "chores",
    "draw",
    "easygoing",
    "events",
    "hook",
    "public_files",
    "share",
]
