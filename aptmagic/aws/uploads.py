"""What people send us goes straight to the private bucket's quarantine, past Django.

A browser posts a plain form with fields that we signed: S3 checks who may, how much and until
when, and sends the browser back to us. Nothing is believed of what came: see `untrusted`. What
nobody takes is deleted after two days.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aptmagic.aws import clients, storage
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid, NotFound
from aptmagic.rate_limits import limits

PICTURE, ARCHIVE = "picture", "archive"
UPLOAD_KINDS = (PICTURE, ARCHIVE)
MAX_BYTES = 10 * 1024 * 1024
FORM_SECONDS = 300
ACCEPTED_TYPES = "image/jpeg,image/png,image/webp"
ULID_PATTERN = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
MISSING = {"404", "NoSuchKey", "NotFound"}
# Why a picture is not taken. The worker finds out, and the page says it in its reader's language.
REJECTION_REASONS = {
    "damaged": _("This picture is damaged. Save a new copy and upload that."),
    "heic": _("HEIC and AVIF pictures aren’t supported. Upload a JPEG, PNG or WebP."),
    "missing": _("The upload didn’t finish, or the file is larger than 10 MB. Please try again."),
    "no-picture": _("This file isn’t a JPEG, PNG or WebP picture."),
    "refused": _("This picture breaks our content rules. Please choose another one."),
    "svg": _("SVG files aren’t supported. Upload a JPEG, PNG or WebP."),
    "too-large": _("This picture is too large. The limit is 50 million pixels."),
    "too-small": _("This picture is too small. Each side must be at least 64 pixels."),
}


class Rejected(Invalid):
    """What came is nothing that we take; `reason` is a key of UNFIT."""

    kind = "unfit"

    def __init__(self, reason: str) -> None:
        super().__init__(str(REJECTION_REASONS[reason]))
        self.reason = reason


@dataclass(frozen=True)
class UploadForm:
    """A form for one file: its `action` URL and hidden fields; the `file` field comes last."""

    id: str
    url: str
    fields: dict[str, str]
    max_bytes: int
    renew_after: int = FORM_SECONDS - 30


def create_form(
    user_id: str,
    kind: str,
    *,
    max_bytes: int = MAX_BYTES,
    redirect_path: Callable[[str], str] | None = None,
) -> UploadForm:
    """A form that uploads one file of at most `max_bytes`. Raises TooManyRequests.

    The same form works until it expires (FORM_SECONDS): each use stores a newer version under the
    same key, and `delete` removes all of them. `redirect_path` maps the upload's id to the path
    that S3 sends the browser to afterwards.
    """
    limits.hit(f"offer-{kind}", person=user_id)
    upload_id = new_id()
    fields = _redirect(redirect_path(upload_id)) if redirect_path else {}
    # The one presigned POST there is, so it is made here and not in `storage`.
    signed = clients.client("s3").generate_presigned_post(
        settings.PRIVATE_BUCKET,
        key(user_id, kind, upload_id),
        Fields=dict(fields),
        Conditions=[*([fields] if fields else []), ["content-length-range", 1, max_bytes]],
        ExpiresIn=FORM_SECONDS,
    )
    return UploadForm(upload_id, signed["url"], signed["fields"], max_bytes)


def _redirect(path: str) -> dict[str, str]:
    return {"success_action_redirect": settings.SITE_URL + path}


def key(user_id: str, kind: str, upload_id: str) -> str:
    """Where it lies. It has its owner's name, so nobody can point at somebody else's upload."""
    if kind not in UPLOAD_KINDS or not ULID_PATTERN.fullmatch(upload_id):
        raise NotFound()
    return f"{folder(user_id)}{kind}/{upload_id}"


def folder(user_id: str) -> str:
    """All that somebody sent and nobody took yet."""
    return f"quarantine/{user_id}/"


def size(user_id: str, kind: str, upload_id: str) -> int | None:
    """Its bytes; None when it never came, or is gone."""
    there = key(user_id, kind, upload_id)
    try:
        found = clients.client("s3").head_object(Bucket=settings.PRIVATE_BUCKET, Key=there)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return int(found["ContentLength"])


def read(user_id: str, kind: str, upload_id: str, *, max_bytes: int = MAX_BYTES) -> bytes | None:
    """What came, whole; None when nothing did, or more than S3 was to let through."""
    length = size(user_id, kind, upload_id)
    if length is None or length > max_bytes:
        return None
    there = key(user_id, kind, upload_id)
    found = clients.client("s3").get_object(Bucket=settings.PRIVATE_BUCKET, Key=there)
    content: bytes = found["Body"].read(max_bytes + 1)
    return content if len(content) <= max_bytes else None


def download_to(user_id: str, kind: str, upload_id: str, file: Any) -> None:
    """Write what came into an open file, piece by piece."""
    there = key(user_id, kind, upload_id)
    clients.client("s3").download_fileobj(settings.PRIVATE_BUCKET, there, file)


def delete(user_id: str, kind: str, upload_id: str) -> None:
    """Every version of it, as its form may have been sent several times. Any number of times."""
    storage.erase_file(settings.PRIVATE_BUCKET, key(user_id, kind, upload_id))
