"""AWS as it is on a bad day: calls that fail at the wire, before or after they were done."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from accounts.models import Balance
from aptmagic import aws

NOWHERE = "https://nowhere.example.com/"
ALWAYS = 1_000_000
SERVICES = ("s3", "sns", "sqs", "stepfunctions")

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
    return [dynamodb(), *map(aws.client, SERVICES)]


@contextmanager
def failing(
    *clients: Any, kind: str | Answer, operation: str = "", times: int = ALWAYS, after: int = 0
) -> Iterator[list[str]]:
    """Calls are not done and fail so many times, once `after` of them went well; their names."""
    seen: list[str] = []
    well: list[str] = []

    def fail(model: Any, **about: Any) -> Any:
        if operation not in ("", model.name) or len(seen) >= times:
            return None
        (well if len(well) < after else seen).append(model.name)
        return (KINDS[kind] if isinstance(kind, str) else kind)(**about) if seen else None

    with ExitStack() as ending:
        for client in clients or everything():
            _hook(ending, client, f"before-call.{_name(client)}", fail)
        yield seen


@contextmanager
def losing_answers(*clients: Any, operation: str = "", times: int = ALWAYS) -> Iterator[list[str]]:
    """Calls are done, and their answers are lost on the way back; their names."""
    seen: list[str] = []

    def lose(model: Any, **_: Any) -> None:
        if operation in ("", model.name) and len(seen) < times:
            seen.append(model.name)
            _silent()

    with ExitStack() as ending:
        for client in clients or everything():
            _hook(ending, client, f"after-call.{_name(client)}", lose)
        yield seen


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
