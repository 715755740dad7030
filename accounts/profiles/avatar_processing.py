"""Makes an avatar from an upload: moderated, cropped, encoded again. Runs in the worker."""

from io import BytesIO

from django.conf import settings
from django.utils.module_loading import import_string
from PIL import Image, ImageOps

from accounts import avatar_urls
from accounts.profiles import profiles
from accounts.profiles.models import Profile
from aptmagic.aws import storage, uploads
from aptmagic.aws.uploads import PICTURE, Rejected
from aptmagic.images import decoding

# In pixels per side, for moderation and cropping: enough for one face in a group photo.
MAX_SIDE = 1024


def process(user_id: str, upload_id: str) -> str:
    """Returns "taken", "unfit", or "superseded" by a newer upload. Idempotent."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or found.avatar_upload != upload_id:
        if found is None or found.avatar != upload_id:
            delete_files(upload_id)  # an interrupted worker may have left files
        uploads.delete(user_id, PICTURE, upload_id)
        return "superseded"
    outcome = "taken"
    if found.avatar != upload_id:
        try:
            _store(upload_id, _square(_open(user_id, upload_id)))
        except Rejected as refused:
            _reject(found, upload_id, refused.reason)
            outcome = "unfit"
        else:
            with profiles.refresh_author(user_id):
                outcome = _set(found, upload_id)
    delete_unused(user_id)
    uploads.delete(user_id, PICTURE, upload_id)
    return outcome


def reject(user_id: str, upload_id: str) -> None:
    """Reject an upload at which all attempts have failed."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.avatar_upload == upload_id != found.avatar:
        _reject(found, upload_id, "damaged")
        delete_files(upload_id)
    uploads.delete(user_id, PICTURE, upload_id)


def delete_unused(user_id: str) -> int:
    """Delete the files of replaced avatars; returns how many avatars."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    gone = set(found.old_avatars or ()) - {found.avatar} if found else set()
    for avatar in gone:
        delete_files(avatar)
    if found and gone:
        found.update([Profile.old_avatars.delete(gone)], condition=Profile.pk.exists())
    return len(gone)


def delete_files(avatar: str) -> None:
    folder = avatar_urls.folder(avatar)
    storage.public().delete(f"{folder}{size}.webp" for size in avatar_urls.SIZES)


def _open(user_id: str, upload_id: str) -> Image.Image:
    """The uploaded picture. Raises Rejected."""
    content = uploads.read(user_id, PICTURE, upload_id)
    if content is None:
        raise Rejected("missing")
    image = decoding.open_untrusted(content, draft_side=MAX_SIDE)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    if import_string(settings.PICTURE_MODERATION)(_for_moderation(image)):
        raise Rejected("refused")
    return image


def _for_moderation(image: Image.Image) -> bytes:
    """The whole picture, not only the square that is cropped."""
    small = Image.new("RGB", image.size, "white")
    small.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return _encoded(small, "JPEG", quality=85)


def _square(image: Image.Image) -> Image.Image:
    """The centre; of a portrait, rather the upper part, where faces are."""
    side = avatar_urls.LARGE
    return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS, centering=(0.5, 0.4))


def _store(avatar: str, square: Image.Image) -> None:
    for size in avatar_urls.SIZES:
        small = square.resize((size, size), Image.Resampling.LANCZOS)
        storage.public().put(
            f"{avatar_urls.folder(avatar)}{size}.webp",
            _encoded(small, "WEBP", quality=82, method=4),
            content_type="image/webp",
            cache_control=storage.PUBLIC_CACHE,
        )


def _set(profile: Profile, upload_id: str) -> str:
    before = profile.avatar
    same = Profile.avatar == before if before else Profile.avatar.does_not_exist()
    gone = [Profile.old_avatars.add({before})] if before else []
    actions = [
        Profile.avatar.set(upload_id),
        Profile.avatar_rejection.remove(),
        Profile.version.add(1),
        *gone,
    ]
    if profile.update_if(actions, condition=(Profile.avatar_upload == upload_id) & same):
        return "taken"
    profile.refresh(consistent_read=True)
    if profile.avatar == upload_id:
        return "taken"  # set by another worker with the same message
    delete_files(upload_id)
    return "superseded"


def _reject(profile: Profile, upload_id: str, reason: str) -> None:
    """Record why, unless it has become the avatar after all or another upload followed."""
    not_avatar = Profile.avatar.does_not_exist() | (Profile.avatar != upload_id)
    profile.update_if(
        [Profile.avatar_rejection.set(reason)],
        condition=(Profile.avatar_upload == upload_id) & not_avatar,
    )


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
