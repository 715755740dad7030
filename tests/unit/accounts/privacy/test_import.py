"""An archive that somebody brings: its pictures are theirs once, whatever is in it."""

import hashlib
import json
import struct
import zipfile
from contextlib import suppress
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings as site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pynamodb.exceptions import TransactWriteError

from accounts.billing import ledger
from accounts.privacy import export_zip, exports, imports
from accounts.privacy.models import ArchiveImport, ExportState
from accounts.privacy.personal_data import ImportedPicture, ImportResult
from aptmagic.aws import uploads
from aptmagic.aws.dynamodb import new_id
from aptmagic.aws.scheduled_tasks import ScheduledTask
from aptmagic.errors import TooManyRequests
from aptmagic.lambda_handler import handler
from aptmagic.service_backends import load_backend
from generation.jobs import jobs, submission
from generation.library import importing, pictures, presenters
from generation.providers.moderation import GuardrailAndRekognition
from tests.unit.aptmagic.rate_limits.test_limits import Clock, clock
from tests.unit.failures import dynamodb
from tests.unit.fake_services import png, prompt_request, run_workflow
from tests.unit.generation.test_moderation import DETECT, looked_at

__all__ = ["clock", "looked_at"]

GUARDRAIL = "generation.providers.moderation.GuardrailAndRekognition"
NO_LABELS: dict[str, Any] = {"ModerationLabels": []}

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
def bring(aws: Any, task_queue: Any, events: Any) -> Any:
    """`bring(ada, bytes)`: what has become of it when the worker is through."""

    def brought(who: Any, content: bytes) -> ArchiveImport:
        upload_id = new_id()
        key = uploads.key(who.user_id, uploads.ARCHIVE, upload_id)
        aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=content)
        imports.start(who.user_id, upload_id)
        while task_queue.messages or events.messages:
            task_queue.deliver()
            events.deliver()
        assert uploads.size(who.user_id, uploads.ARCHIVE, upload_id) is None
        return imports.get(who.user_id, upload_id)

    return brought


def counts(intake: ArchiveImport) -> tuple[int, int, int]:
    return int(intake.new), int(intake.known), int(intake.refused)


def test_what_was_taken_along_comes_back_to_somebody_else_once(
    ada: Any, bob: Any, share: Any, task_queue: Any, events: Any, aws: Any, bring: Any
) -> None:
    archive = an_archive((record(), png(7)), (record(id="02"), png(8)))
    before = ledger.get_balance(bob.user_id)
    assert counts(bring(bob, archive)) == (2, 0, 0)
    assert counts(bring(bob, archive)) == (0, 2, 0)
    found = pictures.list_pictures(bob.user_id).items
    assert len(found) == 2 and ledger.get_balance(bob.user_id) == before
    stack = presenters.group_by_job(found)
    assert len(stack) == 1, "they came of one job, and are of one again"
    whole = pictures.get_own(bob.user_id, found[0].id)
    assert whole.recipe["prompt"] == RECIPE["prompt"] and whole.recipe["seed"] == 7
    assert f"{whole.created_at:%Y-%m-%d}" == "2026-03-04" and int(whole.credits) == 0
    assert jobs.get(bob.user_id, whole.job_id).ended
    for path in ("/library/", f"/pictures/{whole.id}/", f"/jobs/{whole.job_id}/"):
        assert bob.client.get(path).status_code == 200
    pictures.delete(bob.user_id, whole.id)
    assert counts(bring(bob, archive)) == (1, 1, 0)


