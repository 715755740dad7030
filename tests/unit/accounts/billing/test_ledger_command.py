import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.billing import ledger
from accounts.billing.entry_kinds import PROMOTION
from accounts.billing.models import Balance
from aptmagic.aws.dynamodb import transaction
from tests.unit.conftest import Visitor


def check() -> str:
    out = StringIO()
    call_command("ledger", "check", stdout=out)
    return out.getvalue().strip()


def test_the_books_of_everybody_are_balanced(ada: Visitor, bob: Visitor) -> None:
    with transaction() as work:
        ledger.reserve(work, ada.user_id, 8, reference="job-1")
    with transaction() as work:
        ledger.reserve(work, bob.user_id, 8, reference="job-2")
    with transaction() as work:
        ledger.settle(work, bob.user_id, reference="job-2", held=8, spent=4, kind=PROMOTION)
    assert ledger.get_balance(ada.user_id) == ledger.CreditBalance(available=17, reserved=8)
    assert ledger.get_balance(bob.user_id) == ledger.CreditBalance(available=21, reserved=0)
    assert check() == "2 users, all balanced"


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


@pytest.mark.parametrize(
    ("command", "cloud"), [(("ledger", "check"), "http://127.0.0.1:9"), (("token", "ada"), "")]
)
def test_where_nothing_answers_one_sentence_says_so(command: tuple[str, ...], cloud: str) -> None:
    """Neither a cloud nor anybody's credentials."""
    environment = {name: each for name, each in os.environ.items() if not name.startswith("AWS_")}
    nobody = {name: "/nowhere" for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
    signed_in = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"} if cloud else {}
    answer = subprocess.run(
        [sys.executable, "-m", "django", *command],
        capture_output=True,
        text=True,
        env={
            **environment,
            **nobody,
            **signed_in,
            "AWS_ENDPOINT_URL": cloud,
            "AWS_EC2_METADATA_DISABLED": "true",
            "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
            "PYTHONPATH": ".",
        },
    )
    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        "CommandError: Nothing answers: start the embedded cloud with make run, or sign in to AWS."
    )
