"""The gallery's people and pictures, and whoever carries task_queue, events and errands about."""

from tests.unit.gallery.conftest import (
    before,
    busy,
    draw,
    easygoing,
    events,
    hook,
    public_files,
    share,
    task_queue,
)

__all__ = [
    "before",
    "busy",
    "draw",
    "easygoing",
    "events",
    "hook",
    "public_files",
    "share",
    "task_queue",
]
