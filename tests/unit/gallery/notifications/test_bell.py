"""The bell on every page says that there is something new, and stops saying so once it was seen."""

from typing import Any

from aptmagic.aws.dynamodb import new_id
from gallery import tasks


def test_the_bell_shows_what_was_not_seen(ada: Any) -> None:
    assert 'class="dot"' not in ada.client.get("/create/").text
    tasks.notify(
        event="job.ended",
        state="ready",
        user_id=ada.user_id,
        job_id=new_id(),
        pictures=1,
        prompt="a fox",
    )
    assert "1 new" in ada.client.get("/create/").text
    ada.client.get("/notifications/")
    assert 'class="dot"' not in ada.client.get("/create/").text
