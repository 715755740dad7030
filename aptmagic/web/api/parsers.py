"""Reading a request's JSON body within limits."""

from json import JSONDecodeError
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, parsers, status


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("This request is too large. Nothing was changed.")
    default_code = "too-large"


class JSONParser(parsers.JSONParser):
    """DRF's parser, with 413 for a body that is too large and 400 for one nested too deeply."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        if _content_length(stream) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from error
        except exceptions.ParseError as error:
            raise exceptions.ParseError(_invalid_json_message(error.__context__)) from error


def _invalid_json_message(cause: BaseException | None) -> str:
    """Where the JSON is wrong, without the text of Python's parser, which DRF would pass on."""
    if not isinstance(cause, JSONDecodeError):
        return _("The request body isn’t valid JSON.")
    message = _("The request body isn’t valid JSON (line %(line)s, column %(column)s).")
    return message % {"line": cause.lineno, "column": cause.colno}


def _content_length(stream: Any) -> int:
    """What the request declares; servers read no further than that."""
    declared = getattr(stream, "META", {}).get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdigit() else 0
