"""Which words of a prompt the built-in engine will not draw, told before anybody pays for them.

    POST http://127.0.0.1:4566/_aptmagic/not-drawn
    {"prompt": "a quixotic fox", "negative_prompt": "people", "style_preset": "anime"}

    200 {"not_drawn": ["quixotic"]}

The address is that of the embedded cloud (`AWS_ENDPOINT_URL`); AWS has nothing of the kind.
Nothing but the prompt is required. The words come as they were typed, in their order, each once.
Nothing is drawn, so the answer takes milliseconds. 400 says what is wrong with the request.
"""

import asyncio
from typing import Any

from aptmagic.local import bedrock, fault_injection
from aptmagic.local.protocol import Answer, Fault, Request

PATH = "/_aptmagic/not-drawn"
FIELDS = ("prompt", "negative_prompt", "style_preset")


async def answer(request: Request) -> Answer:
    """The service. Raises Fault for a body that is none of ours."""
    return Answer({"not_drawn": await asyncio.to_thread(_words, _checked(request))})


def _checked(request: Request) -> dict[str, str]:
    try:
        body = request.json()
    except ValueError as error:
        raise _invalid("The body must be a JSON object.") from error
    if unknown := sorted(body.keys() - set(FIELDS)):
        raise _invalid(f"There is no field {unknown[0]}.")
    fields = {name: _text(name, body.get(name)) for name in FIELDS}
    if fields["style_preset"] not in ("", *bedrock.STYLES):
        raise _invalid("style_preset must be one of the models' styles.")
    return fields


def _text(name: str, value: Any) -> str:
    if not isinstance(value if value is not None else "", str):
        raise _invalid(f"{name} must be a string.")
    if len(value or "") > bedrock.PROMPT_MAX:
        raise _invalid(f"{name} may have {bedrock.PROMPT_MAX} characters.")
    return value or ""


def _words(fields: dict[str, str]) -> list[str]:
    """Read as the model reads it: without the failures to order, a style in its words found."""
    from aptmagic.local import renderer  # numpy: only when somebody asks

    words, style = bedrock.split_style(fault_injection.without(fields["prompt"]))
    unwanted = fault_injection.without(fields["negative_prompt"])
    return renderer.what_is_not_drawn(words, unwanted, fields["style_preset"] or style)


def _invalid(message: str) -> Fault:
    return Fault("ValidationException", message)
