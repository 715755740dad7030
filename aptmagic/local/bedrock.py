"""Simulates InvokeModel for Stability's text-to-image models: fields, errors and response format.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-stability-diffusion.html
The renderer draws the pictures, and every file says so. `fault_injection` lists the failures that
can be requested.
"""

import asyncio
import base64
import binascii
import random
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from aptmagic.local import fault_injection, moderation
from aptmagic.local.protocol import BrokenResponse, Request, Response, ServiceError
from aptmagic.local.render_pool import RenderPool, RenderRequest

ROUTE = re.compile(r"/model/(?P<model>.+)/invoke")
AVAILABILITY = re.compile(r"/foundation-model-availability/(?P<model>.+)")
BODY_MAX = 25_000_000
PROMPT_MAX = 10_000
SIDE_MIN = 64
PIXELS_MAX = 9_437_184
ASPECTS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
STYLES = (
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
)
# These models take a style in words only: "..., low poly style".
STYLE = re.compile(r",\s*([\w -]{3,20}?) style\s*$", re.IGNORECASE)
STYLE_SYNONYMS = {
    "clay": "modeling-compound",
    "enhanced-detail": "enhance",
    "photo": "photographic",
    "photograph": "photographic",
}

Check = Callable[[Any], str | None]


# Field checks: Bedrock's own message, or None -----------------
def _text(longest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"expected type: String, found: {_type(value)}"
        if len(value) > longest:
            return f"expected maxLength: {longest}, actual: {len(value)}"
        return None

    return check


def _one_of(*choices: str) -> Check:
    def check(value: Any) -> str | None:
        return None if value in choices else f"{value} is not a valid enum value"

    return check


def _number(least: float, most: float, *, whole: bool = False) -> Check:
    def check(value: Any) -> str | None:
        right = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, bool) or not right:
            return f"expected type: {'Integer' if whole else 'Number'}, found: {_type(value)}"
        if value < least:
            return f"{value} is not greater or equal to {least}"
        if value > most:
            return f"{value} is not less or equal to {most}"
        return None

    return check


def _type(value: Any) -> str:
    names = {bool: "Boolean", int: "Integer", float: "Double", str: "String", list: "JSONArray"}
    return "Null" if value is None else names.get(type(value), "JSONObject")


@dataclass(frozen=True)
class Model:
    """A model's name, the renderer's quality in its place, and its fields."""

    name: str
    quality: str
    fields: Mapping[str, Check]
    seed_max: int
    requires_strength: bool = False


def _model(name: str, quality: str, seed_max: int, *formats: str, **more: Check) -> Model:
    fields = {
        "prompt": _text(PROMPT_MAX),
        "negative_prompt": _text(PROMPT_MAX),
        "aspect_ratio": _one_of(*ASPECTS),
        "seed": _number(0, seed_max, whole=True),
        "output_format": _one_of(*formats),
        **more,
    }
    return Model(name, quality, fields, seed_max, requires_strength="mode" in more)


IMAGE_FIELDS: dict[str, Check] = {"image": _text(BODY_MAX), "strength": _number(0, 1)}
MODELS = {
    "stability.stable-image-core-v1:1": _model(
        "Stable Image Core", "fast", 4294967295, "jpeg", "png"
    ),
    "stability.sd3-5-large-v1:0": _model(
        "Stable Diffusion 3.5 Large",
        "balanced",
        4294967294,
        "jpeg",
        "png",
        "webp",
        mode=_one_of("text-to-image", "image-to-image"),
        **IMAGE_FIELDS,
    ),
    "stability.stable-image-ultra-v1:1": _model(
        "Stable Image Ultra", "best", 4294967295, "jpeg", "png", **IMAGE_FIELDS
    ),
}
RETIRED_MODELS = {
    "stability.sd3-large-v1:0",
    "stability.stable-image-core-v1:0",
    "stability.stable-image-ultra-v1:0",
}


class Bedrock:
    """Implements InvokeModel."""

    def __init__(self, render_pool: RenderPool, injector: fault_injection.FaultInjector) -> None:
        self._render_pool = render_pool
        self._injector = injector

    async def __call__(self, request: Request) -> Response:
        started = time.perf_counter()
        name = _model_id(request.path)
        body = await asyncio.to_thread(validate, name, request)
        body.setdefault("seed", 0)
        seed = body["seed"] or random.randint(1, MODELS[name].seed_max)
        if reason := await self._failure(name, body):
            return Response({"finish_reasons": [reason]})
        picture = await self._render(name, body, seed)
        answer = {"seeds": [seed], "finish_reasons": [None], "images": [picture]}
        took = round((time.perf_counter() - started) * 1000)
        return Response(answer, headers={"x-amzn-bedrock-invocation-latency": str(took)})

    async def _failure(self, name: str, body: Mapping[str, Any]) -> str | None:
        """Raise an injected failure, or return a finish reason, if any."""
        words = body["prompt"]

        def due(control: str) -> bool:
            return self._injector.due(control, words, place=name)

        for control, (code, message) in INJECTED_ERRORS.items():
            if due(control):
                raise ServiceError(code, message)
        if due("broken-answer"):
            raise BrokenResponse
        if seconds := fault_injection.directives(words).get("slow"):
            await asyncio.sleep(min(seconds, 60))
        if due("filter-prompt") or moderation.matching_filters(words):
            return "Filter reason: prompt"
        if due("inference-error"):
            return "Inference error"
        return "Filter reason: output image" if due("filter-output") else None

    async def _render(self, name: str, body: Mapping[str, Any], seed: int) -> str:
        words, style = split_style(fault_injection.strip(body["prompt"]))
        image = base64.b64decode(body["image"]) if "image" in body else None
        commission = RenderRequest(
            prompt=words,
            negative_prompt=fault_injection.strip(body.get("negative_prompt", "")),
            aspect_ratio=body.get("aspect_ratio", "1:1"),
            style_preset=style,
            model=MODELS[name].name,
            quality=MODELS[name].quality,
            seed=seed,
            output_format=body.get("output_format", "png"),
            image=image,
            strength=body.get("strength", 0.35) if image else None,
            extra_note=fault_injection.keep_only(body["prompt"], *moderation.PICTURE_DIRECTIVES),
            crash=self._injector.due("crash", body["prompt"], place=name),
        )
        try:
            return base64.b64encode(await self._render_pool.draw(commission)).decode()
        except BrokenProcessPool as error:
            raise ServiceError(
                "InternalServerException", "The system encountered an error."
            ) from error


