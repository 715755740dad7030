"""The demo people's pictures are drawn once, whatever a later version would draw."""

from typing import Any

from aptmagic.local.seed import POSTS
from gallery.management.commands import seed
from generation.jobs import jobs, submission
from tests.unit.fake_services import prompt_request
from tests.unit.posts_and_queues import fake_moderation

__all__ = ["fake_moderation"]


def test_a_demo_picture_of_an_earlier_version_stays_as_it_is(ada: Any) -> None:
    made = submission.submit(
        ada.user_id, prompt_request("drawn by an earlier version"), key="seed-0"
    )
    assert seed.create_post(ada.person, POSTS[0], key="seed-0") is None
    assert [job.id for job in jobs.recent(ada.user_id).items] == [made.id]
