"""An archive that somebody brings: its pictures are theirs once, whatever is in it."""

import json
import struct
import zipfile
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings as site
from pynamodb.exceptions import TransactWriteError

from accounts import credits
from accounts.rights import archives, binding, intakes
from accounts.rights.models import Errand, Intake, State
from aptmagic import uploads
from aptmagic.dynamo import new_id
from generation import jobs, library, pictures
from tests.unit.failures import dynamodb
from tests.unit.services import png, wish, work_through

RECIPE = {"prompt": "a fox in the snow", "model": "fast", "aspect_ratio": "1:1", "seed": 7}
RECORD = {"format": 1, "id": "01", "job": "J1", "created_at": "2026-03-04T05:06:07+00:00"}


def record(**other: Any) -> bytes:
    return json.dumps(
        {**RECORD, "recipe": RECIPE, "alt": "A fox", "note": "Drawn.", **other}
    ).encode()


def zipped(files: dict[str, bytes], **how: Any) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", **how) as book:
        for name, body in files.items():
            book.writestr(name, body)
    return file.getvalue()


def an_archive(*pairs: tuple[bytes, bytes]) -> bytes:
    return zipped(
        {
            f"apt-magic-ada/pictures/{number}.{kind}": body
            for number, pair in enumerate(pairs)
            for kind, body in zip(("json", "png"), pair, strict=True)
        }
    )


@pytest.fixture
def bring(aws: Any, chores: Any, events: Any) -> Any:
    """`bring(ada, bytes)`: what has become of it when the worker is through."""

    def brought(who: Any, content: bytes) -> Intake:
        upload_id = new_id()
        key = uploads.key(who.user_id, uploads.ARCHIVE, upload_id)
        aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=content)
        intakes.begin(who.user_id, upload_id)
        while chores.messages or events.messages:
            chores.deliver()
            events.deliver()
        assert uploads.size(who.user_id, uploads.ARCHIVE, upload_id) is None
        return intakes.get(who.user_id, upload_id)

    return brought


def counts(intake: Intake) -> tuple[int, int, int]:
    return int(intake.new), int(intake.known), int(intake.refused)


def test_what_was_taken_along_comes_back_to_somebody_else_once(
    ada: Any, bob: Any, share: Any, chores: Any, events: Any, aws: Any, bring: Any
) -> None:
    archive = an_archive((record(), png(7)), (record(id="02"), png(8)))
    before = credits.funds(bob.user_id)
    assert counts(bring(bob, archive)) == (2, 0, 0)
    assert counts(bring(bob, archive)) == (0, 2, 0)
    found = pictures.library(bob.user_id).items
    assert len(found) == 2 and credits.funds(bob.user_id) == before
    stack = library.stacks(found)
    assert len(stack) == 1, "they came of one job, and are of one again"
    whole = pictures.own(bob.user_id, found[0].id)
    assert whole.recipe["prompt"] == RECIPE["prompt"] and whole.recipe["seed"] == 7
    assert f"{whole.created_at:%Y-%m-%d}" == "2026-03-04" and int(whole.credits) == 0
    assert jobs.get(bob.user_id, whole.job_id).ended
    for path in ("/library/", f"/pictures/{whole.id}/", f"/jobs/{whole.job_id}/"):
        assert bob.client.get(path).status_code == 200
    pictures.forget(bob.user_id, whole.id)
    assert counts(bring(bob, archive)) == (1, 1, 0)


def test_an_archive_of_ours_changes_nothing_for_whoever_still_has_it_all(
    ada: Any, workshop: Any, chores: Any, events: Any, aws: Any, bring: Any
) -> None:
    work_through(jobs.submit(ada.user_id, wish(count=2), key="k"))
    archives.ask(ada.user_id)
    while chores.messages or events.messages:
        chores.deliver()
        events.deliver()
    [archive] = archives.of(ada.user_id)
    stored = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=binding.key(archive, 0))
    content = stored["Body"].read()
    assert counts(bring(ada, content)) == (0, 2, 0)
    for picture in pictures.library(ada.user_id).items:
        pictures.forget(ada.user_id, picture.id)
    assert counts(bring(ada, content)) == (2, 0, 0)
    assert "2 pictures are new" in ada.client.get("/notifications/").content.decode()


