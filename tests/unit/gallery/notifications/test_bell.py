"""The bell in the header shows the unread count until the notifications are opened."""

from typing import Any

from aptmagic.aws.dynamodb import new_id
from gallery import tasks


def test_the_bell_shows_the_unread_count(ada: Any) -> None:
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
