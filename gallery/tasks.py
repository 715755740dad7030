"""Messages of the queues, as the commands that settings name."""

from datetime import datetime
from typing import Any

from gallery import authorship, digest, exposure, notifications


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


def tidy_post(post_id: str) -> dict[str, Any]:
    exposure.tidy(post_id)
    return {}


def retell_author(user_id: str, before: str | None = None) -> dict[str, Any]:
    return {"posts": authorship.retell(user_id, before=before)}


def write_digest(user_id: str, at: str) -> dict[str, Any]:
    return {"written": digest.write(user_id, datetime.fromisoformat(at))}
