"""An archive: asked for on a page, bound by the worker, fetched for a week."""

import csv
import io
import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError
from django.conf import settings as site

from accounts.identity import sessions
from accounts.identity.cognito.protocol import SignedIn
from accounts.privacy import export_zip, exports, personal_data
from accounts.privacy.models import Export, ExportState
from accounts.profiles import profiles
from aptmagic.aws import scheduled_tasks
from aptmagic.aws.scheduled_tasks import ScheduledTask
from gallery.notifications.models import Notification
from gallery.social import likes
from generation.library.models import Picture
from generation.library.personal_data import PictureData
from tests.unit.conftest import browser_of

LINK = re.compile(r'(?:href|src)="([^"]+)"')


@pytest.fixture
def finish(task_queue: Any, events: Any) -> Any:
    """Carry messages until there are none; a message may come `times` over."""

    def until_quiet(times: int = 1) -> None:
        while task_queue.messages or events.messages:
            task_queue.deliver(times=times)
            events.deliver(times=times)

    return until_quiet


@pytest.fixture
def made(finish: Any, aws: Any) -> Any:
    """`made(ada)`: her archive, and everything in it by name."""

    def archived(who: Any, **how: int) -> tuple[Export, dict[str, bytes]]:
        exports.start(who.user_id)
        finish(**how)
        [archive] = exports.list_exports(who.user_id)
        assert archive.state == ExportState.READY
        return archive, contents(aws, archive)

    return archived


def contents(aws: Any, archive: Export) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number in range(len(archive.parts)):
        key = export_zip.part_key(archive, number)
        stored = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=key)
        with ZipFile(BytesIO(stored["Body"].read())) as book:
            assert book.testzip() is None
            found |= {name: book.read(name) for name in book.namelist()}
    return {name.removeprefix(f"apt-magic-{archive.handle}/"): found[name] for name in found}


def named(found: dict[str, bytes], ending: str) -> list[str]:
    return [name for name in found if name.startswith("pictures/") and name.endswith(ending)]


def test_a_person_asks_for_an_archive_and_is_told_when_it_is_there(
    ada: Any, share: Any, finish: Any
) -> None:
    share(ada, caption="Fox")
    assert ada.client.post("/settings/data/archive/").status_code == 303
    assert "Preparing your archive" in ada.client.get("/settings/data/").content.decode()
    finish()
    assert "Download" in ada.client.get("/settings/data/").content.decode()
    assert "archive is ready" in ada.client.get("/notifications/").content.decode()


def test_everything_is_in_it_and_nothing_of_others(
    ada: Any, bob: Any, share: Any, draw: Any, made: Any
) -> None:
    share(ada, caption="My fox", tags=["fox"], visibility="private")
    draw(ada, "a kept secret")
    his = share(bob, caption="His owl")
    likes.like(ada.user_id, his.id)
    _archive, found = made(ada)
    account = json.loads(found["data/account.json"])
    assert account["profile"]["email"] == "ada@example.org"
    assert [post["caption"] for post in json.loads(found["data/posts.json"])] == ["My fox"]
    assert [like["post"] for like in json.loads(found["data/likes.json"])] == [his.id]
    assert len(json.loads(found["data/jobs.json"])) == 2
    lines = list(csv.DictReader(io.StringIO(found["data/credits.csv"].decode("utf-8-sig"))))
    assert [line["credits"] for line in lines] == ["25"]
    recipes = [json.loads(found[name]) for name in named(found, ".json")]
    assert {each["recipe"]["prompt"] for each in recipes} == {"a fox in the snow", "a kept secret"}
    assert [each["post"]["tags"] for each in recipes if each["post"]] == [["fox"]]
    assert len(named(found, ".png")) == len(named(found, ".webp")) == 2
    everything = b"".join(found.values()).decode("utf-8", "replace")
    assert "His owl" not in everything and bob.user_id not in everything


