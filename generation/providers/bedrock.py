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
from generation.operations.catalogue import ImageModel
from generation.operations.operation import Inputs, Operation
from generation.operations.results import Declined, ImageResult
from generation.providers import ProviderUnavailable

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


class BedrockStability:
    def draw(self, operation: Operation, inputs: Inputs, *, seed: int) -> ImageResult | Declined:
        model = catalogue.get_model(inputs.request.model)
        try:
            answer = clients.client("bedrock-runtime").invoke_model(
                modelId=model.id, body=json.dumps(operation.body(inputs, seed))
            )
            return _read(operation, json.loads(answer["body"].read()), model)
        except ClientError as error:
            return _final(error)
        except (ConnectionError, HTTPClientError) as error:
            raise ProviderUnavailable(str(error)) from error


def _read(
    operation: Operation, answer: dict[str, Any], model: ImageModel
) -> ImageResult | Declined:
    try:
        found = operation.answer.read(answer)
    except ValueError as error:
        raise ProviderUnavailable(str(error)) from error
    if isinstance(found, Declined):
        return found
    picture = base64.b64decode(found)
    return ImageResult(picture, _note(picture) or attribution.MADE_WITH % {"model": model.name})


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
