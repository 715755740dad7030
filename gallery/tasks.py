"""Messages of the queues, as the commands that settings name."""

from datetime import datetime
from typing import Any

from gallery.notifications import notifications, weekly_digest
from gallery.posts import author_snapshot, public_files


def notify(event: str, **data: Any) -> dict[str, Any]:
    """Consume an event of infra/data.yaml's NotificationsSubscription; unknown fields are ignored.

    Raises ValueError for an event that nobody is notified of.
    """
    if event == "post.liked":
        said = {"post_id": data["post_id"], "by": data["user_id"], "day": data["day"]}
        return {"told": notifications.liked(data["author_id"], **said)}
    if event == "job.seen":
        ended = f"job-{data['state']}"
        seen = notifications.job_seen(data["user_id"], job_id=data["job_id"], ended=ended)
        return {"silenced": seen}
    if event == "job.ended":
        said = {name: data[name] for name in ("job_id", "pictures", "prompt")}
        return {"told": notifications.job_ended(f"job-{data['state']}", data["user_id"], **said)}
    return {"told": _notify_of_archive(event, data)}


def _notify_of_archive(event: str, data: dict[str, Any]) -> bool:
    user_id = data["user_id"]
    if event == "export.ready":
        about = {"object_id": data["export_id"], "parts": data["parts"]}
        return notifications.archive_ready("archive-ready", user_id, **about)
    if event == "import.finished":
        about = {"object_id": data["import_id"], "pictures": data["pictures"]}
        return notifications.archive_ready("archive-taken-in", user_id, **about)
    if event == "import.failed":
        about = {"object_id": data["import_id"], "reason": data["reason"]}
        return notifications.archive_ready("import-failed", user_id, **about)
    raise ValueError(f"nobody is notified of {event!r}")


def sync_post_files(post_id: str) -> dict[str, Any]:
    public_files.sync(post_id)
    return {}


def refresh_author(user_id: str, before: str | None = None) -> dict[str, Any]:
    return {"posts": author_snapshot.refresh(user_id, before=before)}


def send_weekly_digest(user_id: str, at: str) -> dict[str, Any]:
    return {"written": weekly_digest.send(user_id, datetime.fromisoformat(at))}
