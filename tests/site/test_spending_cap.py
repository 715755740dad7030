"""A token's cap holds although many programs spend from it at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import credits, profiles, tokens
from accounts.errors import SpendingCap
from aptmagic.dynamo import new_id
from generation import jobs, settling
from generation.requests import checked

pytestmark = pytest.mark.usefixtures("cloud")


def test_twelve_at_once_spend_what_one_after_the_other_may() -> None:
    ada = new_id().lower()
    profiles.claim(ada, f"ada{ada[-12:]}", f"{ada}@example.org")
    profiles.welcome(ada, f"{ada}@example.org")
    token = tokens.verify(tokens.make(ada, "ada", ["generate"], cap=8))
    assert token
    purse = tokens.purse(token)

    def ask(number: int) -> str | None:
        wish = checked(model="fast", prompt=f"fox {number}")
        try:
            return jobs.submit(ada, wish, key=f"key-{number}", purse=purse).id
        except SpendingCap:
            return None

    with ThreadPoolExecutor(12) as together:
        made = [job_id for job_id in together.map(ask, range(12)) if job_id]
    assert len(made) == 2 and tokens.of(ada)[0].spent == 6
    for job_id in made:
        settling.cancel(ada, job_id)
    assert tokens.of(ada)[0].spent == 0
    assert credits.books(ada).balanced and credits.funds(ada).reserved == 0
