"""Transactions name what refused them, try again what passes, and share one connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from accounts.models import Balance, Entry, Hold, Profile
from aptmagic import dynamo
from aptmagic.dynamo import Cancelled, transaction
from aptmagic.errors import Busy
from gallery.models import Post
from generation.models import Job

USER = "U#ada"


def balance() -> Balance:
    return Balance(USER, "BAL")


def test_every_model_speaks_through_one_connection(aws: Callable[[str], Any]) -> None:
    clients = {
        id(model._get_connection().connection.client)
        for model in (Balance, Entry, Hold, Profile, Post, Job)
    }
    assert len(clients) == 1


def test_a_refusal_names_its_operation_whatever_the_order(aws: Callable[[str], Any]) -> None:
    Balance(USER, "BAL", available=1).save()
    Hold(USER, "HOLD#a", amount=1).save()
    with pytest.raises(Cancelled) as no, transaction() as work:
        work.update(
            "too poor",
            balance(),
            actions=[Balance.available.add(-5)],
            condition=Balance.available >= 5,
        )
        work.put_new("entry", Entry(USER, "TX#a", amount=1, reason="x", ref="a"))
        work.delete("hold", Hold(USER, "HOLD#b"), condition=dynamo.present(Hold))
    assert no.value.failed("too poor") and no.value.failed("hold")
    assert not no.value.failed("entry")
    assert Entry.find(USER, "TX#a") is None and Balance.get(USER, "BAL").available == 1


def test_a_conflict_is_tried_again_until_it_passes(aws: Callable[[str], Any]) -> None:
    with conflicts(times=3) as seen, transaction() as work:
        work.put_new("hold", Hold(USER, "HOLD#a", amount=1))
    assert seen == ["conflict"] * 3
    assert Hold.find(USER, "HOLD#a") is not None


def test_a_conflict_that_never_passes_is_said_kindly(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamo.time, "sleep", lambda seconds: None)
    refused = pytest.raises(Busy, match="nothing was changed")
    with conflicts(times=1000), refused, transaction() as work:
        work.put_new("hold", Hold(USER, "HOLD#a", amount=1))
    assert Hold.find(USER, "HOLD#a") is None


@contextmanager
def conflicts(times: int) -> Iterator[list[str]]:
    """DynamoDB as it is under contention (neither moto nor ministack ever says so)."""
    client = Hold._get_connection().connection.client
    seen: list[str] = []

    def refuse(**_: Any) -> None:
        if len(seen) < times:
            seen.append("conflict")
            reasons = [{"Code": "TransactionConflict", "Message": "busy"}]
            error = {"Code": "TransactionCanceledException", "Message": "busy"}
            raise ClientError(
                {"Error": error, "CancellationReasons": reasons}, "TransactWriteItems"
            )

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", refuse)
    try:
        yield seen
    finally:
        client.meta.events.unregister("before-call.dynamodb.TransactWriteItems", refuse)


def test_a_key_that_no_item_can_have_finds_nothing(aws: Callable[[str], Any]) -> None:
    sent: list[str] = []
    client = Hold._get_connection().connection.client

    def count(**_: Any) -> None:
        sent.append("request")

    client.meta.events.register("before-call.dynamodb", count)
    try:
        assert Hold.find("é" * 1025, "BAL") is None and Hold.find(USER, "x" * 1025) is None
        assert sent == []
    finally:
        client.meta.events.unregister("before-call.dynamodb", count)
