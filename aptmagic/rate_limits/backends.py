"""Where it is counted how often something happens: in DynamoDB, or in Redis where there is one.

A bucket holds `size` and fills evenly, from empty to full in `seconds`. All that is kept of one is
the moment, in milliseconds, at which it will be full again; taking moves that moment. Whether there
is room is a condition of that very write, so it is exact whoever else takes at the same time.
"""

from typing import NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, table
from aptmagic.rate_limits import redis

ATTEMPTS = 8


class Unavailable(Exception):
    """Nobody can tell at this moment how often it was."""


class Hit(NamedTuple):
    """One taking, in milliseconds: this moment, what it moves, and how far ahead it may move."""

    now: int
    step: int
    capacity: int

    def wait(self, full_at: int) -> float:
        """In how many seconds there is room; 0 or less when there is."""
        return (max(full_at, self.now) + self.step - self.now - self.capacity) / 1000


def new_hit(size: int, seconds: int, now: float, amount: int = 1) -> Hit:
    """Taking `amount` from a bucket; whoever asks for more than it holds gets all of it."""
    one = seconds * 1000 // size
    return Hit(int(now * 1000), one * min(amount, size), one * size)


class Backend(Protocol):
    def hit(self, key: str, hit: Hit) -> float:
        """0 when there was room; else in how many seconds there will be. Raises Unavailable."""


# DynamoDB -----------------------------------------------------------------------------------------
class Bucket(Item):
    """`RL#<kind>#<whose>#<hash>/LEVEL` in `ephemeral`."""

    class Meta(dynamodb.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    full_at = NumberAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, key: str) -> tuple[str, str]:
        return f"RL#{key}", "LEVEL"


class DynamoDBBackend:
    """One write, or two when others took from the bucket just now.

    A condition that fails answers with what is stored, which pynamodb does not ask for: so these
    requests are our own, over its connection.
    """

    IF_FULL = "attribute_not_exists(full_at) OR full_at <= :now"
    IF_ROOM_LEFT = "full_at BETWEEN :later AND :latest"

    def hit(self, key: str, hit: Hit) -> float:
        now, step, capacity = hit
        forgotten = (now + capacity) // 1000 + 1  # it says nothing any more
        try:
            for _ in range(ATTEMPTS):
                values = {":now": now, ":until": now + step, ":gone": forgotten}
                full_at = self._write(key, "full_at = :until", self.IF_FULL, values)
                if full_at is None:
                    return 0
                if (wait := hit.wait(full_at)) > 0:
                    return wait
                if full_at <= now:
                    continue  # it was forgotten this moment
                values = {":later": now + 1, ":latest": now + capacity - step, ":step": step}
                more = {**values, ":gone": forgotten}
                if self._write(key, "full_at = full_at + :step", self.IF_ROOM_LEFT, more) is None:
                    return 0
        except (ClientError, BotoCoreError) as error:
            raise Unavailable from error
        return hit.step / 1000  # it was never our turn: that is often by any count

    def _write(self, key: str, change: str, condition: str, values: dict[str, int]) -> int | None:
        """None when it is written; else the moment that is stored."""
        pk, sk = Bucket.key(key)
        try:
            Bucket._get_connection().connection.client.update_item(
                TableName=Bucket.Meta.table_name,
                Key={"pk": {"S": pk}, "sk": {"S": sk}},
                UpdateExpression=f"SET {change}, expires_at = :gone",
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": str(n)} for name, n in values.items()},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return int(error.response.get("Item", {}).get("full_at", {}).get("N", 0))
        return None


# Redis --------------------------------------------------------------------------------------------
class RedisBackend:
    """One script, which Redis runs while nobody else is served."""

    SCRIPT = """
        local now, step, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local ahead = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0) + step
        if ahead > capacity then return ahead - capacity end
        redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', ahead)
        return 0
    """

    def __init__(self, url: str, seconds: float = 0.5) -> None:
        self._redis = redis.Redis(url, seconds=seconds)

    def hit(self, key: str, hit: Hit) -> float:
        try:
            return self._redis.eval_script(self.SCRIPT, [f"RL#{key}"], hit) / 1000
        except (OSError, redis.RedisError) as error:
            raise Unavailable from error
