"""Of what somebody sent, the avatar: checked, cut square, made anew of its pixels. Worker only."""

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

# Pixels a side of what is judged and cut; large enough for a face in a corner of a group.
ENOUGH = 1024


def process(user_id: str, upload_id: str) -> str:
    """What came of it: taken, unfit, or superseded by a newer wish. Any number of times."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or found.avatar_upload != upload_id:
        if found is None or found.avatar != upload_id:
            delete_files(upload_id)  # a worker may have died between its files and the profile
        uploads.delete(user_id, PICTURE, upload_id)
        return "superseded"
    outcome = "taken"
    if found.avatar != upload_id:
        try:
            _store(upload_id, _square(_seen(user_id, upload_id)))
        except Rejected as refused:
            _note(found, upload_id, refused.reason)
            outcome = "unfit"
        else:
            with profiles.refresh_author(user_id):
                outcome = _wear(found, upload_id)
    delete_unused(user_id)
    uploads.delete(user_id, PICTURE, upload_id)
    return outcome


def reject(user_id: str, upload_id: str) -> None:
    """Settle what could not be made, however often it was tried: its sender is told."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.avatar_upload == upload_id != found.avatar:
        _note(found, upload_id, "damaged")
        delete_files(upload_id)
    uploads.delete(user_id, PICTURE, upload_id)


def delete_unused(user_id: str) -> int:
    """Delete the files of avatars that are none any more; how many avatars they were."""
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


def _seen(user_id: str, upload_id: str) -> Image.Image:
    """What was sent, as a picture. Raises Rejected."""
    content = uploads.read(user_id, PICTURE, upload_id)
    if content is None:
        raise Rejected("missing")
    image = decoding.open_untrusted(content, draft_side=ENOUGH)
    image.thumbnail((ENOUGH, ENOUGH), Image.Resampling.LANCZOS)
    if import_string(settings.PICTURE_MODERATION)(_for_judging(image)):
        raise Rejected("refused")
    return image


def _for_judging(image: Image.Image) -> bytes:
    """All of it, and not only the square: what is cut away was sent too."""
    small = Image.new("RGB", image.size, "white")
    small.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return _encoded(small, "JPEG", quality=85)


def _square(image: Image.Image) -> Image.Image:
    """Its middle; of an upright one rather the upper part, where faces are."""
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


def _wear(profile: Profile, upload_id: str) -> str:
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
        return "taken"  # by another worker, who had the same message
    delete_files(upload_id)
    return "superseded"


def _note(profile: Profile, upload_id: str, reason: str) -> None:
    """Say why not, unless it was made after all, or they have wished for another one since."""
    not_worn = Profile.avatar.does_not_exist() | (Profile.avatar != upload_id)
    profile.update_if(
        [Profile.avatar_rejection.set(reason)],
        condition=(Profile.avatar_upload == upload_id) & not_worn,
    )


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
