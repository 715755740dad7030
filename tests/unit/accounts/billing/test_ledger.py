"""Ledger entries: added once per reference, newest first, worded when they are read."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import translation
from django.utils.module_loading import import_string
from pynamodb.exceptions import TransactWriteError
from ulid import ULID

from accounts.billing import entry_kinds, ledger
from accounts.billing.entry_kinds import PROMOTION, EntryKind
from accounts.billing.models import Entry, EntryReference
from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import ConditionFailed, transaction
from generation.jobs.ledger_entries import IMAGE_GENERATION
from tests.unit.conftest import Visitor
from tests.unit.failures import losing_answers

MOMENT = 1_790_000_000_000  # milliseconds
PAYMENT = EntryKind("payment", lambda entry: "Payment", object_type="payment")


def grant(user_id: str, reference: str, amount: int = 1) -> bool:
    return ledger.grant(user_id, amount, kind=PROMOTION, reference=reference)


def references(user_id: str) -> list[str]:
    return [entry.ref for entry in ledger.list_entries(user_id).items]


def pages(user_id: str, limit: int) -> list[list[str]]:
    found, before = [], None
    while True:
        page = ledger.list_entries(user_id, limit=limit, before=before)
        found.append([entry.ref for entry in page.items])
        if page.next is None:
            return found
        before = page.next


def spend(user_id: str, job_id: str, *, held: int, spent: int, quantity: int) -> None:
    with transaction() as work:
        ledger.reserve(work, user_id, held, reference=job_id)
    with transaction() as work:
        ledger.settle(
            work,
            user_id,
            reference=job_id,
            held=held,
            spent=spent,
            kind=IMAGE_GENERATION,
            quantity=quantity,
        )


def test_entries_are_listed_by_time_whatever_their_references(ada: Visitor) -> None:
    for reference in ("z", "a", "m"):
        grant(ada.user_id, reference)
    assert references(ada.user_id) == ["m", "a", "z", "welcome"]


def test_entries_of_the_same_millisecond_are_all_listed_once(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "new_id", lambda: str(ULID.from_timestamp(MOMENT / 1000)))
    names = {f"payment-{number}" for number in range(7)}
    for name in names:
        assert grant(ada.user_id, name)
    assert len({entry.id[:10] for entry in ledger.list_entries(ada.user_id).items}) == 2
    found = pages(ada.user_id, limit=2)
    assert [len(page) for page in found] == [2, 2, 2, 2]
    assert {name for page in found for name in page} == names | {"welcome"}
    assert ledger.get_balance(ada.user_id).available == 32


def test_a_page_ends_exactly_at_the_last_entry(ada: Visitor) -> None:
    grant(ada.user_id, "one")
    assert pages(ada.user_id, limit=2) == [["one", "welcome"]]


def test_a_repeated_grant_finds_its_reference_and_adds_nothing(ada: Visitor) -> None:
    assert grant(ada.user_id, "payment-1", 100)
    before = Entry.count(f"U#{ada.user_id}", Entry.sk.startswith("TX#"))
    assert not grant(ada.user_id, "payment-1", 100)
    assert not ledger.grant(ada.user_id, 999, kind=PAYMENT, reference="payment-1")
    assert Entry.count(f"U#{ada.user_id}", Entry.sk.startswith("TX#")) == before
    assert ledger.get_balance(ada.user_id).available == 125


def test_a_reference_counts_for_one_user(ada: Visitor, bob: Visitor) -> None:
    assert grant(ada.user_id, "payment-1") and grant(bob.user_id, "payment-1")


def test_a_grant_whose_answer_was_lost_is_not_added_again(ada: Visitor) -> None:
    with losing_answers(times=1), pytest.raises(TransactWriteError):
        grant(ada.user_id, "payment-1", 100)
    assert not grant(ada.user_id, "payment-1", 100)
    assert references(ada.user_id) == ["payment-1", "welcome"]
    assert ledger.get_balance(ada.user_id).available == 125


def test_a_hold_is_settled_once(ada: Visitor) -> None:
    spend(ada.user_id, "job-1", held=12, spent=6, quantity=2)
    with pytest.raises(ConditionFailed) as refused, transaction() as work:
        ledger.settle(work, ada.user_id, reference="job-1", held=12, spent=6, kind=IMAGE_GENERATION)
    assert refused.value.failed("hold") and refused.value.failed("reference")
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(19, 0)


def test_a_hold_that_is_released_leaves_no_entry(ada: Visitor) -> None:
    spend(ada.user_id, "job-1", held=12, spent=0, quantity=0)
    assert references(ada.user_id) == ["welcome"]
    assert EntryReference.find(*EntryReference.key(ada.user_id, "job-1")) is None


def test_an_entry_stores_facts_and_is_worded_when_it_is_read(ada: Visitor) -> None:
    spend(ada.user_id, "job-1", held=3, spent=3, quantity=1)
    spend(ada.user_id, "job-4", held=12, spent=12, quantity=4)
    four, one, welcome = ledger.list_entries(ada.user_id).items
    assert (four.kind, four.object_type, four.object_id, four.quantity, four.amount) == (
        "image-generation",
        "job",
        "job-4",
        4,
        -12,
    )
    assert not any("picture" in str(value) for value in four.attribute_values.values())
    assert entry_kinds.describe(four) == "Image generation · 4 pictures"
    assert entry_kinds.describe(one) == "Image generation · 1 picture"
    assert entry_kinds.describe(welcome) == "Welcome credits"
    assert entry_kinds.url(four) == "/jobs/job-4/" and entry_kinds.url(welcome) is None
    with translation.override("vi"):
        assert entry_kinds.describe(four) == "Tạo ảnh · 4 ảnh"
        assert entry_kinds.describe(welcome) == "Điểm chào mừng"


def test_an_object_may_have_another_id_than_the_reference(ada: Visitor) -> None:
    ledger.grant(ada.user_id, 100, kind=PAYMENT, reference="event-1", object_id="payment-1")
    entry = ledger.list_entries(ada.user_id).items[0]
    assert (entry.ref, entry.object_type, entry.object_id) == ("event-1", "payment", "payment-1")


@pytest.mark.parametrize(("amount", "sentence"), [(5, "Credits added"), (-5, "Credits spent")])
def test_a_kind_of_a_newer_release_is_worded_in_general(amount: int, sentence: str) -> None:
    entry = Entry(
        *Entry.key("ada", dynamodb.new_id()), amount=amount, kind="from-tomorrow", ref="r"
    )
    assert entry_kinds.describe(entry) == sentence and entry_kinds.url(entry) is None


def test_each_kind_is_declared_once_and_worded_in_both_languages() -> None:
    kinds: list[EntryKind] = [import_string(path) for path in site.LEDGER_ENTRY_KINDS]
    assert len({kind.name for kind in kinds}) == len(kinds)
    for kind in kinds:
        entry = Entry(*Entry.key("ada", "1"), amount=3, kind=kind.name, object_id="x", ref="x")
        with translation.override("en"):
            english = entry_kinds.describe(entry)
        with translation.override("vi"):
            assert entry_kinds.describe(entry) != english


def test_every_kind_that_the_apps_write_is_declared() -> None:
    declared = {path.rpartition(".")[2] for path in site.LEDGER_ENTRY_KINDS}
    used = set()
    for app in ("accounts", "generation", "gallery"):
        for path in Path(app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and "ledger." in ast.unparse(node.func):
                    used |= {
                        ast.unparse(each.value) for each in node.keywords if each.arg == "kind"
                    }
    assert used and used <= declared


def test_the_check_finds_a_reference_without_its_entry(ada: Visitor) -> None:
    EntryReference(*EntryReference.key(ada.user_id, "lost"), entry_id="01X").save()
    found = ledger.check(ada.user_id)
    assert not found.balanced and found.unmatched == ["lost"] and "lost" in str(found)


def test_the_check_finds_an_entry_without_its_reference(ada: Visitor) -> None:
    [welcome] = ledger.list_entries(ada.user_id).items
    EntryReference(*EntryReference.key(ada.user_id, welcome.ref)).delete()
    [found] = [each for each in ledger.check_all() if each.user_id == ada.user_id]
    assert not found.balanced and found.unmatched == ["welcome"]


def test_the_check_finds_a_reference_that_names_another_entry(ada: Visitor) -> None:
    EntryReference(*EntryReference.key(ada.user_id, "welcome"), entry_id="01X").save()
    assert ledger.check(ada.user_id).unmatched == ["welcome"]


def test_a_closed_account_keeps_a_balanced_ledger(ada: Visitor) -> None:
    ledger.close_account(ada.user_id)
    ledger.close_account(ada.user_id)
    entry: Any = ledger.list_entries(ada.user_id).items[0]
    assert (entry.kind, entry.amount) == ("account-closed", -25)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(0, 0)
    assert ledger.check(ada.user_id).balanced
