"""The count is exact where DynamoDB is a process of its own, as many as may ask it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import TooManyRequests
from aptmagic.rate_limits import limits
from tests.embedded_cloud import EmbeddedCloud


def test_the_count_is_exact_in_a_crowd(cloud: EmbeddedCloud, settings: Any) -> None:
    settings.RATE_LIMITS = {"code": {"limits": {"account": (7, 86_400)}, "fail_open": False}}
    account = new_id()

    def taken(_: int) -> bool:
        try:
            limits.hit("code", account=account)
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(24) as crowd:
        assert sum(crowd.map(taken, range(120))) == 7
