"""How the JSON API answers: lists with a link to the rest, and problems as in RFC 9457."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from aptmagic.errors import Refused

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
TITLES = {
    400: "The request was not understood",
    401: "Sign in first",
    402: "Not enough credits",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not do that",
    409: "In conflict with what is there",
    410: "Gone",
    415: "Unsupported media type",
    422: "Invalid",
    429: "Too many requests",
    503: "Try again later",
}


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: `type, title, status, detail`, and `errors` by field for a form."""
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    return _said_by_drf(error) if isinstance(error, exceptions.APIException) else None


def _refused(error: Refused) -> Response:
    response = _response(error.status, error.kind, str(error), error.fields)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if error.status == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _said_by_drf(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _response(
            422,
            "invalid",
            "Some fields need another look; nothing was done.",
            by_field(error.detail),
        )
    response = _response(error.status_code, error.default_code.replace("_", "-"), str(error.detail))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _response(
    code: int, kind: str, detail: str, errors: Mapping[str, list[str]] | None = None
) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:aptmagic:problem:{kind}",
        "title": TITLES.get(code, "The request failed"),
        "status": code,
        "detail": writable(detail),
    }
    if errors:
        body["errors"] = {
            writable(field): [writable(sentence) for sentence in sentences]
            for field, sentences in errors.items()
        }
    return Response(body, status=code, content_type=PROBLEM_JSON)


def by_field(detail: Any) -> dict[str, list[str]]:
    """DRF's nested error details as `{"field": ["sentence"]}`; lists keep their field's name."""
    if not isinstance(detail, Mapping):
        return {"body": [str(message) for message in detail]}
    return {
        field: [str(message) for message in messages]
        if isinstance(messages, list | tuple)
        else [str(messages)]
        for field, messages in detail.items()
    }


def writable(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, may be quoted in a sentence."""
    return text.encode("utf-8", "replace").decode()


def listing(items: Iterable[Any], next_url: str | None = None) -> Response:
    return Response({"items": list(items), "next": next_url})


def next_url(request: Request, cursor: str | None) -> str | None:
    """This list's own address with `cursor` in it; None at the end."""
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
