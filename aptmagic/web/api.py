"""How the JSON API answers: lists with a link to the rest, and problems as in RFC 9457."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions, parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from aptmagic.aws import clients
from aptmagic.errors import NotFound, Refused, SignInRequired
from aptmagic.observability import security_log
from aptmagic.rate_limits import limits
from aptmagic.web.amounts import format_number

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
# What was sent is quoted in answers, and may be two megabytes of anything.
NAMED = 20
LONGEST_NAME, LONGEST_SENTENCE = 100, 500
# Somebody tried what they may not, or more often than they may.
WORTH_A_NOTE = {401, 403, 429}
SAY_WHO = gettext_lazy(
    "Say who you are: Authorization: Bearer apt_… (an API token) or an access token."
)
ONE_OBJECT = gettext_lazy('Send one JSON object, such as {"name": "value"}.')
TITLES = {
    400: gettext_lazy("The request was not understood"),
    401: gettext_lazy("Sign in first"),
    402: gettext_lazy("Not enough credits"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("This address does not do that"),
    406: gettext_lazy("We answer in JSON only"),
    409: gettext_lazy("In conflict with what is there"),
    410: gettext_lazy("Gone"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Invalid"),
    429: gettext_lazy("Too many requests"),
    503: gettext_lazy("Try again later"),
}


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("This request is too large; nothing was done.")
    default_code = "too-large"


class JSONParser(parsers.JSONParser):
    """DRF's, without a way to make it fail: too much is 413, too deeply nested 400."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        if _length(stream) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from error


def _length(stream: Any) -> int:
    """What the request says; servers read no further than that."""
    said = getattr(stream, "META", {}).get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdigit() else 0


def unknown_field_error(name: str, known: Iterable[str]) -> str:
    """The sentence about something that was sent and does not exist."""
    if len(name) <= LONGEST_NAME and (near := get_close_matches(name, list(known), n=1)):
        return _("There is no such field; did you mean “%(near)s”?") % {"near": near[0]}
    if not known:
        return _("There is no such field; none is expected here.")
    return _("There is no such field; there are %(known)s.") % {"known": ", ".join(known)}


def unknown_field_errors(sent: Iterable[str], known: Collection[str]) -> dict[str, Any]:
    """A sentence about each of the first that do not exist, and one about the others."""
    strange = [name for name in sent if name not in known]
    wrong: dict[str, Any] = {
        name[:LONGEST_NAME]: [unknown_field_error(name, known)] for name in strange[:NAMED]
    }
    if (more := len(strange) - NAMED) > 0:
        said = ngettext(
            "%(count)s more field does not exist.", "%(count)s more fields do not exist.", more
        )
        wrong["body"] = [said % {"count": more}]
    return wrong


class StrictSerializer(serializers.Serializer):
    """What may be sent: everything that is wrong is said at once, a misspelt field too.

    A value of another JSON type than the document's is refused, where DRF would convert it.
    `amiss` says by field what is wrong with values of the right type.
    """

    def amiss(self, values: dict[str, Any]) -> Mapping[str, list[str]]:
        return {}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if not isinstance(data, Mapping):
            raise exceptions.ValidationError({"body": [ONE_OBJECT]})
        return super().run_validation(data)

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        wrong = unknown_field_errors(data, self.fields)
        for field in self._writable_fields:
            try:
                value = field.get_value(data)
                check_json_type(field, value)
                values[field.field_name] = field.run_validation(value)
            except exceptions.ValidationError as error:
                wrong[field.field_name] = error.detail
            except serializers.SkipField:
                pass
        if wrong := {**self.amiss(values), **wrong}:
            raise exceptions.ValidationError(wrong)
        return values


