"""Uploads go straight to the quarantine: who may upload, how much, until when, and where to."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import RequestFactory

from aptmagic.aws import uploads
from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import NotFound, TooManyRequests
from aptmagic.web import csp
from tests.unit.aptmagic.rate_limits.test_limits import (
    RedisServer,
    count_in_redis,
    forgotten,
    running_redis,
)
from tests.unit.conftest import Visitor

__all__ = ["forgotten", "running_redis"]

ME = "7a0b0c0d-sub"


def conditions(form: uploads.UploadForm) -> list[Any]:
    found: list[Any] = json.loads(base64.b64decode(form.fields["policy"]))["conditions"]
    return found


def put(aws: Any, settings: Any, form: uploads.UploadForm, content: bytes) -> None:
    aws("s3").put_object(Bucket=settings.PRIVATE_BUCKET, Key=form.fields["key"], Body=content)


def test_a_form_is_for_one_key_and_a_maximum_size(aws: Any, settings: Any) -> None:
    form = uploads.create_form(
        ME, uploads.PICTURE, redirect_path=lambda id: f"/settings/profile/avatar/{id}/"
    )

    said = conditions(form)
    assert {"bucket": settings.PRIVATE_BUCKET} in said
    assert {"key": f"quarantine/{ME}/picture/{form.id}"} in said
    assert ["content-length-range", 1, 10 * 1024 * 1024] in said
    back = f"{settings.SITE_URL}/settings/profile/avatar/{form.id}/"
    assert {"success_action_redirect": back} in said
    assert form.fields["success_action_redirect"] == back


def test_an_archive_may_be_larger_than_a_picture(aws: Any) -> None:
    form = uploads.create_form(ME, uploads.ARCHIVE, max_bytes=200_000_000)
    assert ["content-length-range", 1, 200_000_000] in conditions(form)
    assert "success_action_redirect" not in form.fields


@pytest.mark.parametrize("kind", uploads.UPLOAD_KINDS)
def test_forms_are_rate_limited_under_concurrency(
    aws: Any, settings: Any, running_redis: RedisServer, kind: str
) -> None:
    count_in_redis(settings, running_redis.url)
    counts = {"limits": {"person": (5, 36_000)}, "fail_open": False}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, f"upload-form-{kind}": counts}

    def ask(_number: int) -> bool:
        try:
            return bool(uploads.create_form(ME, kind))
        except TooManyRequests:
            return False

    with ThreadPoolExecutor(max_workers=12) as together:
        assert sum(together.map(ask, range(45))) == 5


def test_the_page_of_a_form_is_rate_limited(ada: Visitor, settings: Any) -> None:
    counts = {"limits": {"person": (1, 3600)}, "fail_open": False}
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "upload-form-archive": counts,
        "upload-form-picture": counts,
    }
    for path in ("/settings/data/bring/", "/settings/profile/picture/"):
        assert ada.client.get(path).status_code == 200
        assert ada.client.get(path).status_code == 429


def test_deleting_an_upload_erases_every_version(aws: Any, settings: Any) -> None:
    form = uploads.create_form(ME, uploads.ARCHIVE)
    for content in (b"one", b"two", b"three"):
        put(aws, settings, form, content)
    uploads.delete(ME, uploads.ARCHIVE, form.id)
    versions = aws("s3").list_object_versions(Bucket=settings.PRIVATE_BUCKET)
    assert "Versions" not in versions and "DeleteMarkers" not in versions


def test_an_upload_is_found_under_its_owner_only(aws: Any, settings: Any) -> None:
    form = uploads.create_form(ME, uploads.PICTURE)
    assert uploads.read(ME, uploads.PICTURE, form.id) is None
    put(aws, settings, form, b"a fox")

    assert uploads.read(ME, uploads.PICTURE, form.id) == b"a fox"
    assert uploads.read("somebody-else", uploads.PICTURE, form.id) is None
    assert uploads.read(ME, uploads.ARCHIVE, form.id) is None
    uploads.delete(ME, uploads.PICTURE, form.id)
    uploads.delete(ME, uploads.PICTURE, form.id)
    assert uploads.size(ME, uploads.PICTURE, form.id) is None


def test_an_upload_over_the_limit_is_not_read(aws: Any, settings: Any) -> None:
    form = uploads.create_form(ME, uploads.PICTURE)
    put(aws, settings, form, b"a fox")
    assert uploads.read(ME, uploads.PICTURE, form.id, max_bytes=4) is None


@pytest.mark.parametrize("odd", ["", "..", "../../x", "a" * 26, "01ARZ3NDEKTSV4RRFFQ69G5FAV/x"])
def test_an_invalid_id_is_not_found(odd: str) -> None:
    with pytest.raises(NotFound):
        uploads.key(ME, uploads.PICTURE, odd)
    with pytest.raises(NotFound):
        uploads.key(ME, "program", new_id())


def test_only_the_page_of_a_form_may_post_to_the_bucket(ada: Visitor) -> None:
    def page(request: Any) -> Any:
        return ada.client.get("/settings/")

    assert "form-action 'self';" in page(None).headers["Content-Security-Policy"]
    policy = csp.allow_upload_form(page)(RequestFactory().get("/")).headers[
        "Content-Security-Policy"
    ]
    form_action = next(part for part in policy.split("; ") if part.startswith("form-action"))
    assert form_action.startswith("form-action 'self' https://aptmagic-local-private-")


def test_pages_may_show_presigned_urls(aws: Any, settings: Any) -> None:
    url = aws("s3").generate_presigned_url(
        "get_object", Params={"Bucket": settings.PRIVATE_BUCKET, "Key": "pictures/x.webp"}
    )
    assert url.split("/pictures/")[0] in csp.content_security_policy()
