"""Of what somebody sent, the avatar: checked, cut square, made anew of its pixels. Worker only."""

from io import BytesIO

from django.conf import settings
from django.utils.module_loading import import_string
from PIL import Image, ImageOps
from pynamodb.exceptions import UpdateError

from accounts import faces, profiles
from accounts.models import Profile
from aptmagic import aws, untrusted, uploads
from aptmagic.dynamo import refused_by_condition
from aptmagic.uploads import PICTURE, Unfit

# Pixels a side of what is judged and cut; large enough for a face in a corner of a group.
ENOUGH = 1024
# As for pictures: an edge asks every minute whether the file is still there.
FOR_EVER = "public, max-age=31536000, s-maxage=60, immutable"


def take(user_id: str, upload_id: str) -> str:
    """What came of it: taken, unfit, or superseded by a newer wish. Any number of times."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found is None or found.avatar_wanted != upload_id:
        if found is None or found.avatar != upload_id:
            forget(upload_id)  # a worker may have died between its files and the profile
        uploads.forget(user_id, PICTURE, upload_id)
        return "superseded"
    outcome = "taken"
    if found.avatar != upload_id:
        try:
            _store(upload_id, _square(_seen(user_id, upload_id)))
        except Unfit as refused:
            _note(found, upload_id, refused.reason)
            outcome = "unfit"
        else:
            with profiles.retold(user_id):
                outcome = _wear(found, upload_id)
    tidy(user_id)
    uploads.forget(user_id, PICTURE, upload_id)
    return outcome


def give_up(user_id: str, upload_id: str) -> None:
    """Settle what could not be made, however often it was tried: its sender is told."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    if found and found.avatar_wanted == upload_id != found.avatar:
        _note(found, upload_id, "damaged")
        forget(upload_id)
    uploads.forget(user_id, PICTURE, upload_id)


def tidy(user_id: str) -> int:
    """Delete the files of avatars that are none any more; how many avatars they were."""
    found = Profile.find(*Profile.key(user_id), consistent=True)
    gone = set(found.avatars_gone or ()) - {found.avatar} if found else set()
    for avatar in gone:
        forget(avatar)
    if found and gone:
        found.update([Profile.avatars_gone.delete(gone)], condition=Profile.pk.exists())
    return len(gone)


def forget(avatar: str) -> None:
    for size in faces.SIZES:
        key = f"{faces.folder(avatar)}{size}.webp"
        aws.client("s3").delete_object(Bucket=settings.PUBLIC_BUCKET, Key=key)


def _seen(user_id: str, upload_id: str) -> Image.Image:
    """What was sent, as a picture. Raises Unfit."""
    content = uploads.read(user_id, PICTURE, upload_id)
    if content is None:
        raise Unfit("missing")
    image = untrusted.opened(content, down_to=ENOUGH)
    image.thumbnail((ENOUGH, ENOUGH), Image.Resampling.LANCZOS)
    if import_string(settings.PICTURE_CHECK)(_for_judging(image)):
        raise Unfit("refused")
    return image


def _for_judging(image: Image.Image) -> bytes:
    """All of it, and not only the square: what is cut away was sent too."""
    small = Image.new("RGB", image.size, "white")
    small.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return _encoded(small, "JPEG", quality=85)


def _square(image: Image.Image) -> Image.Image:
    """Its middle; of an upright one rather the upper part, where faces are."""
    side = faces.LARGE
    return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS, centering=(0.5, 0.4))


def _store(avatar: str, square: Image.Image) -> None:
    for size in faces.SIZES:
        small = square.resize((size, size), Image.Resampling.LANCZOS)
        aws.client("s3").put_object(
            Bucket=settings.PUBLIC_BUCKET,
            Key=f"{faces.folder(avatar)}{size}.webp",
            Body=_encoded(small, "WEBP", quality=82, method=4),
            ContentType="image/webp",
            CacheControl=FOR_EVER,
        )


def _wear(profile: Profile, upload_id: str) -> str:
    before = profile.avatar
    same = Profile.avatar == before if before else Profile.avatar.does_not_exist()
    gone = [Profile.avatars_gone.add({before})] if before else []
    try:
        profile.update(
            [
                Profile.avatar.set(upload_id),
                Profile.avatar_unfit.remove(),
                Profile.version.add(1),
                *gone,
            ],
            condition=(Profile.avatar_wanted == upload_id) & same,
        )
    except UpdateError as error:
        if not refused_by_condition(error):
            raise
        profile.refresh(consistent_read=True)
        if profile.avatar == upload_id:
            return "taken"  # by another worker, who had the same message
        forget(upload_id)
        return "superseded"
    return "taken"


def _note(profile: Profile, upload_id: str, reason: str) -> None:
    """Say why not, unless it was made after all, or they have wished for another one since."""
    not_worn = Profile.avatar.does_not_exist() | (Profile.avatar != upload_id)
    try:
        profile.update(
            [Profile.avatar_unfit.set(reason)],
            condition=(Profile.avatar_wanted == upload_id) & not_worn,
        )
    except UpdateError as error:
        if not refused_by_condition(error):
            raise


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
