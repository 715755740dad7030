"""Messages of the queues, as the commands that settings name."""

from datetime import datetime
from typing import Any

from gallery.notifications import notifications, weekly_digest
from gallery.posts import author_snapshot, public_files


def notify(kind: str, user_id: str, **about: Any) -> dict[str, Any]:
    """What more a message knows is not told, and must not stop the queue."""
    if kind == notifications.LIKE:
        said = {name: about[name] for name in ("post_id", "by", "day")}
        return {"told": notifications.liked(user_id, **said)}
    if kind == notifications.SEEN:
        said = {name: about[name] for name in ("job_id", "ended")}
        return {"silenced": notifications.job_seen(user_id, **said)}
    if kind in notifications.ARCHIVES:
        return {"told": notifications.archive_ready(kind, user_id, **about)}
    said = {name: about[name] for name in ("job_id", "pictures", "prompt")}
    return {"told": notifications.job_ended(kind, user_id, **said)}


def sync_post_files(post_id: str) -> dict[str, Any]:
    public_files.sync(post_id)
    return {}


def refresh_author(user_id: str, before: str | None = None) -> dict[str, Any]:
    return {"posts": author_snapshot.refresh(user_id, before=before)}


def send_weekly_digest(user_id: str, at: str) -> dict[str, Any]:
    return {"written": weekly_digest.send(user_id, datetime.fromisoformat(at))}