INJECTED_ERRORS = {
    "throttle": ("ThrottlingException", "Too many requests, please wait before trying again."),
    "timeout": ("ModelTimeoutException", "The model took too long, please try again."),
    "unavailable": ("ServiceUnavailableException", "Bedrock is unable to process your request."),
    "quota": ("ServiceQuotaExceededException", "Your request exceeds the service quota."),
    "model-gone": (
        "ResourceNotFoundException",
        "This model version has reached the end of its life. "
        "Please refer to the AWS documentation for more details.",
    ),
}


def is_invoke_model(path: str) -> bool:
    """Whether this invokes a Stability model; ministack handles the others."""
    found = ROUTE.fullmatch(path)
    return found is not None and "stability." in unquote(found["model"])


def is_availability_request(path: str) -> bool:
    found = AVAILABILITY.fullmatch(path)
    return found is not None and "stability." in unquote(found["model"])


async def availability(request: Request) -> Response:
    """Implements GetFoundationModelAvailability: access to every model is granted."""
    found = AVAILABILITY.fullmatch(request.path)
    name = unquote(found["model"]) if found else ""
    if name not in MODELS:
        raise ServiceError("ResourceNotFoundException", f"Could not find model {name}.")
    answer = {
        "modelId": name,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    return Response(answer)


def _model_id(path: str) -> str:
    found = ROUTE.fullmatch(path)
    name = unquote(found["model"]).rpartition("/")[2] if found else ""
    if name in RETIRED_MODELS:
        raise ServiceError(*INJECTED_ERRORS["model-gone"])
    if name not in MODELS:
        raise ServiceError("ValidationException", "The provided model identifier is invalid.")
    return name


def validate(name: str, request: Request) -> dict[str, Any]:
    """The request body. Raises ServiceError (ValidationException) as Bedrock does."""
    if len(request.body) > BODY_MAX:
        raise _malformed("the request is larger than 25 MB")
    try:
        body = request.json()
    except ValueError as error:
        raise _malformed("#: not a JSON object") from error
    model = MODELS[name]
    if unknown := sorted(body.keys() - model.fields.keys()):
        raise _malformed(f"#: extraneous key [{unknown[0]}] is not permitted")
    for field, value in body.items():
        if problem := model.fields[field](value):
            raise _malformed(f"#/{field}: {problem}")
    if not body.get("prompt", "").strip():
        raise _malformed("#: required key [prompt] not found")
    _check_picture(model, body)
    return body


def _check_picture(model: Model, body: Mapping[str, Any]) -> None:
    if body.get("mode") == "image-to-image" and "image" not in body:
        raise _malformed("#: required key [image] not found")
    if "image" not in body:
        if "strength" in body:
            raise _malformed("#/strength: is only allowed with an image")
        return
    if body.get("mode") == "text-to-image":
        raise _malformed("#/image: is only allowed in the mode image-to-image")
    if model.requires_strength and "strength" not in body:
        raise _malformed("#: required key [strength] not found")
    _check_image(body["image"])


def _check_image(encoded: str) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        file = BytesIO(base64.b64decode(encoded, validate=True))
        with Image.open(file, formats=("JPEG", "PNG", "WEBP")) as image:
            width, height = image.size
            if min(width, height) < SIDE_MIN or width * height > PIXELS_MAX:
                raise _malformed(f"#/image: {width}x{height} pixels are too few or too many")
            image.load()
    except (binascii.Error, ValueError, OSError, SyntaxError, UnidentifiedImageError) as error:
        raise _malformed("#/image: isn’t a JPEG, PNG or WebP image in base64") from error


def _malformed(problem: str) -> ServiceError:
    return ServiceError(
        "ValidationException",
        f"Malformed input request: {problem}, please reformat your input and try again.",
    )


def split_style(words: str) -> tuple[str, str | None]:
    """The prompt without the style at its end, and that style."""
    found = STYLE.search(words)
    if not found:
        return words, None
    slug = found[1].strip().lower().replace(" ", "-")
    style = STYLE_SYNONYMS.get(slug, slug)
    return (words[: found.start()], style) if style in STYLES else (words, None)
