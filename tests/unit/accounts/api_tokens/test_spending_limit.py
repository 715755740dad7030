"""A token with a cap spends so much in a calendar month, and not a credit more."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.billing import ledger
from generation.jobs import jobs, settlement
from tests.unit.conftest import Visitor
from tests.unit.fake_services import run_workflow

pytestmark = pytest.mark.usefixtures("fake_services")

FAST = 3  # credits a picture


class Program:
    """Somebody's script, with a token that has a cap."""

    def __init__(self, owner: Visitor, cap: int) -> None:
        self.owner = owner
        scopes = ["read", "generate"]
        secret = tokens.create(owner.user_id, "ada", scopes, cap=cap)
        self.client = Client(headers={"Authorization": f"Token {secret}"})

    def asks(self, prompt: str = "a lighthouse", *, count: int = 1, **headers: str) -> Any:
        wish = {"model": "fast", "prompt": prompt, "count": count}
        path = "/api/v1/generations/"
        return self.client.post(path, wish, content_type="application/json", headers=headers)

    def job(self, **said: Any) -> jobs.Job:
        return jobs.get(self.owner.user_id, self.asks(**said).json()["id"])

    @property
    def spent(self) -> int:
        return tokens.list_tokens(self.owner.user_id)[0].spent


def test_a_token_stops_at_its_cap_and_its_owner_does_not(ada: Visitor) -> None:
    program = Program(ada, 2 * FAST + 1)
    assert [program.asks().status_code for _ in range(3)] == [202, 202, 402]
    refused = program.asks()
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:aptmagic:problem:spending-cap"
    assert "can spend 7 a month and has spent 6. You weren’t charged." in refused.json()["detail"]
    assert (program.spent, ledger.get_balance(ada.user_id).reserved) == (6, 6)
    assert Program(ada, 2 * FAST + 1).asks().status_code == 202, "each has its own"
    page = ada.client.post("/create/", {"prompt": "a fox", "model": "fast"})
    assert page.status_code == 303


def test_one_wish_may_be_too_much_at_once(ada: Visitor) -> None:
    program = Program(ada, FAST)
    assert program.asks(count=2).status_code == 402
    assert program.asks(count=1).status_code == 202
    assert Program(ada, 0).asks().status_code == 402


@pytest.mark.parametrize(
    ("prompt", "spent"), [("a fox", 2 * FAST), ("a [decline] fox", 0), ("a [decline 8] fox", FAST)]
)
def test_what_was_not_needed_may_be_spent_again(ada: Visitor, prompt: str, spent: int) -> None:
    program = Program(ada, 2 * FAST)
    wish = {"model": "fast", "prompt": prompt, "count": 2, "seed": 7}
    asked = program.client.post("/api/v1/generations/", wish, content_type="application/json")
    assert program.spent == 2 * FAST
    ended = run_workflow(jobs.get(ada.user_id, asked.json()["id"]))
    assert (program.spent, ended.charged) == (spent, spent)
    settlement.settle(ada.user_id, ended.id)
    assert program.spent == spent


def test_a_cancelled_job_costs_no_allowance(ada: Visitor) -> None:
    program = Program(ada, FAST)
    job = program.job()
    program.client.post(f"/api/v1/generations/{job.id}/cancel/")
    assert program.spent == 0 and program.asks().status_code == 202


def test_a_replay_is_not_counted_again_and_a_second_try_is(ada: Visitor) -> None:
    program = Program(ada, FAST)
    key = {"Idempotency-Key": "once"}
    first = program.asks("a [decline] fox", **key)
    assert program.asks("a [decline] fox", **key).json()["id"] == first.json()["id"]
    assert program.spent == FAST
    job = run_workflow(jobs.get(ada.user_id, first.json()["id"]))
    again = f"/api/v1/generations/{job.id}/retry/"
    assert program.client.post(again).status_code == 202 and program.spent == FAST
    assert program.asks().status_code == 402


def test_a_month_begins_anew_and_what_comes_back_belongs_to_its_own(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def it_is(*day: int) -> None:
        monkeypatch.setattr(tokens, "now", lambda: datetime(*day, tzinfo=UTC))

    it_is(2026, 11, 30)
    program = Program(ada, FAST)
    job = program.job()
    assert "resets on 1 December 2026" in program.asks().json()["detail"]
    it_is(2026, 12, 1)
    assert program.spent == 0 and program.asks().status_code == 202
    settlement.cancel(ada.user_id, job.id)
    assert program.spent == FAST and program.asks().status_code == 402
    it_is(2026, 11, 30)
    assert program.spent == 0


def test_a_job_that_waits_for_its_turn_is_counted_too(ada: Visitor, settings: Any) -> None:
    settings.RUNNING_JOBS = 1
    program = Program(ada, 2 * FAST)
    assert [program.asks().status_code for _ in range(3)] == [202, 202, 402]


def test_a_revoked_token_leaves_its_jobs_alone(ada: Visitor) -> None:
    program = Program(ada, FAST)
    job = program.job(prompt="a [decline] fox")
    [listed] = tokens.list_tokens(ada.user_id)
    tokens.revoke(ada.user_id, listed.token.id)
    assert run_workflow(job).state == "failed"
    assert ledger.get_balance(ada.user_id).reserved == 0
