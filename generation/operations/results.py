"""What a service answers: a picture, a final no, or that it is not ready yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop


@dataclass(frozen=True)
class ImageResult:
    """A picture: the file as the service gave it (PNG), and who or what drew it."""

    picture: bytes
    note: str


@dataclass(frozen=True)
class Declined:
    """A final no. `kind` is prompt, input, output, request, gone or quota.

    `reason` is a sentence in English, marked with gettext_noop and translated when it is shown.
    """

    kind: str
    reason: str


@dataclass(frozen=True)
class Pending:
    """The service has taken the request and answers later; `handle` is its own name for it."""

    handle: str


# Stability's services say so with status 200, an array of reasons and no images.
FILTER_REASONS: Mapping[str, Declined] = {
    "Filter reason: prompt": Declined("prompt", gettext_noop("The model declined this prompt.")),
    "Filter reason: input image": Declined(
        "input", gettext_noop("The model declined the input picture.")
    ),
    "Filter reason: output image": Declined(
        "output", gettext_noop("The model’s content filter blocked the result.")
    ),
}


@dataclass(frozen=True)
class AnswerShape:
    """Where a service's JSON answer holds its pictures (base64) and why there may be none."""

    images: str = "images"
    reasons: str = "finish_reasons"
    declined: Mapping[str, Declined] = field(default_factory=lambda: FILTER_REASONS)

    def read(self, answer: Mapping[str, Any]) -> str | Declined:
        """The first picture, in base64. Raises ValueError for an answer without one."""
        reason = next(iter(answer.get(self.reasons) or []), None)
        if reason and reason in self.declined:
            return self.declined[reason]
        if reason or not answer.get(self.images):
            raise ValueError(reason or "no picture in the answer")
        return str(answer[self.images][0])
