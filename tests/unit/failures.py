"""AWS as it is on a bad day: calls that fail at the wire, before or after they were done."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from accounts.billing.models import Balance
from aptmagic.aws import clients

NOWHERE = "https://nowhere.example.com/"
ALWAYS = 1_000_000
SERVICES = ("s3", "sns", "sqs", "stepfunctions")
READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan")

Answer = Callable[..., Any]


def _unreachable(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url=NOWHERE)


def _silent(**_: Any) -> None:
    raise ReadTimeoutError(endpoint_url=NOWHERE)


def says(code: str, status: int, **more: Any) -> Answer:
    """An error as the service words it."""
    parsed = {"Error": {"Code": code, "Message": "as in a test"}, "ResponseMetadata": {}, **more}
    return lambda **_: (AWSResponse(NOWHERE, status, {}, None), parsed)


KINDS: dict[str, Answer] = {
    "connect error": _unreachable,
    "read timeout": _silent,
    "throttling": says("ThrottlingException", 400),
    "internal error": says("InternalServerError", 500),
}


def dynamodb() -> Any:
    return Balance._get_connection().connection.client


def everything() -> list[Any]:
    return [dynamodb(), *map(clients.client, SERVICES)]


@contextmanager
def failing(
    *clients: Any,
    kind: str | Answer,
    operation: str = "",
    times: int = ALWAYS,
    after: int = 0,
    reads: bool = True,
) -> Iterator[list[str]]:
    """Calls are not done and fail so many times, once `after` of them went well; their names.

    Without `reads`, only those that change something.
    """
    answer = KINDS[kind] if isinstance(kind, str) else kind
    counter = _Counter(operation, times, after, reads)

    def fail(model: Any, **about: Any) -> Any:
        return answer(**about) if counter.concerns(model.name) else None

    with ExitStack() as ending:
        for client in clients or everything():
            _hook(ending, client, f"before-call.{_name(client)}", fail)
        yield counter.seen


@contextmanager
def losing_answers(*clients: Any, times: int = 1, after: int = 0) -> Iterator[list[str]]:
    """Calls that change something are done, and their answers are lost on the way back."""
    counter = _Counter("", times, after, reads=False)

    def lose(model: Any, **_: Any) -> None:
        if counter.concerns(model.name):
            _silent()

    with ExitStack() as ending:
        for client in clients or everything():
            _hook(ending, client, f"after-call.{_name(client)}", lose)
        yield counter.seen


class _Counter:
    """Which calls a failure concerns; `seen` has the names of those that it did."""

    def __init__(self, operation: str, times: int, after: int, reads: bool) -> None:
        self.operation, self.times, self.after, self.reads = operation, times, after, reads
        self.seen: list[str] = []

    def concerns(self, name: str) -> bool:
        if self.operation not in ("", name) or not (self.reads or not name.startswith(READS)):
            return False
        self.after -= 1
        if self.after >= 0 or len(self.seen) >= self.times:
            return False
        self.seen.append(name)
        return True


@contextmanager
def refusing(*reasons: str, times: int = ALWAYS) -> Iterator[list[str]]:
    """Transactions are cancelled for these reasons, in the order in which writes are sent."""
    listed = [{"Code": reason} for reason in reasons]
    answer = says("TransactionCanceledException", 400, CancellationReasons=listed)
    with failing(dynamodb(), kind=answer, operation="TransactWriteItems", times=times) as seen:
        yield seen


@contextmanager
def knowing_tokens(*, lost: int = 0) -> Iterator[list[str]]:
    """DynamoDB knows by its token a transaction that it has written, which moto does not.

    So many answers are lost on the way back. Gives the tokens of what was sent.
    """
    sent: list[str] = []
    written: set[str] = set()

    def known(request: Any, **_: Any) -> AWSResponse | None:
        sent.append(json.loads(request.body)["ClientRequestToken"])
        return AWSResponse(NOWHERE, 200, {}, _Raw(b"{}")) if sent[-1] in written else None

    def lose(event_name: str, **_: Any) -> None:
        if event_name.endswith(".TransactWriteItems"):
            written.add(sent[-1])
            if len(sent) <= lost:
                _silent()

    events = dynamodb().meta.events
    with ExitStack() as ending:
        _hook(ending, dynamodb(), "before-send.dynamodb.TransactWriteItems", known)
        events.register_last("before-send", lose)  # moto does its part before this
        ending.callback(events.unregister, "before-send", lose)
        yield sent


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _name(client: Any) -> str:
    return str(client.meta.service_model.service_id.hyphenize())


def _hook(ending: ExitStack, client: Any, event: str, handler: Answer) -> None:
    client.meta.events.register(event, handler)
    ending.callback(client.meta.events.unregister, event, handler)