def test_a_big_library_comes_in_parts_that_are_one_gallery(
    ada: Any, draw: Any, made: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPORT_PART_BYTES = 24  # three pictures of two files of four bytes
    monkeypatch.setattr(export_zip, "PICTURES_PER_PAGE", 2)
    for number in range(7):
        draw(ada, f"picture number {number}")
    archive, found = made(ada)
    assert [int(part.pictures) for part in archive.parts] == [3, 3, 1]
    assert len({export_zip.file_name(archive, number) for number in range(3)}) == 3
    assert len(named(found, ".png")) == 7
    pages = [name for name in found if name.endswith(".html") and "/" not in name]
    assert len(pages) == 5 and "index.html" in pages
    assert broken_links(found) == []


def broken_links(found: dict[str, bytes]) -> list[str]:
    """Whatever leads to nothing in the folder: it has to work without a connection."""
    broken = []
    for name in [name for name in found if name.endswith(".html")]:
        for link in LINK.findall(found[name].decode()):
            if link.startswith("#"):
                continue
            parts: list[str] = []
            for part in (*PurePosixPath(name).parent.parts, *unquote(link).split("/")):
                parts = parts[:-1] if part == ".." else [*parts, part]
            if "/".join(parts) not in found:
                broken.append(f"{name}: {link}")
    return broken


def test_words_are_words_in_its_pages_and_its_file_names(ada: Any, draw: Any, made: Any) -> None:
    draw(ada, '../../<script>alert("Ötzi")</script>')
    draw(ada, "狐 в снегу")
    _archive, found = made(ada)
    assert all(re.fullmatch(r"[a-z0-9./-]+", name) for name in named(found, ""))
    assert not any("<script>" in found[name].decode() for name in found if ".html" in name)
    assert broken_links(found) == []
    [first, second] = sorted(named(found, ".png"), key=len, reverse=True)
    assert "script-alert-otzi-script" in first and second.count("-") == 3


def test_a_worker_that_dies_over_a_part_binds_it_anew(
    ada: Any, draw: Any, task_queue: Any, finish: Any, hook: Any, aws: Any
) -> None:
    draw(ada)
    exports.start(ada.user_id)
    died: list[str] = []

    def die(model: Any, params: Any, **_: Any) -> None:
        if "exports/" in params["url_path"] and not died:
            died.append("here")
            raise ClientError({"Error": {"Code": "Killed", "Message": ""}}, "PutObject")

    hook(aws("s3"), "before-call.s3.PutObject", die)
    [message] = task_queue.messages[:1]
    with pytest.raises(ClientError):
        task_queue.deliver()
    assert died and exports.list_exports(ada.user_id)[0].state == ExportState.WORKING
    task_queue.messages.append(message)  # the queue brings it again
    finish()
    [archive] = exports.list_exports(ada.user_id)
    assert archive.state == ExportState.READY and len(named(contents(aws, archive), ".png")) == 1


def test_messages_that_come_twice_make_one_archive_and_one_alert(
    ada: Any, draw: Any, made: Any, settings: Any
) -> None:
    settings.EXPORT_PART_BYTES = 8
    draw(ada)
    draw(ada)
    archive, found = made(ada, times=2)
    assert len(archive.parts) == len(named(found, ".png")) == 2
    rows = list(Notification.query(f"N#{ada.user_id}", Notification.sk.startswith("R#")))
    assert [row.kind for row in rows] == ["export-ready"]
    assert list(ScheduledTask.query("DUE")) == []


def test_a_chain_that_broke_is_taken_up_by_an_errand(
    ada: Any, task_queue: Any, finish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.start(ada.user_id)
    task_queue.messages.clear()  # it failed five times, and waits for a person
    real = scheduled_tasks.now
    monkeypatch.setattr(scheduled_tasks, "now", lambda: real() + timedelta(hours=2))
    assert scheduled_tasks.dispatch_due() == 1
    finish()
    assert (
        exports.list_exports(ada.user_id)[0].state == ExportState.READY
        and scheduled_tasks.dispatch_due() == 0
    )


def test_what_cannot_be_made_is_said_so_after_a_day_and_may_be_asked_for_again(
    ada: Any, task_queue: Any, finish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.start(ada.user_id)
    real = exports.now
    with monkeypatch.context() as later:
        later.setattr(exports, "now", lambda: real() + timedelta(days=2))
        finish()
    assert "Export failed" in ada.client.get("/settings/data/").content.decode()
    exports.start(ada.user_id)
    finish()
    assert [each.state for each in exports.list_exports(ada.user_id)] == [
        ExportState.READY,
        ExportState.FAILED,
    ]


def test_only_its_owner_fetches_it_who_has_just_shown_who_they_are(
    ada: Any, bob: Any, draw: Any, made: Any
) -> None:
    draw(ada)
    archive, _found = made(ada)
    address = f"/settings/data/archive/{archive.id}/1/"
    assert in_person(ada).get(address).headers["Location"].startswith("https://aptmagic-local")
    assert in_person(bob).get(address).status_code == 404
    assert in_person(ada).get(address.replace("/1/", "/2/")).status_code == 404
    stale = in_person(ada, proved=False).get(address)
    assert stale.headers["Location"].startswith("/settings/security/")
    assert stale.headers["Location"].endswith("?next=%2Fsettings%2Fdata%2F")
    archive.update([Export.expires_at.set(exports.now() - timedelta(minutes=1))])
    assert in_person(ada).get(address).status_code == 404


def in_person(who: Any, *, proved: bool = True) -> Any:
    """Their browser, in a session that began this moment, or long ago."""
    signed_in = SignedIn(who.user_id, who.user_id, "", (), "refresh", "access")
    person = sessions.start(signed_in, profiles.get_own(who.user_id))
    if not proved:
        session = sessions.get_active(person)
        session.update([sessions.Session.authenticated_at.remove()])
    return browser_of(person)


def test_a_picture_whose_file_is_lost_does_not_stop_the_others(
    ada: Any, draw: Any, made: Any
) -> None:
    lost = draw(ada, "lost")
    draw(ada, "kept")
    Picture(*Picture.key(lost)).update([Picture.width.set(1024)])  # of which there is no file
    archive, found = made(ada)
    assert archive.pictures == len(named(found, ".png")) == 1


def test_a_spreadsheet_runs_nothing_of_it() -> None:
    [_header, line] = personal_data.csv_lines(
        ("what",), [["=HYPERLINK(1)", "-5", "@x", "+1", "-cmd"]]
    )
    assert line.strip() == "'=HYPERLINK(1),-5,'@x,'+1,'-cmd"


def test_of_two_clicks_at_once_one_makes_an_archive_and_both_get_it(
    ada: Any, before: Any, task_queue: Any
) -> None:
    first: list[Export] = []
    before("TransactWriteItems", lambda: first.append(exports.start(ada.user_id)))
    second = exports.start(ada.user_id)
    assert second.id == first[0].id == exports.start(ada.user_id).id
    assert [each.id for each in exports.list_exports(ada.user_id)] == [second.id]
    assert len(task_queue.messages) == 1 and len(list(ScheduledTask.query("DUE"))) == 1


def test_of_two_clicks_at_once_after_an_archive_one_makes_the_next(
    ada: Any, before: Any, finish: Any, task_queue: Any
) -> None:
    earlier = exports.start(ada.user_id)
    finish()
    first: list[Export] = []
    before("TransactWriteItems", lambda: first.append(exports.start(ada.user_id)))
    second = exports.start(ada.user_id)
    assert second.id == first[0].id != earlier.id
    assert {each.id for each in exports.list_exports(ada.user_id)} == {earlier.id, second.id}


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Đường phố Đà Nẵng, mưa đêm", "duong-pho-da-nang-mua-dem"),
        ("Smørrebrød in Łódź", "smorrebrod-in-lodz"),
        ("東京の夜", ""),
    ],
)
def test_a_file_is_called_by_the_first_words_in_plain_letters(
    ada: Any, draw: Any, prompt: str, name: str
) -> None:
    picture_id = draw(ada, prompt)
    [picture] = PictureData().export_pictures(ada.user_id, [picture_id])
    words = f"-{name}" if name else ""
    assert picture.name == f"{picture.created_at:%Y-%m-%d}{words}-{picture_id[-8:].lower()}"
