"""Where it is counted how often something happens: in DynamoDB, or in Redis where there is one.

A bucket holds `size` and fills evenly, from empty to full in `seconds`. All that is kept of one is
the moment, in milliseconds, at which it will be full again; taking moves that moment. Whether there
is room is a condition of that very write, so it is exact whoever else takes at the same time.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException, UpdateError

from aptmagic import dynamo, redis
from aptmagic.dynamo import Item, refused_by_condition, table

ATTEMPTS = 8


class Away(Exception):
    """Nobody can tell at this moment how often it was."""


class Taking(NamedTuple):
    """One taking, in milliseconds: this moment, what it moves, and how far ahead it may move."""

    now: int
    step: int
    most: int

    def wait(self, full_at: int) -> float:
        """In how many seconds there is room; 0 or less when there is."""
        return (max(full_at, self.now) + self.step - self.now - self.most) / 1000


def taking(size: int, seconds: int, now: float) -> Taking:
    step = seconds * 1000 // size
    return Taking(int(now * 1000), step, step * size)


class Buckets(Protocol):
    def take(self, key: str, taking: Taking) -> float:
        """0 when there was room; else in how many seconds there will be. Raises Away."""


# DynamoDB -----------------------------------------------------------------------------------------
class Level(Item):
    """`RL#<kind>#<whose>#<hash>/LEVEL` in `ephemeral`."""

    class Meta(dynamo.Meta):
        table_name = table("ephemeral")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    full_at = NumberAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def key(cls, key: str) -> tuple[str, str]:
        return f"RL#{key}", "LEVEL"


class Dynamo:
    """One write while the bucket is full; another and a read when others took from it just now."""

    def take(self, key: str, taking: Taking) -> float:
        level = Level(*Level.key(key))
        try:
            for _ in range(ATTEMPTS):
                if self._from_full(level, taking):
                    return 0
                found = Level.find(*Level.key(key), consistent=True)
                if found and (wait := taking.wait(int(found.full_at))) > 0:
                    return wait
                if self._from_the_rest(level, taking):
                    return 0
        except PynamoDBException as error:
            raise Away from error
        return taking.step / 1000  # it was never our turn: that is often by any count

    def _from_full(self, level: Level, taking: Taking) -> bool:
        until = taking.now + taking.step
        return self._write(
            level,
            [Level.full_at.set(until), _forgotten(taking)],
            Level.pk.does_not_exist() | (Level.full_at <= taking.now),
        )

    def _from_the_rest(self, level: Level, taking: Taking) -> bool:
        return self._write(
            level,
            [Level.full_at.add(taking.step), _forgotten(taking)],
            Level.full_at.between(taking.now + 1, taking.now + taking.most - taking.step),
        )

    def _write(self, level: Level, actions: list[Any], condition: Any) -> bool:
        try:
            level.update(actions, condition=condition)
        except UpdateError as error:
            if not refused_by_condition(error):
                raise
            return False
        return True


def _forgotten(taking: Taking) -> Any:
    """DynamoDB may remove it when it says nothing any more."""
    return Level.expires_at.set(datetime.fromtimestamp((taking.now + taking.most) // 1000 + 1, UTC))


# Redis --------------------------------------------------------------------------------------------
class Redis:
    """One script, which Redis runs while nobody else is served."""

    SCRIPT = """
        local now, step, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local ahead = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) - now, 0) + step
        if ahead > most then return ahead - most end
        redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', ahead)
        return 0
    """

    def __init__(self, url: str, seconds: float = 0.5) -> None:
        self._redis = redis.Redis(url, seconds=seconds)

    def take(self, key: str, taking: Taking) -> float:
        try:
            return self._redis.run(self.SCRIPT, [f"RL#{key}"], taking) / 1000
        except (OSError, redis.Failed) as error:
            raise Away from error
