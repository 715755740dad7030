"""What every DynamoDB model shares: one connection, conditional writes, transactions, pages."""

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
from pynamodb.attributes import MapAttribute, UnicodeAttribute
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
# Cancellation reasons of a transaction that a retry can overcome.
TRANSIENT_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
MAX_ATTEMPTS = 12
# DynamoDB's limits, in bytes. A longer key is a ValidationException, and URLs can contain any key.
MAX_PK_BYTES, MAX_SK_BYTES = 2048, 1024

# The lists in a table's metadata that are merged, and what identifies an entry.
MERGED_METADATA = (
    ("GlobalSecondaryIndexes", "IndexName"),
    ("AttributeDefinitions", "AttributeName"),
)

_lock = threading.Lock()
_connections: dict[str, Connection] = {}


def table(name: str) -> str:
    return f"{settings.STAGE}-{name}"


def new_id() -> str:
    """A ULID: 26 characters that sort by creation time."""
    return str(ULID())


def now() -> datetime:
    return datetime.now(UTC)


class Meta:
    """The base of every model's Meta. pynamodb's default timeouts are 15 s and 30 s."""

    region = settings.AWS_REGION
    billing_mode = "PAY_PER_REQUEST"
    connect_timeout_seconds = 1
    read_timeout_seconds = 3
    max_retry_attempts = 3
    max_pool_connections = 64


class Item(Model):
    """A pynamodb model. All of them share one botocore client.

    pynamodb itself creates a client per model class: 267 ms and 53 MB for 10 models (measured by
    tests/bench). `_get_connection` is private to pynamodb, so its version is pinned and a test
    checks that the client is shared.
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
        """The item; None if it doesn't exist or no item can have such a key."""
        if not (_is_valid_key(pk, MAX_PK_BYTES) and _is_valid_key(sk, MAX_SK_BYTES)):
            return None
        try:
            return cls.get(pk, sk, consistent_read=consistent)
        except cls.DoesNotExist:
            return None

    def update_if(self, actions: Sequence[Action], *, condition: Condition) -> bool:
        """Update the stored item if the condition holds; whether it did.

        Like `save_if` and `delete_if`, raises pynamodb's error for any other failure: after
        throttling or a timeout, nobody knows whether the condition holds.
        """
        return _condition_holds(lambda: self.update(list(actions), condition=condition))

    def save_if(self, condition: Condition) -> bool:
        """Store the item if the condition holds for the stored one; whether it did."""
        return _condition_holds(lambda: self.save(condition=condition))

    def delete_if(self, condition: Condition) -> bool:
        """Delete the stored item if the condition holds; whether it did."""
        return _condition_holds(lambda: self.delete(condition=condition))


def _condition_holds(write: Callable[[], object]) -> bool:
    try:
        write()
    except (PutError, UpdateError, DeleteError) as error:
        if clients.error_code(error) == "ConditionalCheckFailedException":
            return False
        raise
    return True


class Map(MapAttribute[str, Any]):
    """A map with declared attributes, inside an item."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)  # type: ignore[no-untyped-call]  # pynamodb's has no types


def _is_valid_key(key: str, max_bytes: int) -> bool:
    """JSON strings can contain lone surrogates, which can't be encoded as UTF-8."""
    try:
        return len(key.encode()) <= max_bytes
    except UnicodeEncodeError:
        return False


def _merge_metadata(main: Connection, connection: TableConnection) -> None:
    """Add a model's metadata of its table to the shared connection.

    Models that share a table each declare only their own indexes.
    """
    mine = connection.get_meta_table()
    if mine.table_name not in main._tables:
        main.add_meta_table(mine)
    known = main._tables[mine.table_name].data
    for part, name in MERGED_METADATA:
        names = {entry[name] for entry in known[part]}
        known[part] += [entry for entry in mine.data[part] if entry[name] not in names]


def reset_connections() -> None:
    """Make the next call read endpoint and credentials again, which tests change."""
    with _lock:
        _connections.clear()
        for model in _subclasses(Item):
            model._connection = None


def _subclasses(base: type[Model]) -> Iterator[type[Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _subclasses(model)


class ConditionFailed(Exception):
    """A condition of a transaction failed and nothing was written.

    `reasons` maps the labels of the writes to DynamoDB's cancellation codes.
    """

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def failed(self, label: str) -> bool:
        return self.reasons.get(label) == CONDITION_FAILED


class Work:
    """The writes of one transaction, each with a label that names it in ConditionFailed.

    pynamodb sends checks, deletes, puts and updates in this order, whatever the order of the calls,
    and DynamoDB returns its cancellation reasons in the order sent.
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
        """Write all of it or nothing.

        Raises ConditionFailed if a condition failed, and Busy if DynamoDB throttled us or other
        transactions conflicted with this one for too long; nothing was written then. Any other
        failure is pynamodb's TransactWriteError, after which it may have been written: callers
        must be safe to repeat.
        """
        if not self._in_order():
            return
        token = _request_token()
        for attempt in range(attempts):
            try:
                return self._send(token)
            except TransactWriteError as error:
                token = self._token_for_retry(error, token)
            time.sleep(random.uniform(0, min(1.0, 0.02 * 2**attempt)))  # noqa: S311  jitter
        raise _busy()

    def _add(
        self, kind: str, label: str, item: Item, call: Callable[[TransactWrite], None]
    ) -> None:
        self._calls[kind].append(_Write(label, item, call))

    def _in_order(self) -> list["_Write"]:
        return [call for kind in self.ORDER for call in self._calls[kind]]

    def _send(self, token: str) -> None:
        """DynamoDB writes a transaction once per token (ClientRequestToken)."""
        calls = self._in_order()
        connection = calls[0].item._get_connection().connection
        with TransactWrite(connection=connection, client_request_token=token) as tx:
            for call in calls:
                call.write(tx)

    def _token_for_retry(self, error: TransactWriteError, token: str) -> str:
        """The token for another attempt. Raises if another attempt can't succeed."""
        code = clients.error_code(error)
        if code == "TransactionInProgressException":
            return token  # our own request, whose response was lost
        if code in clients.THROTTLING_CODES:
            raise _busy() from error  # botocore has retried already
        reasons = self._reasons(error)
        codes = set(reasons.values())
        if codes == {CONDITION_FAILED}:
            raise ConditionFailed(reasons) from error
        if not codes or not codes <= {CONDITION_FAILED, *TRANSIENT_REASONS}:
            raise error
        # Beside a conflict, the list of failed conditions is incomplete: DynamoDB didn't evaluate
        # that of the conflicting item, and callers also rely on the labels that are absent.
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
            "We couldn’t save this because something else changed it at the same time. "
            "Nothing was changed; please try again."
        )
    )


@contextmanager
def transaction() -> Iterator[Work]:
    """`with transaction() as work:` commits at the end of the block; see `Work.commit`."""
    work = Work()
    yield work
    work.commit()


def not_exists(item: Item | type[Item]) -> Condition:
    """The condition that no item is stored under these keys."""
    return (item if isinstance(item, type) else type(item)).pk.does_not_exist()


def exists(item: Item | type[Item]) -> Condition:
    """The condition that the item exists; without it, an update creates a partial item."""
    return (item if isinstance(item, type) else type(item)).pk.exists()


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """One page of a list. `next` is the position of the next page, for `cursors.sign`."""

    items: list[ItemT]
    next: str | None = None
