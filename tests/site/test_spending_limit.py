"""A token's cap holds although many programs spend from it at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.api_tokens import tokens
from accounts.billing import ledger
from accounts.errors import SpendingLimitReached
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws.dynamodb import new_id
from generation.jobs import settlement, submission
from generation.operations.validation import validate

pytestmark = pytest.mark.usefixtures("cloud")


def test_twelve_at_once_spend_what_one_after_the_other_may() -> None:
    ada = new_id().lower()
    unconfirmed.claim(ada, f"ada{ada[-12:]}", f"{ada}@example.org")
    confirmation.confirm(ada, f"{ada}@example.org")
    token = tokens.verify(tokens.create(ada, "ada", ["generate"], cap=8))
    assert token
    limit = tokens.spending_limit(token)

    def ask(number: int) -> str | None:
        wish = validate(model="fast", prompt=f"fox {number}")
        try:
            return submission.submit(ada, wish, key=f"key-{number}", spending_limit=limit).id
        except SpendingLimitReached:
            return None

    with ThreadPoolExecutor(12) as together:
        made = [job_id for job_id in together.map(ask, range(12)) if job_id]
    assert len(made) == 2 and tokens.list_tokens(ada)[0].spent == 6
    for job_id in made:
        settlement.cancel(ada, job_id)
    assert tokens.list_tokens(ada)[0].spent == 0
    assert ledger.check(ada).balanced and ledger.get_balance(ada).reserved == 0