def test_an_archive_of_ours_changes_nothing_for_whoever_still_has_it_all(
    ada: Any, fake_services: Any, task_queue: Any, events: Any, aws: Any, bring: Any
) -> None:
    run_workflow(submission.submit(ada.user_id, prompt_request(count=2), key="k"))
    exports.start(ada.user_id)
    while task_queue.messages or events.messages:
        task_queue.deliver()
        events.deliver()
    [archive] = exports.list_exports(ada.user_id)
    stored = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=export_zip.part_key(archive, 0))
    content = stored["Body"].read()
    assert counts(bring(ada, content)) == (0, 2, 0)
    for picture in pictures.list_pictures(ada.user_id).items:
        pictures.delete(ada.user_id, picture.id)
    assert counts(bring(ada, content)) == (2, 0, 0)
    assert "Import finished: 2 new pictures" in ada.client.get("/notifications/").content.decode()


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
        (b"", "The upload failed"),
        (b"PK", "isn’t an APT Magic archive"),
        (b"hello, this is a letter and no archive at all", "isn’t an APT Magic archive"),
        (zipped({"holiday.jpg": b"photo"}), "isn’t an APT Magic archive"),
        (an_archive((record(), png(7)))[:-30], "damaged"),
        (lying(an_archive((record(), png(7)))), "larger than any APT Magic archive"),
    ],
    ids=["empty", "tiny", "letter", "holiday", "cut", "lying"],
)
def test_what_is_no_archive_of_ours_is_said_so(
    ada: Any, bring: Any, content: bytes, said: str
) -> None:
    brought = bring(ada, content) if content else None
    if brought:
        assert brought.state == ExportState.FAILED and not any(counts(brought))
        page = ada.client.get(f"/settings/data/bring/{brought.id}/").content.decode()
    else:
        page = ada.client.get(f"/settings/data/bring/{new_id()}/").content.decode()
    assert said in page


# What strangers think of --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "about",
    [
        {"id": "\ud800"},
        {"job": "\ud800"},
        {"id": {"\ud800": []}, "job": None},
        {"created_at": "9999-12-31T23:59:59-23:59"},
        {"created_at": "0001-01-01T00:00:00+23:59"},
        {"created_at": "\ud800"},
        {"note": "🦊" * 500},
        {"alt": "\ud800\x00fox"},
        {"recipe": {**RECIPE, "prompt": "🦊fox" * 2500, "negative_prompt": "🦊" * 4000}},
    ],
    ids=range(9),
)
def test_odd_words_are_those_of_a_picture_all_the_same(
    ada: Any, bring: Any, about: dict[str, Any]
) -> None:
    assert counts(bring(ada, an_archive((record(**about), png(7))))) == (1, 0, 0)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=40),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner),
    max_leaves=5,
)
FIELDS = ("id", "job", "created_at", "alt", "note", "recipe")
WISHED = ("prompt", "negative_prompt", "model", "aspect_ratio", "style_preset", "seed")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    about=some.dictionaries(some.sampled_from(FIELDS), JSON),
    recipe=some.dictionaries(some.sampled_from(WISHED), JSON),
    content=some.binary(max_size=60) | some.sampled_from([png(7), png(7)[:70]]),
)
def test_whatever_a_record_says_its_picture_is_taken_or_refused(
    ada: Any, fake_moderation: None, about: dict[str, Any], recipe: dict[str, Any], content: bytes
) -> None:
    said = {**json.loads(record()), "recipe": {**RECIPE, **recipe}, **about}
    with suppress(TooManyRequests):
        assert importing.import_picture(ada.user_id, ImportedPicture(said, content)) in ImportResult