@pytest.mark.parametrize(
    ("about", "content"),
    [
        (b"not json", png(7)),
        (b"[" * 50_000, png(7)),
        (b"[]", png(7)),
        (record(recipe=None), png(7)),
        (record(recipe={**RECIPE, "prompt": ["a", "list"]}), png(7)),
        (record(recipe={**RECIPE, "prompt": "forbidden fruit"}), png(7)),
        (record(recipe={**RECIPE, "model": "<script>"}), png(7)),
        (record(recipe={**RECIPE, "seed": 10**30}), png(7)),
        (record(note="x" * 200_000), png(7)),
        (record(), b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (record(), b"GIF89a"),
        (record(), png(7)[:80]),
        (record(), png(7, (12_000, 12_000))),
        (record(), png(200 << 8 | 255, (64, 64)).replace(b"IDAT", b"IDAX")),
        (record(), b"\0" * 30_000_000),
    ],
    ids=range(15),
)
def test_what_is_no_picture_of_ours_is_left_out_and_the_rest_comes(
    ada: Any, bring: Any, about: bytes, content: bytes
) -> None:
    archive = zipped(
        {
            "a/pictures/1.json": about,
            "a/pictures/1.png": content,
            "a/pictures/2.json": record(id="2"),
            "a/pictures/2.png": png(9),
        },
        compression=zipfile.ZIP_DEFLATED,
    )
    assert counts(bring(ada, archive)) == (1, 0, 1)


@pytest.mark.parametrize("name", ["../../pictures/1", "/etc/pictures/1", "a/b/c/d/pictures/1"])
def test_names_lead_nowhere(ada: Any, bring: Any, name: str) -> None:
    brought = bring(ada, zipped({f"{name}.json": record(), f"{name}.png": png(7)}))
    assert counts(brought)[0] <= 1, "a name is no place: it is read, or it is not"


def test_an_archive_that_was_packed_again_by_another_tool_is_taken(ada: Any, bring: Any) -> None:
    """On a Mac, with a folder around it, each file's second one, and a comment."""
    ours = "Backup/November/apt-magic-ada"
    files = {f"{ours}/": b"", f"{ours}/pictures/": b"", f"{ours}/.DS_Store": b"\0\0\0\1Bud1"}
    for number in (1, 2):
        name = f"pictures/{number}"
        files |= {f"{ours}/{name}.json": record(id=str(number)), f"{ours}/{name}.png": png(number)}
        for kind in ("json", "png"):
            files[f"__MACOSX/{ours}/pictures/._{number}.{kind}"] = b"\0\5\x16\7 Mac OS X"
            files[f"{ours}/pictures/._{number}.{kind}"] = b"\0\5\x16\7 Mac OS X"
    content = BytesIO(zipped(files, compression=zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(content, "a") as book:
        book.comment = "Ảnh của tôi".encode()
    assert counts(bring(ada, content.getvalue())) == (2, 0, 0)


def lying(content: bytes) -> bytes:
    """An end that promises a list of a billion entries."""
    *_rest, start, _comment = struct.unpack("<4s4H2LH", content[-22:])
    return content[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 900_000_000, start, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "did not arrive"),
        (b"PK", "no archive"),
        (b"hello, this is a letter and no archive at all", "no archive"),
        (zipped({"holiday.jpg": b"photo"}), "no archive"),
        (an_archive((record(), png(7)))[:-30], "damaged"),
        (lying(an_archive((record(), png(7)))), "more than"),
    ],
    ids=["empty", "tiny", "letter", "holiday", "cut", "lying"],
)
def test_what_is_no_archive_of_ours_is_said_so(
    ada: Any, bring: Any, content: bytes, said: str
) -> None:
    brought = bring(ada, content) if content else None
    if brought:
        assert brought.state == State.FAILED and not any(counts(brought))
        page = ada.client.get(f"/settings/data/bring/{brought.id}/").content.decode()
    else:
        page = ada.client.get(f"/settings/data/bring/{new_id()}/").content.decode()
    assert said in page


def test_nobody_brings_what_somebody_else_has_sent(ada: Any, bob: Any, aws: Any) -> None:
    upload_id = new_id()
    key = uploads.key(ada.user_id, uploads.ARCHIVE, upload_id)
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=b"hers")
    answer = bob.client.get(f"/settings/data/bring/{upload_id}/")
    assert answer.status_code == 422 and "did not arrive" in answer.content.decode()


def test_a_long_archive_takes_several_messages_and_survives_a_death(
    ada: Any, hook: Any, aws: Any, chores: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "SECONDS", 0)
    ticks = iter(range(1000))
    monkeypatch.setattr(intakes.time, "monotonic", lambda: next(ticks) // 3)  # a picture or two
    archive = an_archive(*((record(id=str(n)), png(n)) for n in range(5)))
    died: list[str] = []

    def die(**_: Any) -> None:
        if len(pictures.library(ada.user_id).items) == 3 and not died:
            died.append("here")
            chores.messages.append(
                {"command": "take_archive_in", "input": {"user_id": ada.user_id, "upload_id": here}}
            )
            raise ClientError({"Error": {"Code": "Killed", "Message": ""}}, "TransactWriteItems")

    upload_id = here = new_id()
    key = uploads.key(ada.user_id, uploads.ARCHIVE, upload_id)
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=archive)
    intakes.begin(ada.user_id, upload_id)
    hook(dynamodb(), "before-call.dynamodb.TransactWriteItems", die)
    while chores.messages:
        try:
            chores.deliver()
        except TransactWriteError:
            continue
    assert died and counts(intakes.get(ada.user_id, upload_id)) == (5, 0, 0)
    assert len(pictures.library(ada.user_id).items) == 5
    assert list(Errand.query("DUE")) == []
