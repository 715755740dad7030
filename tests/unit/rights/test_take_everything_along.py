"""An archive: asked for on a page, bound by the worker, fetched for a week."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.conf import settings as site

from accounts.rights import archives, binding
from accounts.rights.models import State


def deliver_all(chores: Any, events: Any) -> None:
    while chores.messages or events.messages:
        chores.deliver()
        events.deliver()


def book(aws: Any, archive: Any, number: int = 0) -> ZipFile:
    stored = aws("s3").get_object(Bucket=site.PRIVATE_BUCKET, Key=binding.key(archive, number))
    return ZipFile(BytesIO(stored["Body"].read()))


def test_a_person_asks_for_an_archive_and_is_told_when_it_is_there(
    ada: Any, share: Any, chores: Any, events: Any, aws: Any
) -> None:
    share(ada, caption="Fox")
    answer = ada.client.post("/settings/data/archive/")
    assert answer.status_code == 303
    assert "being made" in ada.client.get("/settings/data/").content.decode()
    deliver_all(chores, events)
    [archive] = archives.of(ada.user_id)
    assert archive.state == State.READY
    page = ada.client.get("/settings/data/").content.decode()
    assert "Download" in page
    assert "archive is ready" in ada.client.get("/notifications/").content.decode()
    found = book(aws, archive)
    assert found.testzip() is None
    names = found.namelist()
    print(names)
    [recipe] = [name for name in names if "/pictures/" in name and name.endswith(".json")]
    assert json.loads(found.read(recipe))["post"]["caption"] == "Fox"
