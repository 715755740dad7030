"""The small picture beside somebody's name.

They send one into quarantine, the worker makes it anew (`portraits`) and names its files after the
upload, `a/<upload>/<size>.webp` in the public bucket: asked for twice it is taken once.
"""

from django.conf import settings

from accounts import profiles
from accounts.models import Profile
from aptmagic import chores, uploads
from aptmagic.dynamo import present
from aptmagic.uploads import Unfit

SMALL, LARGE = 96, 288
SIZES = (SMALL, LARGE)


def url(avatar: str, size: int) -> str:
    return f"{settings.MEDIA_URL}{folder(avatar)}{size}.webp"


def folder(avatar: str) -> str:
    return f"a/{avatar}/"


def wish(user_id: str, upload_id: str) -> Profile:
    """Have it made of what was sent. Raises Unfit when nothing has come."""
    found = profiles.own(user_id)
    if upload_id in (found.avatar, found.avatar_wanted):
        return found
    if uploads.size(user_id, uploads.PICTURE, upload_id) is None:
        raise Unfit("missing")
    found.update(
        [Profile.avatar_wanted.set(upload_id), Profile.avatar_unfit.remove()],
        condition=present(Profile),
    )
    chores.leave("take_avatar", user_id=user_id, upload_id=upload_id)
    return found


def remove(user_id: str) -> None:
    """Any number of times."""
    found = profiles.own(user_id)
    if not found.avatar:
        return
    with profiles.retold(user_id):
        found.update(
            [
                Profile.avatars_gone.add({found.avatar}),
                Profile.version.add(1),
                *(field.remove() for field in (Profile.avatar, Profile.avatar_wanted)),
            ],
            condition=Profile.avatar == found.avatar,
        )
    chores.leave("tidy_avatars", user_id=user_id)
