"""Services that draw and services that moderate, behind small Protocols.

To add a provider: one file here with a class that speaks the service's language inside and returns
`ImageResult`, `Declined` or `Pending` outside; name it in settings.IMAGE_PROVIDERS; give its models
that `provider` in catalogue.json. An error it raises means "try again"; everything final is
returned.
"""

from typing import Protocol

from generation.operations.operation import Inputs, Operation
from generation.operations.results import Declined, ImageResult, Pending


class ProviderUnavailable(Exception):
    """A transient failure of the service; the workflow retries a few times, soon."""


class ImageProvider(Protocol):
    def draw(
        self, operation: Operation, inputs: Inputs, *, seed: int
    ) -> ImageResult | Declined | Pending:
        """One picture. Raises ProviderUnavailable, or Throttled, which is tried for minutes;
        anything else that rises is a bug."""


class AsyncImageProvider(ImageProvider, Protocol):
    """A provider whose `draw` may return Pending."""

    def collect(self, operation: Operation, handle: str) -> ImageResult | Declined | Pending:
        """What became of a pending picture. Raises as `draw` does."""


class Moderation(Protocol):
    def refuses_text(self, text: str) -> bool: ...

    def refuses_picture(self, picture: bytes) -> bool: ...
