"""The ledger under concurrency, where DynamoDB's transactions are atomic: on the embedded cloud."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws.dynamodb import ConditionFailed, new_id, transaction
from generation.jobs.ledger_entries import IMAGE_GENERATION

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def ada() -> str:
    user_id = new_id().lower()
    unconfirmed.claim(user_id, f"ada{user_id[-12:]}", f"{user_id}@example.org")
    confirmation.confirm(user_id, f"{user_id}@example.org")
    return user_id


def references(user_id: str) -> list[str]:
    return [entry.ref for entry in ledger.list_entries(user_id).items]


def test_of_twenty_equal_grants_at_once_one_adds_credits(ada: str) -> None:
    before, listed = ledger.get_balance(ada).available, references(ada)

    def grant(_number: int) -> bool:
        return ledger.grant(ada, 100, kind=PROMOTION, reference="payment-1")

    with ThreadPoolExecutor(20) as crowd:
        granted = list(crowd.map(grant, range(20)))
    assert granted.count(True) == 1
    assert references(ada) == ["payment-1", *listed]
    assert ledger.get_balance(ada).available == before + 100
    assert ledger.check(ada).balanced


def test_of_ten_settlements_at_once_one_charges(ada: str) -> None:
    before = ledger.get_balance(ada)
    with transaction() as work:
        ledger.reserve(work, ada, 12, reference="job-1")

    def settle(_number: int) -> bool:
        try:
            with transaction() as work:
                ledger.settle(
                    work,
                    ada,
                    reference="job-1",
                    held=12,
                    spent=6,
                    kind=IMAGE_GENERATION,
                    quantity=2,
                )
        except ConditionFailed:
            return False
        return True

    with ThreadPoolExecutor(10) as crowd:
        settled = list(crowd.map(settle, range(10)))
    assert settled.count(True) == 1
    assert references(ada)[0] == "job-1"
    assert ledger.get_balance(ada) == ledger.CreditBalance(before.available - 6, before.reserved)
    assert ledger.check(ada).balanced


def test_different_grants_at_once_are_all_listed(ada: str) -> None:
    names = {f"gift-{number}" for number in range(20)}

    def grant(name: str) -> bool:
        return ledger.grant(ada, 1, kind=PROMOTION, reference=name)

    with ThreadPoolExecutor(20) as crowd:
        assert all(crowd.map(grant, names))
    assert names <= set(references(ada))
    assert ledger.check(ada).balanced
