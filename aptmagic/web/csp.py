"""The Content-Security-Policy of every page."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse


def content_security_policy(*, uploads: bool = False) -> str:
    """Nothing inline; nothing from other hosts, except images from the site's two buckets.

    With `uploads` a form may also post to the private bucket, where presigned uploads go.
    """
    private, public = _private_bucket(), _origin(settings.MEDIA_URL)
    images = " ".join(["'self'", "data:", *sorted({private, public} - {""})])
    forms = f"'self' {private}" if uploads else "'self'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src {images}; connect-src 'self'; manifest-src 'self'; form-action {forms}; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def allow_upload_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view whose page contains a form made by `uploads.create_form`."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = content_security_policy(uploads=True)
        return response

    return wrapper


def _private_bucket() -> str:
    on_aws = f"https://{settings.PRIVATE_BUCKET}.s3.{settings.AWS_REGION}.amazonaws.com"
    return _origin(settings.AWS_ENDPOINT_URL or on_aws)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
