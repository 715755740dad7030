"""What our DynamoDB tables share: names, ids, one connection, labelled transactions, pages."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import DeleteError, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite
from ulid import ULID

from aptmagic.aws import clients
from aptmagic.errors import Busy

ItemT = TypeVar("ItemT")

CONDITION_FAILED = "ConditionalCheckFailed"
# Reasons for which a transaction is cancelled that pass by themselves.
TRANSIENT_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
MAX_ATTEMPTS = 12
# In bytes. DynamoDB answers a longer key with a ValidationException, and addresses hold any.
MAX_PK_BYTES, MAX_SK_BYTES = 2048, 1024

# What a model says of its table, and how an entry is called.
MERGED_METADATA = (
    ("GlobalSecondaryIndexes", "IndexName"),
    ("AttributeDefinitions", "AttributeName"),
)

_lock = threading.Lock()
_connections: dict[str, Connection] = {}


def table(name: str) -> str:
    return f"{settings.STAGE}-{name}"


def new_id() -> str:
    """A ULID: 26 characters that sort by time of birth."""
    return str(ULID())


def now() -> datetime:
    return datetime.now(UTC)


class Meta:
    """What every table's Meta says. botocore's defaults (15/30 s) would outlive a page view."""

    region = settings.AWS_REGION
    billing_mode = "PAY_PER_REQUEST"
    connect_timeout_seconds = 1
    read_timeout_seconds = 3
    max_retry_attempts = 3
    max_pool_connections = 64


class Item(Model):
    """A pynamodb model that shares one botocore client with all others.

    pynamodb makes a client per model class (10 models: 267 ms and 53 MB); `_get_connection` is
    its private seam, so pynamodb is pinned and a test watches this.
    """

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        with _lock:
            main = _connections.setdefault("main", connection.connection)
            if connection.connection is not main:
                _merge_metadata(main, connection)
                connection.connection = main
        return connection

    if TYPE_CHECKING:  # each model declares them itself, which is how pynamodb finds its keys
        pk: UnicodeAttribute
        sk: UnicodeAttribute

    @classmethod
    def find(cls, pk: str, sk: str, *, consistent: bool = False) -> Self | None:
        """The item, or None when there is none; also for a key that no item can have."""
        if not (_is_valid_key(pk, MAX_PK_BYTES) and _is_valid_key(sk, MAX_SK_BYTES)):
            return None
        try:
            return cls.get(pk, sk, consistent_read=consistent)
        except cls.DoesNotExist:
            return None

    def update_if(self, actions: Sequence[Action], *, condition: Condition) -> bool:
        """Update the stored item where the condition holds; False where it does not.

        Every other failure raises pynamodb's UpdateError: a service that throttles or times out
        has not said whether the condition holds. The same goes for `save_if` and `delete_if`.
        """
        return _condition_holds(lambda: self.update(list(actions), condition=condition))

    def save_if(self, condition: Condition) -> bool:
        """Store the item where the condition holds for what is stored; False where it does not."""
        return _condition_holds(lambda: self.save(condition=condition))

    def delete_if(self, condition: Condition) -> bool:
        """Delete the stored item where the condition holds; False where it does not."""
        return _condition_holds(lambda: self.delete(condition=condition))


def _condition_holds(write: Callable[[], object]) -> bool:
    try:
        write()
    except (PutError, UpdateError, DeleteError) as error:
        if clients.error_code(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _is_valid_key(key: str, most: int) -> bool:
    """JSON can hold half a surrogate pair, which UTF-8 cannot write."""
    try:
        return len(key.encode()) <= most
    except UnicodeEncodeError:
        return False


def _merge_metadata(main: Connection, connection: TableConnection) -> None:
    """Tell the shared connection what this model knows of its table.

    Several models share a table and each knows only its own indexes, so theirs are put together.
    """
    mine = connection.get_meta_table()
    if mine.table_name not in main._tables:
        main.add_meta_table(mine)
    known = main._tables[mine.table_name].data
    for part, name in MERGED_METADATA:
        names = {entry[name] for entry in known[part]}
        known[part] += [entry for entry in mine.data[part] if entry[name] not in names]


def reset_connections() -> None:
    """Let the next call read the endpoint and the credentials anew (tests change them)."""
    with _lock:
        _connections.clear()
        for model in _subclasses(Item):
            model._connection = None


def _subclasses(base: type[Model]) -> Iterator[type[Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _subclasses(model)


class ConditionFailed(Exception):
    """A condition refused it and nothing was written; `reasons` maps labels to DynamoDB's codes."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def failed(self, label: str) -> bool:
        return self.reasons.get(label) == CONDITION_FAILED


