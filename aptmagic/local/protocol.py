"""Requests and responses of AWS services that speak JSON."""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

STATUS = {
    "AccessDeniedException": 403,
    "ImageTooLargeException": 400,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "InvalidImageFormatException": 400,
    "InvalidParameterException": 400,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}


INTERNAL = {"x-amzn-errortype": "InternalServerException"}


class ServiceError(Exception):
    """An error response: a code, its HTTP status, a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = STATUS[code]


class BrokenResponse(Exception):
    """Break the connection in the middle of the response."""


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, if it is a JSON object. Raises ValueError."""
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found


@dataclass(frozen=True)
class Response:
    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Service = Callable[[Request], Awaitable[Response]]


async def serve(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Handle one HTTP request with `service`."""
    try:
        answer = await service(await _request(scope, receive))
    except ServiceError as fault:
        body = {"__type": fault.code, "message": str(fault)}
        answer = Response(body, fault.status, {"x-amzn-errortype": fault.code})
    except BrokenResponse:
        return await _break(send)
    except Exception:
        logger.exception("%s failed", scope["path"])
        answer = Response({"message": "The system encountered an error."}, 500, INTERNAL)
    text = json.dumps(answer.body).encode()
    await send(_start(answer.status, len(text), answer.headers))
    await send({"type": "http.response.body", "body": text})


async def _request(scope: Scope, receive: Receive) -> Request:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    return Request(scope["path"], headers, b"".join(parts))


async def _break(send: Send) -> None:
    """Send less than Content-Length says, so that the server closes the connection."""
    await send(_start(200, 1_000_000, {}))
    await send({"type": "http.response.body", "body": b'{"seeds":[', "more_body": True})


def _start(status: int, length: int, headers: Mapping[str, str]) -> dict[str, Any]:
    every = {
        "content-type": "application/json",
        "content-length": str(length),
        "x-amzn-requestid": str(uuid.uuid4()),
        **headers,
    }
    lines = [(name.encode(), value.encode()) for name, value in every.items()]
    return {"type": "http.response.start", "status": status, "headers": lines}
