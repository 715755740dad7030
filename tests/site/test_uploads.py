"""A picture is sent as a browser sends it, and S3 itself keeps what was not offered out."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import urllib3
from django.conf import settings
from PIL import Image

from accounts import avatars, profiles
from accounts.people import Person
from aptmagic import aws, uploads
from aptmagic.local.children import wait_until
from aptmagic.uploads import PICTURE, Offer
from tests.browser.conftest import newcomer

pytestmark = pytest.mark.usefixtures("cloud")
BACK = "/settings/profile/picture/"


def photograph(colour: str = "seagreen") -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), colour).save(file, "JPEG")
    return file.getvalue()


def send(offer: Offer, content: bytes, **changed: str) -> Any:
    """As a form without script does; the answer, before the browser follows it."""
    form = {**offer.fields, **changed, "file": ("me.jpg", content, "image/jpeg")}
    return urllib3.request("POST", offer.url, fields=form, redirect=False)


@pytest.fixture(scope="module")
def ada(cloud: Any) -> Person:
    return newcomer("ada")


@pytest.fixture
def offered(ada: Person) -> Callable[..., Offer]:
    return lambda **more: uploads.offer(ada.id, PICTURE, back=lambda id: f"{BACK}{id}/", **more)


def test_a_picture_goes_to_quarantine_and_the_browser_comes_back(
    ada: Person, offered: Callable[..., Offer]
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
    ada: Person, offered: Callable[..., Offer]
) -> None:
    offer = offered()
    send(offer, photograph("navy"))
    avatars.wish(ada.id, offer.id)
    assert wait_until(lambda: profiles.own(ada.id).avatar == offer.id, seconds=60)
    for size in (96, 288):
        shown = urllib3.request("GET", f"{settings.MEDIA_URL}a/{offer.id}/{size}.webp")
        assert shown.status == 200 and shown.headers["Content-Type"] == "image/webp"
        assert Image.open(BytesIO(shown.data)).size == (size, size)
    assert wait_until(lambda: uploads.size(ada.id, PICTURE, offer.id) is None, seconds=30)


def test_more_than_was_offered_does_not_come_in(ada: Person, offered: Any) -> None:
    offer = offered(most=1000)
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
    ada: Person, offered: Any, changed: dict[str, str]
) -> None:
    offer = offered()
    assert send(offer, photograph(), **changed).status == 403
    assert uploads.size(ada.id, PICTURE, offer.id) is None


def test_an_offer_is_good_for_five_minutes(
    ada: Person, offered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(uploads, "SECONDS", -1)
        late = offered()
    assert send(late, photograph()).status == 403
    assert uploads.size(ada.id, PICTURE, late.id) is None
    assert uploads.SECONDS == 300


def test_one_form_is_no_pass_to_the_bucket(ada: Person, offered: Any) -> None:
    offer = offered()
    other = replace(offer, url=offer.url.replace(settings.PRIVATE_BUCKET, settings.PUBLIC_BUCKET))
    assert send(other, photograph()).status == 403
    found = aws.client("s3").list_objects_v2(Bucket=settings.PUBLIC_BUCKET, Prefix="quarantine/")
    assert found["KeyCount"] == 0
