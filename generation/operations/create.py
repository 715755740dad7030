"""Create: a picture from words, by the text-to-image models of Amazon Bedrock.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-stability-diffusion.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from generation.operations import catalogue
from generation.operations.operation import Inputs, Operation, Request, Size


@dataclass(frozen=True, kw_only=True)
class CreateRequest(Request):
    operation: str = "create"
    negative_prompt: str = ""
    aspect_ratio: str = "1:1"
    style_preset: str = ""


class Create(Operation):
    request_class = CreateRequest

    @property
    def url(self) -> str:
        return reverse("generation:create")

    def size(self, request: CreateRequest, input_sizes: Mapping[str, Size]) -> Size | None:
        return catalogue.load().aspect_ratios.get(request.aspect_ratio)

    def body(self, inputs: Inputs, seed: int) -> dict[str, Any]:
        request: CreateRequest = inputs.request
        body: dict[str, Any] = {
            "prompt": self._prompt_with_style(request),
            "aspect_ratio": request.aspect_ratio,
            "seed": seed,
            "output_format": "png",
        }
        if request.negative_prompt:
            body["negative_prompt"] = request.negative_prompt
        return body

    def _prompt_with_style(self, request: CreateRequest) -> str:
        """The text models of Bedrock have no `style_preset`, so a style is said in words."""
        if not request.style_preset:
            return request.prompt
        longest: Any = self.fields["prompt"]
        phrase = f", {catalogue.styles().get(request.style_preset, request.style_preset)} style"
        return request.prompt[: longest.max - len(phrase)] + phrase