class Work:
    """The writes of one transaction, each with a label by which a refusal is named.

    pynamodb sends checks, deletes, puts, updates in this order whatever the order of calls, and
    DynamoDB gives its reasons in the order sent.
    """

    ORDER = ("check", "delete", "put", "update")

    def __init__(self) -> None:
        self._calls: dict[str, list[_Write]] = {kind: [] for kind in self.ORDER}

    def check(self, label: str, item: Item, *, condition: Any) -> None:
        keys = (type(item), item.pk, item.sk)
        self._add("check", label, item, lambda tx: tx.condition_check(*keys, condition=condition))

    def delete(self, label: str, item: Item, *, condition: Any = None) -> None:
        self._add("delete", label, item, lambda tx: tx.delete(item, condition=condition))

    def put(self, label: str, item: Item, *, condition: Any = None) -> None:
        self._add("put", label, item, lambda tx: tx.save(item, condition=condition))

    def put_new(self, label: str, item: Item) -> None:
        self.put(label, item, condition=not_exists(item))

    def update(
        self, label: str, item: Item, *, actions: Sequence[Any], condition: Any = None
    ) -> None:
        changes = list(actions)
        self._add(
            "update", label, item, lambda tx: tx.update(item, actions=changes, condition=condition)
        )

    def commit(self, *, attempts: int = MAX_ATTEMPTS) -> None:
        """Write all of it or none of it.

        Raises ConditionFailed when a condition refused it; Busy when DynamoDB throttled us, or when
        others held the same items too long: nothing was written then. Every other failure rises
        as pynamodb's TransactWriteError, and nobody knows whether it was written: a verb must be
        safe to repeat.
        """
        if not self._in_order():
            return
        token = _request_token()
        for attempt in range(attempts):
            try:
                return self._send(token)
            except TransactWriteError as error:
                token = self._retried_with(error, token)
            time.sleep(random.uniform(0, min(1.0, 0.02 * 2**attempt)))  # noqa: S311  jitter
        raise _busy()

    def _add(
        self, kind: str, label: str, item: Item, call: Callable[[TransactWrite], None]
    ) -> None:
        self._calls[kind].append(_Write(label, item, call))

    def _in_order(self) -> list["_Write"]:
        return [call for kind in self.ORDER for call in self._calls[kind]]

    def _send(self, token: str) -> None:
        """`token` lets DynamoDB recognise a transaction that it has written already."""
        calls = self._in_order()
        connection = calls[0].item._get_connection().connection
        with TransactWrite(connection=connection, client_request_token=token) as tx:
            for call in calls:
                call.write(tx)

    def _retried_with(self, error: TransactWriteError, token: str) -> str:
        """The token for another attempt. Raises what another attempt would not change."""
        code = clients.error_code(error)
        if code == "TransactionInProgressException":
            return token  # our own request, whose answer was lost
        if code in clients.THROTTLING_CODES:
            raise _busy() from error  # botocore has tried again already
        reasons = self._reasons(error)
        codes = set(reasons.values())
        if codes == {CONDITION_FAILED}:
            raise ConditionFailed(reasons) from error
        if not codes or not codes <= {CONDITION_FAILED, *TRANSIENT_REASONS}:
            raise error
        # Beside a conflict, a failed condition is half an answer: the conflicting item's own
        # condition was not looked at, and callers read the labels that did not fail too.
        return _request_token()

    def _reasons(self, error: TransactWriteError) -> dict[str, str]:
        pairs = zip(self._in_order(), error.cancellation_reasons, strict=False)
        return {call.label: reason.code for call, reason in pairs if reason}


@dataclass(frozen=True)
class _Write:
    label: str
    item: Item
    write: Callable[[TransactWrite], None]


def _request_token() -> str:
    return str(uuid.uuid4())


def _busy() -> Busy:
    return Busy(
        _(
            "We couldn’t save this because too much was happening at once. "
            "Nothing was changed; please try again."
        )
    )


@contextmanager
def transaction() -> Iterator[Work]:
    """`with transaction() as work:` writes all of it or none of it. Raises ConditionFailed,
    Busy."""
    work = Work()
    yield work
    work.commit()


def not_exists(item: Item | type[Item]) -> Condition:
    """The condition that nothing is stored under this item's keys."""
    return (item if isinstance(item, type) else type(item)).pk.does_not_exist()


def exists(item: Item | type[Item]) -> Condition:
    """The condition that the item exists; without it an update would make a stub."""
    return (item if isinstance(item, type) else type(item)).pk.exists()


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """Some items of a list and where it goes on: `next` is a position for `cursors.sign`."""

    items: list[ItemT]
    next: str | None = None
