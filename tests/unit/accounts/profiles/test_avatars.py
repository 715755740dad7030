"""A picture beside a name: sent to quarantine, made anew by the worker, gone when taken away."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image

from accounts import avatar_urls
from accounts.api_tokens import tokens
from accounts.profiles import avatar_processing, avatars, profiles
from accounts.profiles.models import Profile
from aptmagic.aws import clients, uploads
from aptmagic.aws.uploads import PICTURE, REJECTION_REASONS
from aptmagic.lambda_handler import handler
from aptmagic.service_backends import load_backend
from tests.unit.conftest import Visitor
from tests.unit.generation.test_moderation import looked_at
from tests.unit.posts_and_queues import hook

__all__ = ["hook", "looked_at"]

SETTINGS = "/settings/profile/"


class Judge:
    """Turns away what is nearly all red."""

    def refuses_text(self, words: str) -> bool:
        return False

    def refuses_picture(self, picture: bytes) -> bool:
        red, green, blue = Image.open(BytesIO(picture)).resize((1, 1)).getpixel((0, 0))
        return red > 200 and green < 60 and blue < 60


@pytest.fixture(autouse=True)
def judged(aws: Any, settings: Any) -> None:
    settings.MODERATION = {
        "BACKEND": "tests.unit.accounts.profiles.test_avatars.Judge",
        "OPTIONS": {},
    }


def photograph(colour: str = "seagreen", size: tuple[int, int] = (800, 600)) -> bytes:
    file, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


def send(visitor: Visitor, content: bytes | None = None) -> str:
    """What the browser does with the form; the id of the upload."""
    offer = uploads.create_form(visitor.user_id, PICTURE)
    body = photograph() if content is None else content
    key = offer.fields["key"]
    clients.client("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=body)
    return offer.id


def wear(visitor: Visitor, content: bytes | None = None) -> str:
    upload = send(visitor, content)
    avatars.set_from_upload(visitor.user_id, upload)
    avatar_processing.process(visitor.user_id, upload)
    return upload


def files(bucket: str, prefix: str = "") -> list[str]:
    found = clients.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", [])]


def avatar(visitor: Visitor) -> str | None:
    return profiles.get_own(visitor.user_id).avatar


def left() -> list[dict[str, Any]]:
    """The messages of the task_queue queue, those too that wait."""
    found = clients.client("sqs").receive_message(
        QueueUrl=site.TASKS_QUEUE_URL, MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@contextmanager
def dying(event: str) -> Iterator[None]:
    """The worker is killed at its first such call."""

    class Killed(BaseException):
        pass

    def die(**_: Any) -> None:
        raise Killed

    events = clients.client("s3").meta.events
    events.register(event, die)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        events.unregister(event, die)


def test_what_was_sent_becomes_a_square_in_two_sizes_and_nothing_else_of_it(ada: Visitor) -> None:
    upload = send(ada)
    avatars.set_from_upload(ada.user_id, upload)
    [message] = left()
    assert message == {
        "command": "process_avatar",
        "input": {"user_id": ada.user_id, "upload_id": upload},
    }
    assert avatar_processing.process(**message["input"]) == "taken"
    assert avatar(ada) == upload
    assert sorted(files(site.PUBLIC_BUCKET)) == [f"a/{upload}/288.webp", f"a/{upload}/96.webp"]
    for size in avatar_urls.SIZES:
        stored = clients.client("s3").get_object(
            Bucket=site.PUBLIC_BUCKET, Key=f"a/{upload}/{size}.webp"
        )
        assert stored["ContentType"] == "image/webp" and "immutable" in stored["CacheControl"]
        body = stored["Body"].read()
        assert Image.open(BytesIO(body)).size == (size, size) and b"where I live" not in body
    assert files(site.PRIVATE_BUCKET, "quarantine/") == []


def test_taking_it_again_changes_nothing(ada: Visitor) -> None:
    upload = wear(ada)
    before = files(site.PUBLIC_BUCKET)
    assert avatar_processing.process(ada.user_id, upload) == "taken"
    assert (avatar(ada), files(site.PUBLIC_BUCKET)) == (upload, before)


def test_a_new_one_takes_over_and_the_files_of_the_former_go(ada: Visitor) -> None:
    wear(ada)
    newer = wear(ada, photograph("navy"))
    assert avatar(ada) == newer
    assert sorted(files(site.PUBLIC_BUCKET)) == [f"a/{newer}/288.webp", f"a/{newer}/96.webp"]
    assert profiles.get_own(ada.user_id).old_avatars is None


def test_of_two_that_were_sent_the_later_stays_whatever_the_worker_takes_first(
    ada: Visitor,
) -> None:
    first, second = send(ada), send(ada, photograph("navy"))
    avatars.set_from_upload(ada.user_id, first)
    avatars.set_from_upload(ada.user_id, second)
    assert avatar_processing.process(ada.user_id, second) == "taken"
    assert avatar_processing.process(ada.user_id, first) == "superseded"
    assert avatar(ada) == second and len(files(site.PUBLIC_BUCKET)) == 2
    assert files(site.PRIVATE_BUCKET, "quarantine/") == []


def test_a_worker_that_dies_after_the_change_leaves_nothing_behind(ada: Visitor) -> None:
    wear(ada)
    newer = send(ada, photograph("navy"))
    avatars.set_from_upload(ada.user_id, newer)

    with dying("before-call.s3.DeleteObjects"):
        avatar_processing.process(ada.user_id, newer)
    assert avatar(ada) == newer and len(files(site.PUBLIC_BUCKET)) == 4
    assert avatar_processing.process(ada.user_id, newer) == "taken"
    assert len(files(site.PUBLIC_BUCKET)) == 2 and files(site.PRIVATE_BUCKET, "quarantine/") == []


def test_a_worker_that_dies_while_somebody_leaves_leaves_nothing_behind(ada: Visitor) -> None:
    upload = send(ada)
    avatars.set_from_upload(ada.user_id, upload)
    avatar_processing._store(upload, Image.new("RGB", (288, 288)))  # and here it died
    Profile(*Profile.key(ada.user_id)).delete()
    assert avatar_processing.process(ada.user_id, upload) == "superseded"
    assert files(site.PUBLIC_BUCKET) == [] and files(site.PRIVATE_BUCKET) == []


def test_two_workers_with_the_same_message_make_one_face(ada: Visitor) -> None:
    upload = send(ada)
    avatars.set_from_upload(ada.user_id, upload)
    stale = Profile.find(*Profile.key(ada.user_id))
    assert stale and avatar_processing.process(ada.user_id, upload) == "taken"
    assert avatar_processing._set(stale, upload) == "taken"  # the other one had looked before
    assert avatar(ada) == upload and len(files(site.PUBLIC_BUCKET)) == 2


def test_a_message_that_comes_late_does_not_take_the_face_away(ada: Visitor) -> None:
    worn, newer = wear(ada), send(ada)
    avatars.set_from_upload(ada.user_id, newer)
    assert avatar_processing.process(ada.user_id, worn) == "superseded"
    assert avatar(ada) == worn and len(files(site.PUBLIC_BUCKET)) == 2


def test_who_takes_it_away_is_a_letter_again(ada: Visitor) -> None:
    wear(ada)
    left()
    assert ada.client.post(f"{SETTINGS}picture/off/").status_code == 303
    assert avatar(ada) is None
    avatar_processing.delete_unused(ada.user_id)
    assert files(site.PUBLIC_BUCKET) == []
    assert "<img" not in ada.client.get(SETTINGS).content.decode()
    avatars.remove(ada.user_id)


def test_one_that_is_on_its_way_is_removed_with_the_rest(ada: Visitor) -> None:
    worn, coming = wear(ada), send(ada, photograph("navy"))
    avatars.set_from_upload(ada.user_id, coming)
    avatars.remove(ada.user_id)
    assert avatar_processing.process(ada.user_id, coming) == "superseded" and avatar(ada) is None
    avatar_processing.delete_unused(ada.user_id)
    assert files(site.PUBLIC_BUCKET) == [] and files(site.PRIVATE_BUCKET, "quarantine/") == []
    assert worn != coming


def test_the_first_one_is_stopped_while_it_is_on_its_way(ada: Visitor) -> None:
    coming = send(ada)
    avatars.set_from_upload(ada.user_id, coming)
    assert "Remove" in ada.client.get(SETTINGS).content.decode()
    assert ada.client.post(f"{SETTINGS}picture/off/").status_code == 303
    assert avatar_processing.process(ada.user_id, coming) == "superseded" and avatar(ada) is None


def test_why_one_was_not_taken_can_be_cleared(ada: Visitor, program: Any) -> None:
    wear(ada, b"<svg/>")
    assert program("patch", "me/").json()["avatar_unfit"] == str(REJECTION_REASONS["svg"])
    assert program("patch", "me/", avatar_upload=None).json()["avatar_unfit"] is None


@pytest.mark.parametrize("size", [(1400, 64), (64, 1400), (64, 12_000)])
def test_a_narrow_picture_is_judged_and_worn(
    ada: Visitor, settings: Any, looked_at: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    provider = "generation.providers.moderation.GuardrailAndRekognition"
    settings.MODERATION = {"BACKEND": provider, "OPTIONS": {}}
    load_backend.cache_clear()
    assert wear(ada, photograph(size=size)) == avatar(ada) and len(looked_at) == 1


def test_one_that_could_not_be_made_however_often_it_was_tried_is_said(
    ada: Visitor, hook: Any
) -> None:
    earlier, upload = wear(ada), send(ada, photograph("navy"))
    left()
    avatars.set_from_upload(ada.user_id, upload)

    def fail(**_: Any) -> None:
        raise MemoryError

    hook(clients.client("s3"), "before-call.s3.PutObject", fail)
    [body] = [json.dumps(each) for each in left() if each["command"] == "process_avatar"]
    for times in range(1, 6):
        about = {"ApproximateReceiveCount": str(times)}
        record = {"messageId": "m", "body": body, "attributes": about}
        failed = [] if times == 5 else [{"itemIdentifier": "m"}]
        assert handler({"Records": [record]}) == {"batchItemFailures": failed}
    answer = ada.client.get(f"{SETTINGS}picture/{upload}/")
    assert (
        answer.status_code == 422 and str(REJECTION_REASONS["damaged"]) in answer.content.decode()
    )
    assert avatar(ada) == earlier and files(site.PRIVATE_BUCKET, "quarantine/") == []


def test_one_that_is_made_after_all_takes_back_that_it_was_not(ada: Visitor) -> None:
    upload = send(ada)
    avatars.set_from_upload(ada.user_id, upload)
    content = uploads.read(ada.user_id, PICTURE, upload)
    avatar_processing.reject(ada.user_id, upload)
    key = uploads.key(ada.user_id, PICTURE, upload)
    clients.client("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=content)
    assert avatar_processing.process(ada.user_id, upload) == "taken"
    assert profiles.get_own(ada.user_id).avatar_rejection is None
    avatar_processing.reject(ada.user_id, upload)  # the second message of the two
    assert avatar(ada) == upload and profiles.get_own(ada.user_id).avatar_rejection is None


# What does not become one ------------------------------------------------------------------------
BOMB = BytesIO()
Image.new("1", (12_000, 12_000)).save(BOMB, "PNG", optimize=True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "svg"),
        (BOMB.getvalue(), "too-large"),
        (b"<!doctype html><script>alert(1)</script>", "no-picture"),
        (b"PK\x03\x04 a zip", "no-picture"),
        (photograph()[:300], "damaged"),
        (photograph(size=(40, 40)), "too-small"),
        (photograph("red"), "refused"),
    ],
)
def test_what_is_no_picture_is_said_in_one_sentence(ada: Visitor, content: bytes, why: str) -> None:
    earlier = wear(ada)
    upload = send(ada, content)
    path = f"{SETTINGS}picture/{upload}/"
    assert "Checking your photo" in ada.client.get(path).content.decode()
    assert avatar_processing.process(ada.user_id, upload) == "unfit"
    answer = ada.client.get(path)
    assert answer.status_code == 422 and str(REJECTION_REASONS[why]) in answer.content.decode()
    assert avatar(ada) == earlier and len(files(site.PUBLIC_BUCKET)) == 2
    assert files(site.PRIVATE_BUCKET, "quarantine/") == []


def test_a_picture_that_is_an_archive_too_becomes_a_picture_only(ada: Visitor) -> None:
    upload = wear(ada, photograph() + b"PK\x03\x04<script>alert(1)</script>")
    stored = clients.client("s3").get_object(Bucket=site.PUBLIC_BUCKET, Key=f"a/{upload}/96.webp")
    assert b"<script>" not in stored["Body"].read()


def test_what_never_came_is_said(ada: Visitor) -> None:
    answer = ada.client.get(f"{SETTINGS}picture/01ARZ3NDEKTSV4RRFFQ69G5FAV/")
    assert answer.status_code == 422 and "larger than 10 MB" in answer.content.decode()
    for odd in ("x", "..", "a" * 500):
        assert ada.client.get(f"{SETTINGS}picture/{odd}/").status_code == 404


def test_nobody_wears_what_somebody_else_sent(ada: Visitor, bob: Visitor) -> None:
    upload = send(ada)
    assert bob.client.get(f"{SETTINGS}picture/{upload}/").status_code == 422
    assert avatar(bob) is None and left() == []


# Pages -------------------------------------------------------------------------------------------
def test_the_form_goes_straight_to_the_bucket_and_comes_back_here(ada: Visitor) -> None:
    answer = ada.client.get(f"{SETTINGS}picture/")
    said = answer.content.decode()
    assert f'action="https://{site.PRIVATE_BUCKET}.s3.us-east-1.amazonaws.com/"' in said
    assert f'value="{site.SITE_URL}{SETTINGS}picture/' in said
    assert (
        'name="csrfmiddlewaretoken"' not in said.split("<form")[-1]
    )  # it is none of S3's business
    assert "https://aptmagic-local-private-" in answer.headers["Content-Security-Policy"]


def test_the_page_asks_again_until_it_is_there(ada: Visitor) -> None:
    upload = send(ada)
    path, htmx = f"{SETTINGS}picture/{upload}/", {"HX-Request": "true"}
    assert "<html" in ada.client.get(f"{path}?bucket=b&key=k&etag=e").content.decode()
    piece = ada.client.get(path, headers=htmx)
    assert "<html" not in piece.content.decode() and 'hx-get="' in piece.content.decode()
    avatar_processing.process(ada.user_id, upload)
    assert ada.client.get(path, headers=htmx)["HX-Redirect"] == path
    assert ada.client.get(path)["Location"] == SETTINGS
    assert f"/media/a/{upload}/96.webp" in ada.client.get("/").content.decode()  # in the menu


def test_looking_often_asks_the_worker_once(ada: Visitor) -> None:
    upload = send(ada)
    for _ in range(5):
        ada.client.get(f"{SETTINGS}picture/{upload}/")
    assert len(left()) == 1


# Programs ----------------------------------------------------------------------------------------
@pytest.fixture
def program(ada: Visitor) -> Callable[..., Any]:
    secret = tokens.create(ada.user_id, "ada", ["read", "account"])
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(method: str, path: str, **body: Any) -> Any:
        verb = getattr(client, method)
        return verb(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    return call


def test_a_program_sends_one_and_takes_it_away(ada: Visitor, program: Any) -> None:
    offer = program("post", "uploads/").json()
    assert set(offer) == {"upload_id", "url", "fields", "most"}
    key = offer["fields"]["key"]
    clients.client("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=photograph())
    assert program("patch", "me/", avatar_upload=offer["upload_id"]).json()["avatar"] is None
    avatar_processing.process(ada.user_id, offer["upload_id"])
    said = Client(
        headers={"Authorization": f"Bearer {tokens.create(ada.user_id, 'ada', ['read'])}"}
    )
    me = said.get("/api/v1/me/").json()
    assert me["avatar"] == f"http://testserver/media/a/{offer['upload_id']}/288.webp"
    assert program("patch", "me/", avatar_upload=None).json()["avatar"] is None


def test_a_program_hears_why_not(ada: Visitor, program: Any) -> None:
    missing = program("patch", "me/", avatar_upload="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert missing.status_code == 422 and "larger than 10 MB" in missing.json()["detail"]
    assert list(missing.json()["errors"]) == ["avatar_upload"]
    assert program("patch", "me/", avatar_upload="../x").status_code == 422
    upload = send(ada, b"<svg/>")
    program("patch", "me/", avatar_upload=upload)
    avatar_processing.process(ada.user_id, upload)
    assert program("patch", "me/").json()["avatar_unfit"] == str(REJECTION_REASONS["svg"])


def test_a_program_describes_its_person(ada: Visitor, bob: Visitor, program: Any) -> None:
    said = {"name": "Ada", "bio": "Hm", "links": ["example.org"], "private": True}
    me = program("patch", "me/", **said, handle="Countess").json()
    assert {name: me[name] for name in said} == {**said, "links": ["https://example.org"]}
    assert me["handle"] == "countess"
    wrong = program("patch", "me/", name="a" * 51, links=["http://x.org"], handle="x", nmae="y")
    assert wrong.status_code == 422
    assert sorted(wrong.json()["errors"]) == ["handle", "links", "name", "nmae"]
    assert program("patch", "me/", handle="bob").status_code == 409
    assert program("patch", "me/", handle="lovelace").json()["type"].endswith("too-soon")


def test_reading_is_not_changing(ada: Visitor) -> None:
    reader = {"Authorization": f"Bearer {tokens.create(ada.user_id, 'ada', ['read'])}"}
    for method, path in (("patch", "me/"), ("post", "uploads/")):
        answer = getattr(Client(headers=reader), method)(f"/api/v1/{path}")
        assert answer.status_code == 403 and "'account'" in answer.json()["detail"]


def test_an_avatar_of_somebody_who_has_left_is_not_made(ada: Visitor) -> None:
    upload = send(ada)
    avatars.set_from_upload(ada.user_id, upload)
    Profile(*Profile.key(ada.user_id)).delete()
    assert avatar_processing.process(ada.user_id, upload) == "superseded"
    assert files(site.PRIVATE_BUCKET) == [] and files(site.PUBLIC_BUCKET) == []
