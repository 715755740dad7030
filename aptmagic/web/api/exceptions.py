"""How the JSON API reports errors: `application/problem+json`, as in RFC 9457."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response

from aptmagic.aws import clients
from aptmagic.errors import NotFound, Refused, SignInRequired
from aptmagic.observability import security_log

PROBLEM_JSON = "application/problem+json"
# Errors quote what was sent, which may be two megabytes of anything.
MAX_MESSAGES = 20
MAX_MESSAGE_LENGTH = 500
# Written to the security log: not allowed, or too often.
LOGGED_STATUSES = {401, 403, 429}
CREDENTIALS_REQUIRED = gettext_lazy(
    "Authenticate with “Authorization: Bearer apt_…” (an API token) or with an access token."
)
TITLES = {
    400: gettext_lazy("Bad request"),
    401: gettext_lazy("Authentication required"),
    402: gettext_lazy("Not enough credits"),
    403: gettext_lazy("Forbidden"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("Not acceptable"),
    409: gettext_lazy("Conflict"),
    410: gettext_lazy("Gone"),
    413: gettext_lazy("Request too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Validation failed"),
    429: gettext_lazy("Too many requests"),
    503: gettext_lazy("Service unavailable"),
}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: `type, title, status, detail`, and `errors` by field for a form.

    None for what is neither a refusal nor DRF's own error: that is a bug, and answered as a 500.
    """
    error = clients.busy_if_throttled(error)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        error = SignInRequired(str(CREDENTIALS_REQUIRED))
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, Refused):
        return _refusal_response(error)
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    return _drf_response(error) if isinstance(error, exceptions.APIException) else None


def _refusal_response(error: Refused) -> Response:
    response = _problem_response(error.status, error.kind, str(error), error.fields)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if error.status == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _drf_response(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _problem_response(
            422,
            "invalid",
            _("Some fields are invalid. Nothing was changed."),
            errors_by_field(error.detail),
        )
    kind = error.default_code.replace("_", "-")
    response = _problem_response(error.status_code, kind, str(error.detail))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _problem_response(
    code: int, kind: str, detail: str, errors: Mapping[str, list[str]] | None = None
) -> Response:
    if code in LOGGED_STATUSES:
        security_log.warning("refused", kind=kind)
    body: dict[str, Any] = {
        "type": f"urn:aptmagic:problem:{kind}",
        "title": str(TITLES.get(code, gettext_lazy("The request failed"))),
        "status": code,
        "detail": _quotable(detail),
    }
    if errors:
        body["errors"] = {
            encodable(field): [_quotable(message) for message in messages[:MAX_MESSAGES]]
            for field, messages in errors.items()
        }
    return Response(body, status=code, content_type=PROBLEM_JSON)


def errors_by_field(detail: Any) -> dict[str, list[str]]:
    """DRF's nested error details as `{"field": ["sentence"]}`; lists keep their field's name."""
    fields = detail if isinstance(detail, Mapping) else {"body": detail}
    return {field: list(_messages(nested)) for field, nested in fields.items()}


def _messages(nested: Any) -> Iterator[str]:
    if isinstance(nested, str):
        yield str(nested)
        return
    for each in nested.values() if isinstance(nested, Mapping) else nested:
        yield from _messages(each)


def _quotable(text: str) -> str:
    return encodable(text[:MAX_MESSAGE_LENGTH])


def encodable(text: str) -> str:
    """Replace lone surrogates, which JSON can escape and UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
