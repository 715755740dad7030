"""Commands of the worker: what `settings.WORKER_COMMANDS` names for queues and events."""

from datetime import datetime
from typing import Any

from gallery.notifications import delivery, weekly_digest
from gallery.posts import author_snapshot, public_files


def notify(event: str, **data: Any) -> dict[str, Any]:
    """Consume an event of infra/data.yaml's NotificationsSubscription; unknown fields are ignored.

    Raises what `delivery.consume` raises.
    """
    return {"changed": delivery.consume(event, data)}


def sync_post_files(post_id: str) -> dict[str, Any]:
    public_files.sync(post_id)
    return {}


def refresh_author(user_id: str, before: str | None = None) -> dict[str, Any]:
    return {"posts": author_snapshot.refresh(user_id, before=before)}


def send_weekly_digest(user_id: str, at: str) -> dict[str, Any]:
    return {"sent": weekly_digest.send(user_id, datetime.fromisoformat(at))}
