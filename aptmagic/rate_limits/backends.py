"""Backends that count hits: DynamoDB, or Redis (Valkey) where CACHE_URL names one.

A bucket holds `size` hits and refills evenly, from empty to full in `seconds`. All that is stored
is the time, in milliseconds, at which it will be full again; a hit moves that time ahead. Whether
there is room is a condition of that same write, so the count is exact under concurrency.
"""

from typing import Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from aptmagic.aws import dynamodb
from aptmagic.aws.dynamodb import Item, table

ATTEMPTS = 8


class Unavailable(Exception):
    """The backend cannot count at the moment."""


class Hit(NamedTuple):
    """A hit in milliseconds: the current time, the step it adds, and the bucket's capacity."""

    now: int
    step: int
    capacity: int

    def wait(self, full_at: int) -> float:
        """Seconds until the hit would be within the limit; 0 or less if it is."""
        return (max(full_at, self.now) + self.step - self.now - self.capacity) / 1000


def new_hit(size: int, seconds: int, now: float, amount: int = 1) -> Hit:
    """A hit that counts `amount` times, or `size` times if that is less."""
    one = seconds * 1000 // size
    return Hit(int(now * 1000), one * min(amount, size), one * size)


class Backend(Protocol):
    def hit(self, key: str, hit: Hit) -> float:
        """0 if there was room, else the seconds until there is. Raises Unavailable."""


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
    """One conditional write, or two if the bucket is not full.

    A failed condition returns the stored item, which pynamodb does not request. That is why these
    requests are our own, over its connection.
    """

    IF_FULL = "attribute_not_exists(full_at) OR full_at <= :now"
    IF_ROOM_LEFT = "full_at BETWEEN :later AND :latest"

    def hit(self, key: str, hit: Hit) -> float:
        now, step, capacity = hit
        expires = (now + capacity) // 1000 + 1  # by then it is full again
        try:
            for _ in range(ATTEMPTS):
                values = {":now": now, ":until": now + step, ":gone": expires}
                full_at = self._write(key, "full_at = :until", self.IF_FULL, values)
                if full_at is None:
                    return 0
                if (wait := hit.wait(full_at)) > 0:
                    return wait
                if full_at <= now:
                    continue  # it has just expired
                values = {":later": now + 1, ":latest": now + capacity - step, ":step": step}
                more = {**values, ":gone": expires}
                if self._write(key, "full_at = full_at + :step", self.IF_ROOM_LEFT, more) is None:
                    return 0
        except (ClientError, BotoCoreError) as error:
            raise Unavailable from error
        return hit.step / 1000  # always overtaken: that is too often by any count

    def _write(self, key: str, change: str, condition: str, values: dict[str, int]) -> int | None:
        """None if it was written, else the stored time."""
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
    """One script per hit, which Redis or Valkey runs atomically.

    `url` is `redis://user:password@host:port/database`, or `rediss://` for TLS. `seconds` limits
    each connection attempt and each answer.
    """

    SCRIPT = """
        local now, step, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local ahead = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0) + step
        if ahead > capacity then return ahead - capacity end
        redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', ahead)
        return 0
    """

    def __init__(self, url: str, seconds: float = 0.5) -> None:
        import valkey  # takes 50 ms, which a start without Redis saves

        self._error = valkey.ValkeyError
        options: dict[str, Any] = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        options |= {"lib_name": None, "lib_version": None}  # saves two round trips per connection
        if url.startswith("rediss:"):
            options["ssl_check_hostname"] = True
        self._script = valkey.Valkey.from_url(url, **options).register_script(self.SCRIPT)

    def hit(self, key: str, hit: Hit) -> float:
        try:
            wait = self._script(keys=[f"RL#{key}"], args=[*hit])
        except self._error as error:
            raise Unavailable from error
        return float(wait) / 1000
