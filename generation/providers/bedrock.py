"""Stability AI's models on Amazon Bedrock: one picture per call, base64 in JSON.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-stability-diffusion.html
"""

import base64
import json
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from django.utils.translation import gettext_noop
from PIL import Image

from aptmagic.aws import clients
from aptmagic.errors import Throttled
from generation import attribution
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest
from generation.providers import Declined, ImageResult, ProviderUnavailable

# It has no room for us this minute, or is being made ready.
WAITING = {"ThrottlingException", "ServiceUnavailableException", "ModelNotReadyException"}
PASSING = {"ModelTimeoutException", "InternalServerException", "ModelErrorException"}
FINAL = {
    "ResourceNotFoundException": Declined(
        "gone", gettext_noop("This model is no longer available.")
    ),
    "AccessDeniedException": Declined(
        "gone", gettext_noop("This model isn’t enabled on this site.")
    ),
    "ValidationException": Declined("request", gettext_noop("The model rejected this request.")),
    "ServiceQuotaExceededException": Declined(
        "quota", gettext_noop("This model has reached its limit for today.")
    ),
}
FILTERED = {
    "Filter reason: prompt": Declined("prompt", gettext_noop("The model declined this prompt.")),
    "Filter reason: input image": Declined(
        "prompt", gettext_noop("The model declined the input picture.")
    ),
    "Filter reason: output image": Declined(
        "output", gettext_noop("The model’s content filter blocked the result.")
    ),
}


class BedrockStability:
    def draw(self, request: PromptRequest, *, seed: int) -> ImageResult | Declined:
        try:
            answer = clients.client("bedrock-runtime").invoke_model(
                modelId=request.model, body=json.dumps(_body(request, seed))
            )
            return _read(json.loads(answer["body"].read()), request)
        except ClientError as error:
            return _final(error)
        except (ConnectionError, HTTPClientError) as error:
            raise ProviderUnavailable(str(error)) from error


def _body(request: PromptRequest, seed: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "prompt": _with_style(request),
        "aspect_ratio": request.aspect_ratio,
        "seed": seed,
        "output_format": "png",
    }
    if request.negative_prompt:
        body["negative_prompt"] = request.negative_prompt
    return body


def _with_style(request: PromptRequest) -> str:
    """The text models of Bedrock have no `style_preset`, so a style is said in words."""
    if not request.style_preset:
        return request.prompt
    phrase = f", {catalogue.STYLES[request.style_preset]} style"
    return request.prompt[: catalogue.PROMPT_MAX - len(phrase)] + phrase


def _read(answer: dict[str, Any], request: PromptRequest) -> ImageResult | Declined:
    reason = next(iter(answer.get("finish_reasons") or []), None)
    if reason in FILTERED:
        return FILTERED[reason]
    if reason or not answer.get("images"):
        raise ProviderUnavailable(reason or "no picture in the answer")
    picture = base64.b64decode(answer["images"][0])
    return ImageResult(
        picture, _note(picture) or attribution.MADE_WITH % {"model": request.image_model.name}
    )


def _note(picture: bytes) -> str:
    """What the file says of its own making; the embedded cloud's engine says that no AI drew it."""
    with Image.open(BytesIO(picture), formats=("PNG",)) as image:
        return str(image.info.get("Description", ""))


def _final(error: ClientError) -> Declined:
    code = error.response["Error"]["Code"]
    if code in FINAL:
        return FINAL[code]
    if code in WAITING:
        raise Throttled(code) from error
    if code in PASSING:
        raise ProviderUnavailable(code) from error
    raise error
