"""The API's document says every answer that a call can get, its refusals too.

A view says what is its own: `refusals = {"POST": (402, 409)}`; the rest follows from how it is
called. Tests try the API against this document.
"""

from pathlib import Path
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework import serializers

from aptmagic.web.api import PROBLEM_JSON, TITLES

WITH_BODY = ("POST", "PUT", "PATCH")
# Anybody may be asked to wait, to sign in anew, to accept JSON, or to mind what an address holds.
ALWAYS = (401, 406, 422, 429, 503)
MADE = {"201", "202"}
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Of what was made."}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}},
}


def introduced(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """The document begins with what holds for every call."""
    said = Path(__file__).with_name("api_description.md").read_text(encoding="utf-8")
    return {**result, "info": {**result["info"], "description": said}}


class Problem(serializers.Serializer):
    """RFC 9457. `errors` says by field what is wrong with what was sent."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class Documented(AutoSchema):
    def get_description(self) -> str:
        said = super().get_description() or ""
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if scope is None or self._public():
            return said
        return f"{said}\n\nNeeds the scope `{scope}`."

    def get_auth(self) -> list[dict[str, Any]]:
        """What is public needs no signing in."""
        return [*super().get_auth(), *([{}] if self._public() else [])]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for made in MADE & bodies.keys():
            bodies[made]["headers"] = LOCATION
        for code in sorted(self._refusals()):
            answer = OpenApiResponse(Problem, description=str(TITLES[code]))
            body = self._get_response_for_code(answer, str(code), [PROBLEM_JSON], direction)
            if headers := HEADERS.get(code):
                body["headers"] = headers
            bodies[str(code)] = body
        return bodies

    def _refusals(self) -> set[int]:
        codes = {*ALWAYS, *getattr(self.view, "refusals", {}).get(self.method, ())}
        if not self._public():
            codes.add(403)
        if "{" in self.path:
            codes.add(404)
        if self.method in WITH_BODY and self.get_request_serializer() is not None:
            codes |= {400, 413, 415}
        if any(parameter.name == "cursor" for parameter in self.get_override_parameters()):
            codes.add(400)
        return codes

    def _public(self) -> bool:
        return self.method in getattr(self.view, "public", ())