# What JSON has for each field. A boolean is an int in Python, and no number in JSON.
TYPES: tuple[tuple[type[serializers.Field], Callable[[Any], bool]], ...] = (
    (serializers.BooleanField, lambda value: isinstance(value, bool)),
    (serializers.IntegerField, lambda value: _is_number(value) and value % 1 == 0),
    (serializers.FloatField, lambda value: _is_number(value)),
    (serializers.ListField, lambda value: isinstance(value, list)),
    (serializers.DictField, lambda value: isinstance(value, dict)),
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    """Also of choices, dates, addresses and whatever else is written as a string."""
    return isinstance(value, str)


def check_json_type(field: serializers.Field, value: Any) -> None:
    """Raise ValidationError unless `value` has the field's own JSON type; null is the field's."""
    if value is None or value is serializers.empty:
        return
    is_right = next((right for kind, right in TYPES if isinstance(field, kind)), _is_text)
    if not is_right(value):
        raise exceptions.ValidationError(_another_type(field))
    if isinstance(field, serializers.ListField):
        _refuse_long_list(field, value)
        for each in value:
            check_json_type(field.child, each)


def _refuse_long_list(field: serializers.ListField, value: list[Any]) -> None:
    """Before anything is done with each of its entries."""
    if field.max_length is not None and len(value) > field.max_length:
        said = _("This list has %(count)s entries; %(most)s are the most.")
        about = {"count": format_number(len(value)), "most": format_number(field.max_length)}
        raise exceptions.ValidationError(said % about)


def _another_type(field: serializers.Field) -> str:
    if isinstance(field, serializers.BooleanField):
        return _("Must be true or false.")
    if isinstance(field, serializers.IntegerField):
        return _("Must be a whole number, without quotes.")
    if isinstance(field, serializers.FloatField):
        return _("Must be a number, without quotes.")
    if isinstance(field, serializers.ListField):
        return _("Must be a list.")
    if isinstance(field, serializers.DictField):
        return _("Must be an object.")
    return _("Must be a string.")


class RateLimit(BaseThrottle):
    """Each call counts: by its token and person, or by the address where nobody says who it is."""

    def allow_request(self, request: Request, view: Any) -> bool:
        me = request.user.id
        address = None if me else request.META["REMOTE_ADDR"]
        token = getattr(request.auth, "token", None)
        limits.hit("api", address=address, token=token, person=me)
        return True


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: `type, title, status, detail`, and `errors` by field for a form."""
    error = clients.busy_if_throttled(error)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        error = SignInRequired(str(SAY_WHO))
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, Refused):
        return _refused(error)
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
            _("Some fields need another look; nothing was done."),
            errors_by_field(error.detail),
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
    if code in WORTH_A_NOTE:
        security_log.warning("refused", kind=kind)
    body: dict[str, Any] = {
        "type": f"urn:aptmagic:problem:{kind}",
        "title": str(TITLES.get(code, gettext_lazy("The request failed"))),
        "status": code,
        "detail": encodable(detail[:LONGEST_SENTENCE]),
    }
    if errors:
        body["errors"] = {
            encodable(field): [encodable(sentence[:LONGEST_SENTENCE]) for sentence in said[:NAMED]]
            for field, said in errors.items()
        }
    return Response(body, status=code, content_type=PROBLEM_JSON)


def errors_by_field(detail: Any) -> dict[str, list[str]]:
    """DRF's nested error details as `{"field": ["sentence"]}`; lists keep their field's name."""
    fields = detail if isinstance(detail, Mapping) else {"body": detail}
    return {field: list(_sentences(said)) for field, said in fields.items()}


def _sentences(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield str(said)
        return
    for each in said.values() if isinstance(said, Mapping) else said:
        yield from _sentences(each)


def encodable(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, may be quoted in a sentence."""
    return text.encode("utf-8", "replace").decode()


def list_body(items: Iterable[Any], next_url: str | None = None, **more: Any) -> Response:
    return Response({"items": list(items), "next": next_url, **more})


def next_url(request: Request, cursor: str | None) -> str | None:
    """This list's own address with `cursor` in it; None at the end."""
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
