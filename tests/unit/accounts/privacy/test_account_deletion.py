"""Leaving: hidden at once, two weeks to change one's mind, then erased."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.privacy import account_deletion
from accounts.profiles import profiles
from aptmagic.aws import scheduled_tasks
from aptmagic.errors import Conflict
from gallery.feeds import feeds
from tests.unit.fake_identity_provider import PASSWORD


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`clock(days=15)`: so much later, for whoever asks what is due."""
    real = account_deletion.now

    def later(**much: float) -> None:
        for module in (account_deletion, scheduled_tasks):
            monkeypatch.setattr(module, "now", lambda: real() + timedelta(**much))

    return later


def test_who_leaves_is_hidden_at_once_and_can_stay(
    ada: Any, bob: Any, share: Any, task_queue: Any, public_files: Any
) -> None:
    post = share(ada, caption="Fox")
    account_deletion.request(ada.user_id)
    task_queue.deliver()
    assert public_files() == []
    assert Client().get(f"/p/{post.id}/").status_code == 404
    assert Client().get("/@ada/").status_code == 404
    assert feeds.latest(bob.viewer).items == []
    assert "deleted on" in ada.client.get("/settings/data/").content.decode()
    account_deletion.cancel(ada.user_id)
    task_queue.deliver()
    assert Client().get(f"/p/{post.id}/").status_code == 200
    assert Client().get("/@ada/").status_code == 200
    assert len(public_files()) == 2
    assert [card.id for card in feeds.latest(bob.viewer).items] == [post.id]


def test_nothing_is_due_before_the_day_and_nothing_after_staying(
    ada: Any, task_queue: Any, clock: Any
) -> None:
    account_deletion.request(ada.user_id)
    clock(days=13)
    assert scheduled_tasks.dispatch_due() == 0
    account_deletion.cancel(ada.user_id)
    clock(days=15)
    assert scheduled_tasks.dispatch_due() == 0
    assert profiles.get(ada.user_id)


def test_on_the_day_it_is_too_late_to_stay(ada: Any, clock: Any) -> None:
    account_deletion.request(ada.user_id)
    clock(days=15)
    with pytest.raises(Conflict, match="too late"):
        account_deletion.cancel(ada.user_id)


REMINDER = "Your account will be deleted on"


def test_an_account_that_will_be_deleted_is_reminded_of_it_everywhere(
    signed_in_user: Any, share: Any
) -> None:
    ada = signed_in_user("ada")
    post = share(ada)
    account_deletion.request(ada.user_id)
    came_back = Client()
    said = {"email": "ada@example.org", "password": PASSWORD}
    assert came_back.post("/sign-in/", said)["Location"] == "/settings/data/"
    for page in ("/", "/create/", "/library/", f"/p/{post.id}/", "/settings/profile/"):
        assert REMINDER in came_back.get(page).content.decode(), page
    kept = came_back.post("/settings/data/stay/", follow=True)
    assert "Welcome back. Nothing was deleted." in kept.content.decode()
    assert REMINDER not in came_back.get("/").content.decode()
