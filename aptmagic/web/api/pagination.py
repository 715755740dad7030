"""Lists of the API: `{"items": [...], "next": "<url>" or null}`."""

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response


def list_response(items: Iterable[Any], next_url: str | None = None, **more: Any) -> Response:
    return Response({"items": list(items), "next": next_url, **more})


def next_url(request: Request, cursor: str | None) -> str | None:
    """This list's own URL with `cursor` in its query; None at the end of the list."""
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
