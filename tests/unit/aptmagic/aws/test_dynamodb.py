"""Transactions name the condition that failed, retry what is transient and share one client."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.retries.standard import ThrottledRetryableChecker
from pynamodb.exceptions import DeleteError, PutError, TransactWriteError, UpdateError

from accounts.billing.models import Balance, Entry, Hold
from accounts.profiles.models import Profile
from aptmagic.aws import clients, dynamodb
from aptmagic.aws.dynamodb import ConditionFailed, transaction
from aptmagic.errors import Busy
from gallery.posts.models import Post
from generation.jobs.models import Job
from tests.unit.failures import KINDS, failing, knowing_tokens, refusing, says
from tests.unit.failures import dynamodb as dynamodb_client

USER = "U#ada"
POOR = Balance.available >= 5


def balance() -> Balance:
    return Balance(USER, "BAL")


def put_hold(sk: str = "HOLD#a") -> None:
    with transaction() as work:
        work.put_new("hold", Hold(USER, sk, amount=1))


def test_all_models_share_one_client(aws: Callable[[str], Any]) -> None:
    shared = {
        id(model._get_connection().connection.client)
        for model in (Balance, Entry, Hold, Profile, Post, Job)
    }
    assert len(shared) == 1


def test_a_failed_condition_names_its_write_whatever_the_order(aws: Callable[[str], Any]) -> None:
    Balance(USER, "BAL", available=1).save()
    Hold(USER, "HOLD#a", amount=1).save()
    with pytest.raises(ConditionFailed) as no, transaction() as work:
        work.update(
            "too poor",
            balance(),
            actions=[Balance.available.add(-5)],
            condition=POOR,
        )
        work.put_new("entry", Entry(USER, "TX#a", amount=1, kind="x", ref="a"))
        work.delete("hold", Hold(USER, "HOLD#b"), condition=dynamodb.exists(Hold))
    assert no.value.failed("too poor") and no.value.failed("hold")
    assert not no.value.failed("entry")
    assert Entry.find(USER, "TX#a") is None and Balance.get(USER, "BAL").available == 1


@pytest.mark.parametrize("reason", sorted(dynamodb.TRANSIENT_REASONS))
def test_a_transient_failure_is_retried(aws: Callable[[str], Any], reason: str) -> None:
    with refusing(reason, times=3) as seen:
        put_hold()
    assert len(seen) == 3
    assert Hold.find(USER, "HOLD#a") is not None


def test_a_lasting_conflict_is_busy(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb.time, "sleep", lambda seconds: None)
    with refusing("TransactionConflict"), pytest.raises(Busy, match="Nothing was changed"):
        put_hold()
    assert Hold.find(USER, "HOLD#a") is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_failure_is_not_a_failed_condition(aws: Callable[[str], Any], kind: str) -> None:
    with failing(dynamodb_client(), kind=kind) as seen, pytest.raises(Exception) as no:
        put_hold()
    assert type(no.value) is (Busy if kind == "throttling" else TransactWriteError)
    assert seen == ["TransactWriteItems"] and Hold.find(USER, "HOLD#a") is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_an_invalid_request_is_not_a_failed_condition(aws: Callable[[str], Any], code: str) -> None:
    failed = failing(dynamodb_client(), kind=says(code, 400))
    with failed, pytest.raises(TransactWriteError):
        put_hold()


def test_a_failed_condition_beside_a_conflict_is_retried(aws: Callable[[str], Any]) -> None:
    """DynamoDB doesn't evaluate the conflicting item's condition, which may be the decisive one."""
    Hold(USER, "HOLD#a", amount=1).save()
    cancelled = refusing("None", "TransactionConflict", "ConditionalCheckFailed", times=2)
    with cancelled as seen, pytest.raises(ConditionFailed) as no, transaction() as work:
        work.put_new("entry", Entry(USER, "TX#a", amount=1, kind="x", ref="a"))
        work.put_new("hold", Hold(USER, "HOLD#a", amount=1))
        work.update("balance", balance(), actions=[Balance.available.add(-5)], condition=POOR)
    assert len(seen) == 2
    assert no.value.failed("hold") and no.value.failed("balance") and not no.value.failed("entry")


def test_a_failed_condition_beside_an_invalid_write_is_an_error(aws: Callable[[str], Any]) -> None:
    refused = refusing("ConditionalCheckFailed", "ValidationError")
    with refused as seen, pytest.raises(TransactWriteError), transaction() as work:
        work.put_new("hold", Hold(USER, "HOLD#a", amount=1))
        work.put_new("entry", Entry(USER, "TX#a", amount=1, kind="x", ref="a"))
    assert len(seen) == 1


def test_a_transaction_whose_response_was_lost_is_written_once(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore retries by itself, and DynamoDB recognises the transaction by its token."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    with knowing_tokens(lost=1) as tokens:
        put_hold()
    assert len(tokens) == 2 and len(set(tokens)) == 1
    assert Hold.find(USER, "HOLD#a") is not None


def test_a_transaction_in_progress_is_retried_with_its_own_token(
    aws: Callable[[str], Any],
) -> None:
    first: list[str] = []

    def in_progress(params: dict[str, Any], **_: Any) -> Any:
        first.append(json.loads(params["body"])["ClientRequestToken"])
        return says("TransactionInProgressException", 400)()

    with failing(dynamodb_client(), kind=in_progress, times=1), knowing_tokens() as sent:
        put_hold()
        put_hold("HOLD#b")
    assert first == sent[:1] and sent[0] != sent[1]


def test_the_error_code_is_read_from_any_exception() -> None:
    said = ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "PutObject")
    silent = ReadTimeoutError(endpoint_url="https://nowhere.example.com/")
    for error in (said, UpdateError("no", said), TransactWriteError("no", said)):
        assert clients.error_code(error) == "SlowDown" and clients.is_throttled(error)
    for mute in (silent, UpdateError("no", silent), UpdateError("no"), ValueError("no"), None):
        assert clients.error_code(mute) == ""


def test_the_throttling_codes_include_those_of_botocore() -> None:
    """Except for three that don't mean throttling here."""
    known = set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    others = {"LimitExceededException", "EC2ThrottledException", "TransactionInProgressException"}
    assert known - others <= clients.THROTTLING_CODES


def test_an_impossible_key_finds_nothing_without_a_request(aws: Callable[[str], Any]) -> None:
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


WRITES: dict[str, Callable[[Hold], bool]] = {
    "update": lambda hold: hold.update_if([Hold.amount.set(2)], condition=Hold.amount == 1),
    "save": lambda hold: Hold(hold.pk, hold.sk, amount=2).save_if(Hold.amount == 1),
    "delete": lambda hold: hold.delete_if(Hold.amount == 1),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_conditional_write_says_whether_its_condition_held(
    aws: Callable[[str], Any], write: Callable[[Hold], bool]
) -> None:
    put_hold()
    hold = Hold.find(USER, "HOLD#a")
    assert hold is not None
    assert [write(hold), write(hold)] == [True, False]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_a_service_failure_is_never_a_condition_that_did_not_hold(
    aws: Callable[[str], Any], write: Callable[[Hold], bool], kind: str
) -> None:
    put_hold()
    with failing(dynamodb_client(), kind=kind), pytest.raises((DeleteError, PutError, UpdateError)):
        write(Hold(USER, "HOLD#a"))
    hold = Hold.find(USER, "HOLD#a", consistent=True)
    assert hold is not None and hold.amount == 1
