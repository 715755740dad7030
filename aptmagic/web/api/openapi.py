"""The API's OpenAPI document, with every problem that a call can answer.

A view names its own refusals, `refusals = {"POST": (402, 409)}`; the others follow from how it is
called. Tests call the API and compare with this document.
"""

import re
from pathlib import Path
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework import serializers

from aptmagic.web.api.exceptions import PROBLEM_JSON, TITLES

WITH_BODY = ("POST", "PUT", "PATCH")
# Every call can be unauthorized, ask for another format or an unknown parameter, or come too often.
COMMON_PROBLEMS = (401, 406, 422, 429, 503)
CREATED = {"201", "202"}
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "URL of the new resource."}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {
        "Retry-After": {
            "schema": {"type": "integer"},
            "description": "Seconds to wait before trying again.",
        }
    },
    503: {
        "Retry-After": {
            "schema": {"type": "integer"},
            "description": "Seconds to wait before trying again.",
        }
    },
}


def add_description(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook: the document begins with what holds for every call."""
    description = Path(__file__).with_name("description.md").read_text(encoding="utf-8")
    return {**result, "info": {**result["info"], "description": description}}


class Problem(serializers.Serializer[Any]):
    """An error (RFC 9457). `errors` lists messages by field."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the field of that name hides DRF's own
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class ProblemAutoSchema(AutoSchema):
    """DRF spectacular's schema of a view, with its problems, scope and authentication."""

    def get_summary(self) -> str:
        """The first sentence of the method's docstring, which the list of calls shows."""
        return re.split(r"\.(?:\s|$)", super().get_description() or "", maxsplit=1)[0]

    def get_description(self) -> str:  # type: ignore[override]  # spectacular's, not DRF's
        description = super().get_description() or ""
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if scope is None or self._is_public():
            return description
        return f"{description}\n\nRequired scope: `{scope}`."

    def get_auth(self) -> list[dict[str, Any]]:
        """A public method needs no credentials."""
        return [*super().get_auth(), *([{}] if self._is_public() else [])]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for created in CREATED & bodies.keys():
            bodies[created]["headers"] = LOCATION
        for code in sorted(self._problems()):
            answer = OpenApiResponse(Problem, description=str(TITLES[code]))
            body = self._get_response_for_code(  # type: ignore[no-untyped-call]  # has no types
                answer, str(code), [PROBLEM_JSON], direction
            )
            if headers := HEADERS.get(code):
                body["headers"] = headers
            bodies[str(code)] = body
        return bodies

    def _problems(self) -> set[int]:
        codes = {*COMMON_PROBLEMS, *getattr(self.view, "refusals", {}).get(self.method, ())}
        if not self._is_public():
            codes.add(403)
        if "{" in self.path:
            codes.add(404)
        if self.method in WITH_BODY and self.get_request_serializer() is not None:
            codes |= {400, 413, 415}
        if any(getattr(each, "name", "") == "cursor" for each in self.get_override_parameters()):
            codes.add(400)
        return codes

    def _is_public(self) -> bool:
        return self.method in getattr(self.view, "public", ())
