"""A picture is sent as a browser sends it, and S3 itself keeps what was not offered out."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import urllib3
from django.conf import settings
from PIL import Image

from accounts.current_user import CurrentUser
from accounts.privacy import imports
from accounts.privacy.models import ExportState
from accounts.profiles import avatars, profiles
from aptmagic.aws import clients, uploads
from aptmagic.aws.uploads import PICTURE, UploadForm
from aptmagic.local.processes import wait_until
from tests.browser.conftest import newcomer

pytestmark = pytest.mark.usefixtures("cloud")
BACK = "/settings/profile/picture/"


def photograph(colour: str = "seagreen", size: tuple[int, int] = (640, 480)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


def send(offer: UploadForm, content: bytes, **changed: str) -> Any:
    """As a form without script does; the answer, before the browser follows it."""
    form = {**offer.fields, **changed, "file": ("me.jpg", content, "image/jpeg")}
    return urllib3.request("POST", offer.url, fields=form, redirect=False)


@pytest.fixture(scope="module")
def ada(cloud: Any) -> CurrentUser:
    return newcomer("ada")


@pytest.fixture
def offered(ada: CurrentUser) -> Callable[..., UploadForm]:
    return lambda **more: uploads.create_form(
        ada.id, PICTURE, redirect_path=lambda id: f"{BACK}{id}/", **more
    )


def test_a_picture_goes_to_quarantine_and_the_browser_comes_back(
    ada: CurrentUser, offered: Callable[..., UploadForm]
) -> None:
    offer = offered()
    answer = send(offer, photograph())
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{settings.SITE_URL}{BACK}{offer.id}/")
    assert uploads.read(ada.id, PICTURE, offer.id) == photograph()
    # It is for nobody's eyes.
    key = offer.fields["key"]
    assert urllib3.request("GET", f"{offer.url.rstrip('/')}/{key}").status == 403
    assert urllib3.request("GET", f"{settings.MEDIA_URL}{key}").status in (403, 404)


def test_the_worker_makes_it_an_avatar_that_everyone_can_see(
    ada: CurrentUser, offered: Callable[..., UploadForm]
) -> None:
    offer = offered()
    send(offer, photograph("navy"))
    avatars.set_from_upload(ada.id, offer.id)
    assert wait_until(lambda: profiles.get_own(ada.id).avatar == offer.id, seconds=60)
    for size in (96, 288):
        shown = urllib3.request("GET", f"{settings.MEDIA_URL}a/{offer.id}/{size}.webp")
        assert shown.status == 200 and shown.headers["Content-Type"] == "image/webp"
        assert Image.open(BytesIO(shown.data)).size == (size, size)
    assert wait_until(lambda: uploads.size(ada.id, PICTURE, offer.id) is None, seconds=30)


@pytest.mark.parametrize("size", [(1400, 64), (64, 1400)])
def test_a_narrow_one_becomes_an_avatar_too(
    ada: CurrentUser, offered: Callable[..., UploadForm], size: tuple[int, int]
) -> None:
    """Rekognition looks at nothing under 50 pixels a side, here as on AWS."""
    offer = offered()
    send(offer, photograph(size=size))
    avatars.set_from_upload(ada.id, offer.id)
    assert wait_until(lambda: profiles.get_own(ada.id).avatar == offer.id, seconds=60)


def test_an_archive_comes_in_whatever_tool_has_packed_it(ada: CurrentUser) -> None:
    """With small and narrow pictures, sent twice by one form; nothing of it is left behind."""
    offer = imports.upload_form(ada.id)
    for content in (b"the wrong file", repacked((16, 16), (64, 1400), (900, 49))):
        assert send(offer, content).status == 303
    imports.start(ada.id, offer.id)
    assert wait_until(
        lambda: imports.get(ada.id, offer.id).state != ExportState.WORKING, seconds=90
    )
    found = imports.get(ada.id, offer.id)
    assert (found.state, int(found.new), int(found.refused)) == (ExportState.READY, 3, 0)
    assert wait_until(lambda: versions(uploads.folder(ada.id) + "archive/") == [], seconds=30)


def versions(folder: str) -> list[Any]:
    """Everything that the bucket keeps there, former versions and marks of deletion too."""
    there = {"Bucket": settings.PRIVATE_BUCKET, "Prefix": folder}
    found = clients.client("s3").list_object_versions(**there)
    return [*found.get("Versions", []), *found.get("DeleteMarkers", [])]


def repacked(*sizes: tuple[int, int]) -> bytes:
    """An archive of such pictures that a Mac has packed again."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as book:
        for number, size in enumerate(sizes):
            name, picture = f"Backup/apt-magic-ada/pictures/{number}", BytesIO()
            Image.new("RGB", size, (number, 90, 120)).save(picture, "PNG")
            recipe = {"prompt": "a lighthouse", "model": "fast", "aspect_ratio": "1:1"}
            book.writestr(f"{name}.json", json.dumps({"id": str(number), "recipe": recipe}))
            book.writestr(f"{name}.png", picture.getvalue())
            book.writestr(f"__MACOSX/Backup/apt-magic-ada/pictures/._{number}.json", b"\0\5\x16\7")
        book.comment = b"of November"
    return file.getvalue()


def test_more_than_was_offered_does_not_come_in(ada: CurrentUser, offered: Any) -> None:
    offer = offered(max_bytes=1000)
    assert send(offer, b"x" * 1001).status == 400
    assert send(offer, b"").status == 400
    assert uploads.size(ada.id, PICTURE, offer.id) is None
    assert send(offer, b"x" * 1000).status == 303


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "quarantine/somebody-else/picture/01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"key": "pictures/somebody-else/original.png"},
        {"success_action_redirect": "https://evil.example/"},
        {"x-amz-signature": "0" * 64},
        {"acl": "public-read"},
    ],
)
def test_a_form_that_was_changed_is_refused(
    ada: CurrentUser, offered: Any, changed: dict[str, str]
) -> None:
    offer = offered()
    assert send(offer, photograph(), **changed).status == 403
    assert uploads.size(ada.id, PICTURE, offer.id) is None


def test_an_offer_is_good_for_five_minutes(
    ada: CurrentUser, offered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(uploads, "FORM_SECONDS", -1)
        late = offered()
    assert send(late, photograph()).status == 403
    assert uploads.size(ada.id, PICTURE, late.id) is None
    assert uploads.FORM_SECONDS == 300


def test_one_form_is_no_pass_to_the_bucket(ada: CurrentUser, offered: Any) -> None:
    offer = offered()
    other = replace(offer, url=offer.url.replace(settings.PRIVATE_BUCKET, settings.PUBLIC_BUCKET))
    assert send(other, photograph()).status == 403
    found = clients.client("s3").list_objects_v2(
        Bucket=settings.PUBLIC_BUCKET, Prefix="quarantine/"
    )
    assert found["KeyCount"] == 0
