from io import StringIO

import pytest
from django.core.management import call_command

from accounts import credits
from accounts.models import Balance
from aptmagic.dynamo import transaction
from tests.unit.conftest import Visitor


def check() -> str:
    out = StringIO()
    call_command("ledger", "check", stdout=out)
    return out.getvalue().strip()


def test_the_books_of_everybody_are_balanced(ada: Visitor, bob: Visitor) -> None:
    with transaction() as work:
        credits.reserve(work, ada.user_id, 8, reference="job-1")
    with transaction() as work:
        credits.reserve(work, bob.user_id, 8, reference="job-2")
    with transaction() as work:
        credits.settle(work, bob.user_id, reference="job-2", held=8, spent=4, reason="One picture")
    assert credits.funds(ada.user_id) == credits.Funds(available=17, reserved=8)
    assert credits.funds(bob.user_id) == credits.Funds(available=21, reserved=0)
    assert check() == "2 people, all balanced"


def test_an_imbalance_is_printed_and_fails(
    ada: Visitor, bob: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    Balance(*Balance.key(ada.user_id)).update(actions=[Balance.available.add(100)])
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ledger", "check", stdout=out)
    assert ended.value.code == 1
    assert ada.user_id in out.getvalue()
    assert bob.user_id not in out.getvalue()
    assert "entries add up to 25, but 125 are available and 0 reserved" in out.getvalue()