@pytest.mark.parametrize("size", [(16, 16), (49, 40), (64, 1400), (1400, 64), (16, 16_000)])
def test_a_small_or_narrow_picture_comes_in(
    ada: Any, bring: Any, settings: Any, looked_at: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    provider = "tests.unit.accounts.privacy.test_import.OnlyPictures"
    settings.MODERATION = {"BACKEND": provider, "OPTIONS": {}}
    load_backend.cache_clear()
    assert counts(bring(ada, an_archive((record(), png(7, size))))) == (1, 0, 0)
    [picture] = pictures.list_pictures(ada.user_id).items
    assert (picture.width, picture.height) == size and len(looked_at) == 1


class OnlyPictures(GuardrailAndRekognition):
    def refuses_text(self, words: str) -> bool:
        return False


def test_a_ribbon_that_no_page_could_show_is_left_out(ada: Any, bring: Any) -> None:
    assert counts(bring(ada, an_archive((record(), png(7, (16, 20_000)))))) == (0, 0, 1)


def test_however_many_pictures_are_said_to_be_of_one_job_they_come(ada: Any, bring: Any) -> None:
    about = {"recipe": {**RECIPE, "prompt": "🦊fox" * 2500}, "note": "🦊" * 500}
    many = an_archive(*((record(**about, id=str(n)), png(n)) for n in range(9)))
    assert counts(bring(ada, many)) == (9, 0, 0)
    found = pictures.list_pictures(ada.user_id).items
    sizes = [len(jobs.get(ada.user_id, job).slots) for job in {each.job_id for each in found}]
    assert sorted(sizes) == [1, 1, 1, 1, 1, 4]
    for picture in found:
        pictures.delete(ada.user_id, picture.id)
    assert counts(bring(ada, many)) == (9, 0, 0), "each comes back to its place"
    again = {each.job_id: each.id for each in pictures.list_pictures(ada.user_id).items}
    assert set(again) == {each.job_id for each in found}


# What cannot be paid for, or not now --------------------------------------------------------------
def allow_imports(settings: Any, number: int) -> None:
    """So many pictures in a day."""
    counted = {"limits": {"person": (number, 86_400)}, "fail_open": False}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "import-picture": counted}


def test_an_import_ends_with_the_pictures_of_a_day_and_goes_on_when_it_is_sent_again(
    ada: Any, bring: Any, settings: Any, clock: Clock
) -> None:
    archive = an_archive(*((record(id=str(n)), png(n)) for n in range(5)))
    allow_imports(settings, 3)
    brought = bring(ada, archive)
    assert (brought.state, brought.reason) == (ExportState.READY, "limit")
    assert counts(brought) == (3, 0, 0)
    page = ada.client.get(f"/settings/data/bring/{brought.id}/").content.decode()
    assert "Import the same archive again tomorrow" in page
    clock.now += 86_400
    assert counts(bring(ada, archive)) == (2, 3, 0)


def test_pictures_that_are_known_count_for_nothing(ada: Any, bring: Any, settings: Any) -> None:
    archive = an_archive((record(), png(7)), (record(id="2"), png(8)))
    allow_imports(settings, 2)
    assert counts(bring(ada, archive)) == (2, 0, 0)
    assert counts(bring(ada, archive)) == (0, 2, 0)


def test_a_service_that_is_busy_refuses_no_picture_and_is_asked_again(
    ada: Any, bring: Any, aws: Any, task_queue: Any, hook: Any, settings: Any
) -> None:
    settings.MODERATION = {"BACKEND": GUARDRAIL, "OPTIONS": {}}
    load_backend.cache_clear()
    asked: list[int] = []

    def throttle(**_: Any) -> Any:
        asked.append(1)
        if len(asked) < 3:
            return SimpleNamespace(status_code=429), {"Error": {"Code": "ThrottlingException"}}
        return SimpleNamespace(status_code=200), {"action": "NONE"}

    hook(aws("bedrock-runtime"), "before-call.bedrock-runtime.ApplyGuardrail", throttle)
    hook(aws("rekognition"), DETECT, lambda **_: (SimpleNamespace(status_code=200), NO_LABELS))
    waits: list[int] = []
    hook(
        aws("sqs"),
        "provide-client-params.sqs.SendMessage",
        lambda params, **_: waits.append(params["DelaySeconds"]),
    )
    assert counts(bring(ada, an_archive((record(), png(7))))) == (1, 0, 0)
    assert len(asked) == 3 and waits.count(imports.PAUSE_SECONDS) == 2


def sent(aws: Any, who: Any, content: bytes) -> str:
    upload_id = new_id()
    key = uploads.key(who.user_id, uploads.ARCHIVE, upload_id)
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=content)
    imports.start(who.user_id, upload_id)
    return upload_id


def received(message: dict[str, Any], times: int) -> dict[str, Any]:
    """As a queue brings a message for the so-many-th time."""
    about = {"ApproximateReceiveCount": str(times)}
    return {"Records": [{"messageId": "m", "body": json.dumps(message), "attributes": about}]}


