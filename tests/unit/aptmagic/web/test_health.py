"""/healthz says how each thing we stand on is, and a crowd of strangers asks AWS once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from aptmagic.web import health


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stands in for what AWS is asked; names in `away` do not answer."""
    calls: list[str] = []
    health.clear_cache()
    checks = {name: check(name, calls) for name in health.CHECKS}
    monkeypatch.setattr(health, "CHECKS", checks)
    yield calls
    health.clear_cache()


away: set[str] = set()


@pytest.fixture(autouse=True)
def well() -> Iterator[None]:
    yield
    away.clear()


def check(name: str, calls: list[str]) -> Callable[[], None]:
    def ask() -> None:
        calls.append(name)
        if name in away:
            raise ConnectionError(name)

    ask.__name__ = f"_{name}"
    return ask


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_concurrent_requests_share_one_check(asked: list[str]) -> None:
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: Client().get("/healthz"), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(asked) == sorted(health.CHECKS)


def test_health_is_checked_again_after_the_cache_expires(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(health, "time", clock)
    assert Client().get("/healthz").json()["ok"] is True
    away.add("s3")
    clock.now += health.CACHE_SECONDS - 0.1
    assert Client().get("/healthz").status_code == 200
    clock.now += 0.2
    answer: Any = Client().get("/healthz")
    assert answer.status_code == 503 and answer["Cache-Control"] == "no-store"
    assert answer.json() == {**dict.fromkeys(health.CHECKS, "ok"), "ok": False, "s3": "unavailable"}
    away.clear()
    clock.now += health.CACHE_SECONDS
    assert Client().get("/healthz").status_code == 200 and len(asked) == 3 * len(health.CHECKS)
