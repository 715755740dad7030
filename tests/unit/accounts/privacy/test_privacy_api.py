"""What the pages can do with one's data, a program with the scope `account` can, too."""

from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.profiles import profiles


@pytest.fixture
def program(ada: Any) -> Client:
    secret = tokens.create(ada.user_id, "ada", ["account"])
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_program_fetches_everything(
    program: Client, ada: Any, share: Any, task_queue: Any
) -> None:
    share(ada)
    assert program.get("/api/v1/me/export/").status_code == 404
    asked = program.post("/api/v1/me/export/")
    assert asked.status_code == 202 and asked.json()["state"] == "working"
    assert program.post("/api/v1/me/export/").json()["id"] == asked.json()["id"]
    task_queue.deliver()
    ready = program.get("/api/v1/me/export/").json()
    assert (ready["state"], ready["pictures"], ready["bound"]) == ("ready", 1, 1)
    [part] = ready["parts"]
    assert part["name"].startswith("apt-magic-ada-") and part["url"].startswith("https://")


def test_a_program_leaves_for_its_person(program: Client, ada: Any) -> None:
    answer = program.delete("/api/v1/me/")
    assert answer.status_code == 202
    assert answer.json()["leaving_at"].startswith(
        f"{profiles.get_own(ada.user_id).deletes_at:%Y-%m-%d}"
    )


def test_without_the_scope_or_a_proof_nothing_happens(ada: Any) -> None:
    secret = tokens.create(ada.user_id, "ada", ["read"])
    reader = Client(headers={"Authorization": f"Bearer {secret}"})
    for who in (reader, ada.client):
        assert who.post("/api/v1/me/export/").status_code in (401, 403)
        assert who.delete("/api/v1/me/").status_code in (401, 403)
    assert profiles.get_own(ada.user_id).deletes_at is None
