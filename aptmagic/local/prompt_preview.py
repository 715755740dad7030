"""Which words of a prompt the built-in renderer will not draw, known before anyone pays.

    POST http://127.0.0.1:4566/_aptmagic/not-drawn
    {"prompt": "a quixotic fox", "negative_prompt": "people", "style_preset": "anime"}

    200 {"not_drawn": ["quixotic"]}

Served by the embedded cloud only; AWS has no such service. Only the prompt is required. Words are
returned as typed, in order, each once. Nothing is rendered, so it takes milliseconds. 400 says what
is wrong with the request.
"""

import asyncio
from typing import Any

from aptmagic.local import bedrock, fault_injection
from aptmagic.local.protocol import Request, Response, ServiceError

PATH = "/_aptmagic/not-drawn"
FIELDS = ("prompt", "negative_prompt", "style_preset")


async def answer(request: Request) -> Response:
    """Answer a prompt preview request. Raises ServiceError for an invalid body."""
    return Response({"not_drawn": await asyncio.to_thread(_words, _validate(request))})


def _validate(request: Request) -> dict[str, str]:
    try:
        body = request.json()
    except ValueError as error:
        raise _invalid("The body must be a JSON object.") from error
    if unknown := sorted(body.keys() - set(FIELDS)):
        raise _invalid(f"Unknown field: {unknown[0]}.")
    fields = {name: _text(name, body.get(name)) for name in FIELDS}
    if fields["style_preset"] not in ("", *bedrock.STYLES):
        raise _invalid("style_preset must be one of the models' styles.")
    return fields


def _text(name: str, value: Any) -> str:
    if not isinstance(value if value is not None else "", str):
        raise _invalid(f"{name} must be a string.")
    if len(value or "") > bedrock.PROMPT_MAX:
        raise _invalid(f"{name} must have at most {bedrock.PROMPT_MAX} characters.")
    return value or ""


def _words(fields: dict[str, str]) -> list[str]:
    """The prompt is read as the model reads it, without directives and with its style."""
    from aptmagic.local import renderer  # imports numpy

    words, style = bedrock.split_style(fault_injection.strip(fields["prompt"]))
    unwanted = fault_injection.strip(fields["negative_prompt"])
    return renderer.words_not_drawn(words, unwanted, fields["style_preset"] or style)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
