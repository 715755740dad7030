"""Guessing is slow for strangers and not for owners; who has to wait is told so on every door."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.api_tokens import tokens
from accounts.cookies import KNOWN_DEVICE
from accounts.identity import pending_signup
from aptmagic.aws.dynamodb import now
from aptmagic.errors import TooManyRequests
from aptmagic.rate_limits import limits
from tests.unit.aptmagic.rate_limits.test_limits import (
    Clock,
    RedisServer,
    clock,
    count_in_redis,
    running_redis,
)
from tests.unit.conftest import Visitor
from tests.unit.fake_identity_provider import CODE, PASSWORD, WRONG

__all__ = ["clock", "running_redis"]

ADA = "ada@example.org"


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


def try_from(client: Client, number: int, *, email: str = ADA, password: str = WRONG) -> Any:
    """Each stranger has an address of their own."""
    return client.post(
        "/sign-in/",
        {"email": email, "password": password},
        REMOTE_ADDR=f"81.2.{number // 256}.{number % 256}",
    )


def familiar(client: Client) -> Client:
    """A browser that ada has signed in with before, and out."""
    assert try_from(client, 1, password=PASSWORD).status_code == 303
    client.post("/sign-out/")
    return client


def test_guessing_ends_soon_from_however_many_addresses(ada: Visitor, clock: Clock) -> None:
    answers = [try_from(Client(), number) for number in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    assert answers[-1]["Retry-After"] == "90"
    said = " ".join(answers[-1].content.decode().split())
    assert "Too many sign-in attempts. Try again in 2 minutes." in said


def test_the_right_password_gets_no_other_answer_while_one_has_to_wait(
    ada: Visitor, clock: Clock
) -> None:
    for number in range(10):
        try_from(Client(), number)
    assert try_from(Client(), 11, password=PASSWORD).status_code == 429


def test_an_address_that_nobody_has_waits_as_long(ada: Visitor, clock: Clock) -> None:
    def hidden(answer: Any) -> str:
        return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', "", answer.content.decode())

    for email in (ADA, "nobody@example.org"):
        for number in range(10):
            try_from(Client(), number, email=email)
    known, unknown = (try_from(Client(), 11, email=m) for m in (ADA, "nobody@example.org"))
    assert (known.status_code, known["Retry-After"]) == (
        unknown.status_code,
        unknown["Retry-After"],
    )
    assert hidden(known).replace(ADA, "") == hidden(unknown).replace("nobody@example.org", "")


def test_strangers_do_not_lock_out_the_owner(ada: Visitor, clock: Clock) -> None:
    home = familiar(Client())
    for number in range(30):
        try_from(Client(), number)
    assert try_from(home, 2, password=PASSWORD).status_code == 303


def test_a_browser_that_was_stolen_guesses_no_faster(ada: Visitor, clock: Clock) -> None:
    home = familiar(Client())
    answers = [try_from(home, number).status_code for number in range(25)]
    assert answers == [422] * 20 + [429] * 5


def test_a_cookie_of_another_account_or_a_forged_one_makes_no_browser_familiar(
    ada: Visitor, signed_in_user: Callable[..., Visitor], clock: Clock
) -> None:
    signed_in_user("eve")
    evil = Client()
    evil.post("/sign-in/", {"email": "eve@example.org", "password": PASSWORD})
    evil.post("/sign-out/")
    forged = Client()
    forged.cookies[KNOWN_DEVICE] = evil.cookies[KNOWN_DEVICE].value[:-3] + "AAA"
    for number in range(10):
        try_from(Client(), number)
    for client in (evil, forged):
        assert try_from(client, 50, password=PASSWORD).status_code == 429


def test_ten_thousand_attempts_in_a_day_are_a_thousand_tries_and_ada_is_let_in(
    ada: Visitor, clock: Clock, running_redis: RedisServer, settings: Any
) -> None:
    count_in_redis(settings, running_redis.url)
    home, tries = familiar(Client()), 0
    for number in range(10_000):
        clock.now += 86_400 / 10_000
        address = f"81.{number % 250}.{number // 250}.9"
        try:
            limits.hit("sign-in", address=address, account=ADA)
            tries += 1
        except TooManyRequests:
            pass
    assert tries == pytest.approx(10 + 960, abs=2)
    assert try_from(home, 3, password=PASSWORD).status_code == 303


def test_one_address_does_not_try_every_account(ada: Visitor, settings: Any, clock: Clock) -> None:
    counts = {"address": (4, 900), "account": (10, 900)}
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "sign-in": {"limits": counts, "fail_open": False},
    }
    answers = [try_from(Client(), 7, email=f"p{n}@example.org").status_code for n in range(5)]
    assert answers == [422] * 4 + [429]


# As it is said ------------------------------------------------------------------------------------
@pytest.fixture
def once(settings: Any, clock: Clock) -> None:
    """Everything once an hour."""
    settings.RATE_LIMITS = {
        kind: {"limits": {whose: (1, 3600) for whose in limit["limits"]}, "fail_open": False}
        for kind, limit in settings.RATE_LIMITS.items()
    }


def test_a_page_says_how_long(ada: Visitor, once: None) -> None:
    limits.hit("like", person=ada.user_id)
    answer = ada.client.post("/p/01JABCDEFGHJKMNPQRSTVWXYZ0/like/", {"on": "1"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    said = " ".join(answer.content.decode().split())
    assert "<h1>Slow down a little</h1>" in said
    assert said.count("Try again in 1 hour.") == 1
    assert "3600 second" not in said


def test_htmx_gets_a_piece(ada: Visitor, once: None) -> None:
    limits.hit("like", person=ada.user_id)
    htmx = {"HX-Request": "true"}
    answer = ada.client.post("/p/01JABCDEFGHJKMNPQRSTVWXYZ0/like/", {"on": "1"}, headers=htmx)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "<html" not in answer.content.decode()
    assert "Try again in 1 hour." in answer.content.decode()


def test_a_program_gets_a_problem(ada: Visitor, once: None) -> None:
    token = tokens.create(ada.user_id, "ada", ["read"])
    program = Client(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/v1/me/").status_code == 200
    answer = program.get("/api/v1/me/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["type"] == "urn:aptmagic:problem:too-many"
    assert problem["detail"].endswith("Try again in 1 hour.")


def test_each_token_has_a_count_of_its_own(ada: Visitor, settings: Any, clock: Clock) -> None:
    counts = {"token": (1, 3600), "person": (3, 3600)}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api": {"limits": counts, "fail_open": False}}
    programs = [
        Client(headers={"Authorization": f"Bearer {tokens.create(ada.user_id, 'ada', ['read'])}"})
        for _ in range(4)
    ]
    statuses = [program.get("/api/v1/me/").status_code for program in (*programs[:1], *programs)]
    assert statuses == [200, 429, 200, 200, 429], "and all of them together have one, too"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sign-up/", {"handle": "fox", "email": "fox@example.org", "password": PASSWORD}),
        ("/sign-up/confirm/", {"email": ADA, "code": "111111", "password": "a badger in the sun"}),
        ("/sign-up/resend/", {"email": ADA}),
        ("/password/forgot/", {"email": ADA}),
        ("/password/reset/", {"email": ADA, "code": "111111", "password": "a badger in the sun"}),
    ],
)
def test_every_door_that_anybody_may_knock_at_counts(
    ada: Visitor, once: None, path: str, form: dict[str, str]
) -> None:
    knocks = [Client().post(path, form, REMOTE_ADDR="81.2.69.142") for _ in range(2)]
    assert knocks[0].status_code != 429
    assert (knocks[1].status_code, knocks[1]["Retry-After"]) == (429, "3600")
    assert "Try again in 1 hour." in knocks[1].content.decode()


def test_pictures_archives_and_tokens_count(ada: Visitor, once: None, fake_services: None) -> None:
    """Whatever takes long or lets somebody in."""
    for kind in ("generate", "export", "token", "upload"):
        limits.hit(kind, person=ada.user_id)
    prompt = {"prompt": "a fox", "model": "fast", "aspect_ratio": "1:1", "count": 1, "key": "k"}
    assert ada.client.post("/create/", prompt).status_code == 429
    assert ada.client.post("/settings/data/archive/").status_code == 429


# Codes and mails ----------------------------------------------------------------------------------
def guess(client: Client, number: int, *, code: str = "000000") -> int:
    said = {"email": ADA, "code": code, "password": "a badger in the sun"}
    address = f"81.3.{number // 256}.{number % 256}"
    return int(client.post("/password/reset/", said, REMOTE_ADDR=address).status_code)


def test_strangers_who_guess_codes_do_not_lock_out_the_browser_that_asked(
    ada: Visitor, clock: Clock
) -> None:
    owner = Client()
    owner.post("/password/forgot/", {"email": ADA}, REMOTE_ADDR="81.2.69.1")
    strangers = [guess(Client(), number) for number in range(20)]
    assert strangers == [422] * 6 + [429] * 14
    assert guess(owner, 100) == 422, "a slip"
    assert guess(owner, 100, code=CODE) == 303


def test_a_browser_that_asked_guesses_no_faster_and_not_for_ever(
    ada: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Client()
    stranger.post("/password/forgot/", {"email": ADA}, REMOTE_ADDR="81.2.69.1")
    assert [guess(stranger, 1) for _ in range(8)] == [422] * 6 + [429] * 2
    for number in range(6):
        guess(Client(), number)
    clock.now += 300  # room for two more, were it not over
    later = now() + pending_signup.REQUEST_COUNTS_FOR
    monkeypatch.setattr(pending_signup, "now", lambda: later)
    assert [guess(stranger, 1) for _ in range(4)] == [422] * 2 + [429] * 2, "as everybody's are"


def test_a_browser_that_asked_for_another_account_has_no_count_of_its_own(
    ada: Visitor, signed_in_user: Callable[..., Visitor], clock: Clock
) -> None:
    signed_in_user("eve")
    evil = Client()
    evil.post("/password/forgot/", {"email": "eve@example.org"}, REMOTE_ADDR="81.2.69.1")
    for number in range(6):
        guess(Client(), number)
    assert guess(evil, 50) == 429


def mails(path: str, number: int) -> int:
    """By strangers from everywhere, to one mailbox in all its spellings."""
    said = {
        "email": f"ada+{number}@example.org",
        "handle": f"fox_{number}",
        "password": "a badger in the sun",
    }
    address = f"81.4.{number}.1"
    return int(Client().post(path, said, REMOTE_ADDR=address).status_code)


@pytest.mark.parametrize("path", ["/sign-up/", "/sign-up/resend/", "/password/forgot/"])
def test_one_mailbox_gets_few_mails_however_many_ask(ada: Visitor, clock: Clock, path: str) -> None:
    answers = [mails(path, number) for number in range(12)]
    assert answers == [303] * 5 + [429] * 7


def test_strangers_who_ask_for_mails_leave_some_to_the_owner(ada: Visitor, clock: Clock) -> None:
    home, said = familiar(Client()), {"email": ADA}
    for number in range(8):
        Client().post("/password/forgot/", said, REMOTE_ADDR=f"81.5.{number}.1")
    asked = [home.post("/password/forgot/", said, REMOTE_ADDR="81.2.69.1") for _ in range(7)]
    assert [answer.status_code for answer in asked] == [303] * 5 + [429] * 2