def test_a_picture_at_which_every_try_fails_is_left_out_and_the_others_come(
    ada: Any, aws: Any, hook: Any, task_queue: Any, events: Any
) -> None:
    poison = png(99)

    def fail(params: dict[str, Any], **_: Any) -> None:
        if hashlib.sha256(poison).hexdigest() in str(params):
            raise ZeroDivisionError  # a bug of ours that only this picture finds

    upload_id = sent(aws, ada, an_archive(*((record(id=str(n)), png(n)) for n in (1, 99, 3))))
    hook(dynamodb(), "provide-client-params.dynamodb.TransactWriteItems", fail)
    [message] = task_queue.messages
    task_queue.messages.clear()
    for times in range(1, 5):
        assert handler(received(message, times)) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert handler(received(message, 5)) == {"batchItemFailures": []}
    while task_queue.messages:
        task_queue.deliver()
    intake = imports.get(ada.user_id, upload_id)
    assert (intake.state, counts(intake)) == (ExportState.READY, (2, 0, 1))


def test_an_archive_whose_every_try_fails_is_over_and_its_owner_is_told(
    ada: Any, aws: Any, hook: Any, task_queue: Any, events: Any
) -> None:
    upload_id = sent(aws, ada, an_archive((record(), png(7))))
    [message] = task_queue.messages
    task_queue.messages.clear()

    def fail(**_: Any) -> None:
        raise MemoryError

    hook(aws("s3"), "before-call.s3.GetObject", fail)
    hook(aws("s3"), "before-call.s3.HeadObject", fail)
    for times in range(1, 6):
        handler(received(message, times))
    events.deliver()
    assert imports.get(ada.user_id, upload_id).state == ExportState.FAILED
    assert "Your import failed. This archive is damaged" in page_of_alerts(ada)


def page_of_alerts(who: Any) -> str:
    return str(who.client.get("/notifications/").content.decode())


def test_whoever_sends_something_else_is_told_so(ada: Any, bring: Any) -> None:
    bring(ada, zipped({"holiday.jpg": b"photo"}))
    assert "Your import failed. This isn’t an APT Magic archive" in page_of_alerts(ada)


def test_nobody_brings_what_somebody_else_has_sent(ada: Any, bob: Any, aws: Any) -> None:
    upload_id = new_id()
    key = uploads.key(ada.user_id, uploads.ARCHIVE, upload_id)
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=b"hers")
    answer = bob.client.get(f"/settings/data/bring/{upload_id}/")
    assert answer.status_code == 422 and "The upload failed" in answer.content.decode()


def test_a_long_archive_takes_several_messages_and_survives_a_death(
    ada: Any, hook: Any, aws: Any, task_queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_SECONDS", 0)
    ticks = iter(range(1000))
    monkeypatch.setattr(imports.time, "monotonic", lambda: next(ticks) // 3)  # a picture or two
    archive = an_archive(*((record(id=str(n)), png(n)) for n in range(5)))
    died: list[str] = []

    def die(**_: Any) -> None:
        if len(pictures.list_pictures(ada.user_id).items) == 3 and not died:
            died.append("here")
            task_queue.messages.append(
                {"command": "import_archive", "input": {"user_id": ada.user_id, "upload_id": here}}
            )
            raise ClientError({"Error": {"Code": "Killed", "Message": ""}}, "TransactWriteItems")

    upload_id = here = new_id()
    key = uploads.key(ada.user_id, uploads.ARCHIVE, upload_id)
    aws("s3").put_object(Bucket=site.PRIVATE_BUCKET, Key=key, Body=archive)
    imports.start(ada.user_id, upload_id)
    hook(dynamodb(), "before-call.dynamodb.TransactWriteItems", die)
    while task_queue.messages:
        try:
            task_queue.deliver()
        except TransactWriteError:
            continue
    assert died and counts(imports.get(ada.user_id, upload_id)) == (5, 0, 0)
    assert len(pictures.list_pictures(ada.user_id).items) == 5
    assert list(ScheduledTask.query("DUE")) == []
