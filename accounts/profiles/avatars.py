"""The small picture beside somebody's name.

They send one into quarantine, the worker makes it anew (`portraits`) and names its files after the
upload (`faces`): asked for twice it is taken once.
"""

from typing import Any

from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import queue, uploads
from aptmagic.aws.dynamodb import exists
from aptmagic.aws.uploads import PICTURE, Rejected
from aptmagic.rate_limits import limits


def set_from_upload(user_id: str, upload_id: str) -> Profile:
    """Have it made of what was sent. Raises Rejected when nothing has come, TooManyRequests."""
    found = profiles.get_own(user_id)
    if upload_id in (found.avatar, found.avatar_upload):
        return found
    if uploads.size(user_id, PICTURE, upload_id) is None:
        raise Rejected("missing")
    limits.hit("upload", person=user_id)
    about: dict[str, Any] = {"user_id": user_id, "upload_id": upload_id}
    # If we die before the other one is left; else it finds everything done.
    queue.enqueue("process_avatar", delay=profiles.REQUEST_SECONDS, **about)
    found.update(
        [Profile.avatar_upload.set(upload_id), Profile.avatar_rejection.remove()],
        condition=exists(Profile),
    )
    queue.enqueue("process_avatar", **about)
    return found


def remove(user_id: str) -> Profile:
    """The one they have, one that is on its way, and why the last one was not taken. Any number
    of times."""
    found = profiles.get_own(user_id)
    if not (found.avatar or found.avatar_upload):
        return found
    queue.enqueue("delete_unused_avatars", delay=profiles.REQUEST_SECONDS, user_id=user_id)
    gone = [Profile.old_avatars.add({found.avatar})] if found.avatar else []
    fields = (Profile.avatar, Profile.avatar_upload, Profile.avatar_rejection)
    with profiles.refresh_author(user_id):
        removed = found.update_if(
            [*gone, Profile.version.add(1), *(field.remove() for field in fields)],
            condition=_as_it_is(Profile.avatar, found.avatar)
            & _as_it_is(Profile.avatar_upload, found.avatar_upload),
        )
    return found if removed else remove(user_id)  # a newer one came this moment


def _as_it_is(field: Any, value: str | None) -> Any:
    return field == value if value else field.does_not_exist()
