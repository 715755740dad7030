"""Uploads: browsers post files straight to the private bucket's quarantine, past Django.

The form is a plain one with fields that we signed: S3 checks who may upload, how much and until
when, and redirects the browser back to us. Nothing in the file is trusted (`images.decoding`), and
what is never processed is deleted after two days (infra/data.yaml).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
# Why a picture was rejected. The worker stores the key; the page translates the sentence.
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
    """The upload can't be used; `reason` is a key of REJECTION_REASONS."""

    kind = "unfit"

    def __init__(self, reason: str) -> None:
        super().__init__(str(REJECTION_REASONS[reason]))
        self.reason = reason


@dataclass(frozen=True)
class UploadForm:
    """A form for one file: its URL and hidden fields. The `file` field has to come last."""

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
    limits.hit(f"upload-form-{kind}", person=user_id)
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
    """The S3 key. It contains the owner's id, so that no one can refer to another user's upload.

    Raises NotFound for an unknown kind and for anything but a ULID.
    """
    if kind not in UPLOAD_KINDS or not ULID_PATTERN.fullmatch(upload_id):
        raise NotFound()
    return f"{folder(user_id)}{kind}/{upload_id}"


def folder(user_id: str) -> str:
    """Where a user's unprocessed uploads are."""
    return f"quarantine/{user_id}/"


def size(user_id: str, kind: str, upload_id: str) -> int | None:
    """The upload's bytes; None if nothing was uploaded, or it was deleted."""
    try:
        return storage.private().size(key(user_id, kind, upload_id))
    except FileNotFoundError:
        return None


def read(user_id: str, kind: str, upload_id: str, *, max_bytes: int = MAX_BYTES) -> bytes | None:
    """The upload's content; None if there is none, or it is larger than `max_bytes`.

    S3 enforces the limit too, but the form may be sent again while we look.
    """
    length = size(user_id, kind, upload_id)
    if length is None or length > max_bytes:
        return None
    content = storage.private().read(key(user_id, kind, upload_id), max_bytes=max_bytes + 1)
    return content if len(content) <= max_bytes else None


def download_to(user_id: str, kind: str, upload_id: str, file: Any) -> None:
    """Write the upload into an open file, in chunks. Raises FileNotFoundError."""
    storage.private().download_to(key(user_id, kind, upload_id), file)


def delete(user_id: str, kind: str, upload_id: str) -> None:
    """Erase every version, since the form can be sent several times. Idempotent."""
    storage.private().erase(key(user_id, kind, upload_id))
