"""The avatar of a profile: set from an upload, or removed.

The worker makes it (`avatar_processing`) and names its files after the upload (`avatar_urls`), so
a repeated request sets it once.
"""

from typing import Any

from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import queue, uploads
from aptmagic.aws.dynamodb import exists
from aptmagic.aws.uploads import PICTURE, Rejected
from aptmagic.rate_limits import limits


def set_from_upload(user_id: str, upload_id: str) -> Profile:
    """Make an upload the avatar, in the worker. Idempotent.

    Raises Rejected if nothing was uploaded, TooManyRequests.
    """
    found = profiles.get_own(user_id)
    if upload_id in (found.avatar, found.avatar_upload):
        return found
    if uploads.size(user_id, PICTURE, upload_id) is None:
        raise Rejected("missing")
    limits.hit("upload", person=user_id)
    about: dict[str, Any] = {"user_id": user_id, "upload_id": upload_id}
    # In case this process dies before the second one. Otherwise it finds nothing to do.
    queue.enqueue("process_avatar", delay=profiles.REQUEST_SECONDS, **about)
    found.update(
        [Profile.avatar_upload.set(upload_id), Profile.avatar_rejection.remove()],
        condition=exists(Profile),
    )
    queue.enqueue("process_avatar", **about)
    return found


def remove(user_id: str) -> Profile:
    """Remove the avatar, a pending upload and a rejection. Idempotent."""
    found = profiles.get_own(user_id)
    if not (found.avatar or found.avatar_upload):
        return found
    queue.enqueue("delete_unused_avatars", delay=profiles.REQUEST_SECONDS, user_id=user_id)
    gone = [Profile.old_avatars.add({found.avatar})] if found.avatar else []
    fields = (Profile.avatar, Profile.avatar_upload, Profile.avatar_rejection)
    with profiles.refresh_author(user_id):
        removed = found.update_if(
            [*gone, Profile.version.add(1), *(field.remove() for field in fields)],
            condition=_unchanged(Profile.avatar, found.avatar)
            & _unchanged(Profile.avatar_upload, found.avatar_upload),
        )
    return found if removed else remove(user_id)  # a newer upload has just arrived


def _unchanged(field: Any, value: str | None) -> Any:
    return field == value if value else field.does_not_exist()
