"""Nobody does anything so often that it harms somebody: one verb counts, and says when again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as site

from aptmagic import buckets, limits
from aptmagic.backends import backend
from aptmagic.errors import Busy, TooMany

HOME = "81.2.69.142"


class Clock:
    """The time, to be moved by a test."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits.time, "time", clock.time)
    return clock


@pytest.fixture
def three(settings: Any, clock: Clock) -> Clock:
    """Three in a minute for each person, and five for each address."""
    counts = {"address": (5, 60), "person": (3, 60)}
    settings.LIMITS = {"comment": {"counts": counts, "uncounted": True}}
    return clock


def taken(times: int, **who: str | None) -> int:
    """How many of so many tries there was room for."""

    def try_once(_: int) -> bool:
        try:
            limits.take("comment", **who)
        except TooMany:
            return False
        return True

    return sum(map(try_once, range(times)))


def test_there_is_room_for_a_few_at_once_and_then_for_one_at_a_time(aws: Any, three: Clock) -> None:
    assert taken(10, person="ada") == 3
    three.now += 19.9
    assert taken(1, person="ada") == 0
    three.now += 0.2
    assert taken(5, person="ada") == 1
    three.now += 60
    assert taken(5, person="ada") == 3


def test_who_has_to_wait_is_told_for_how_long(aws: Any, three: Clock) -> None:
    taken(3, person="ada")
    three.now += 5
    with pytest.raises(TooMany, match="Try again in 15 seconds") as refused:
        limits.take("comment", person="ada")
    assert refused.value.retry_after == 15


def test_everybody_has_a_count_of_their_own(aws: Any, three: Clock) -> None:
    assert taken(5, person="ada") == 3
    assert taken(5, person="bob") == 3


def test_an_address_that_is_refused_uses_up_nothing_of_the_account(aws: Any, three: Clock) -> None:
    for name in ("bob", "eve"):
        taken(3, person=name, address=HOME)
    assert taken(5, person="ada", address=HOME) == 0
    assert taken(5, person="ada") == 3


def test_a_network_of_ipv6_addresses_counts_as_one(aws: Any, three: Clock) -> None:
    assert taken(4, address="2a00:1450:4001:81b::1") == 4
    assert taken(4, address="2a00:1450:4001:81b:ffff::2") == 1
    assert taken(4, address="2a00:1450:4001:81c::1") == 4


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1%eth0", "unknown", ""])
def test_an_address_that_many_have_is_not_counted(aws: Any, three: Clock, address: str) -> None:
    assert taken(20, address=address) == 20


def test_the_counters_know_nobody(aws: Callable[[str], Any], three: Clock) -> None:
    taken(1, person="ada@example.org", address=HOME)
    items = aws("dynamodb").scan(TableName="local-ephemeral")["Items"]
    assert len(items) == 2
    assert "ada" not in str(items)
    assert HOME not in str(items)


def test_the_count_is_exact_when_everybody_comes_at_once(aws: Any, three: Clock) -> None:
    with ThreadPoolExecutor(16) as people:
        assert sum(people.map(lambda _: taken(1, person="ada"), range(64))) == 3


@pytest.mark.parametrize("kind", site.LIMITS)
def test_every_kind_says_its_sentence(aws: Any, settings: Any, clock: Clock, kind: str) -> None:
    assert site.LIMITS[kind].keys() == {"counts", "uncounted"}
    for whose in site.LIMITS[kind]["counts"]:
        settings.LIMITS = {kind: {"counts": {whose: (1, 60)}, "uncounted": False}}
        who = {whose: HOME if whose == "address" else "ada"}
        limits.take(kind, **who)
        with pytest.raises(TooMany, match=r"^[A-Z][^.]+\. Try again in 1 minute\.$"):
            limits.take(kind, **who)


class Nobody:
    """Counters that are away."""

    def take(self, key: str, taking: buckets.Taking) -> float:
        raise buckets.Away


@pytest.fixture
def uncountable(settings: Any) -> None:
    settings.LIMITER = {"BACKEND": f"{__name__}.Nobody", "OPTIONS": {}}
    backend.cache_clear()


def test_no_password_is_tried_while_nobody_can_count(uncountable: None) -> None:
    with pytest.raises(Busy):
        limits.take("sign-in", account="ada@example.org")


def test_pictures_are_drawn_while_nobody_can_count(uncountable: None) -> None:
    limits.take("generate", person="ada")
