"""Services that draw and services that judge, behind two small Protocols.

To add a provider: one file here with a class that speaks the service's language inside and returns
`Drawn` or `Declined` outside; name it in settings.IMAGE_PROVIDERS; give its models a `provider` in
catalogue.json. An error it raises means "try again"; everything final is returned.
"""

from dataclasses import dataclass
from typing import Protocol

from generation.operations.prompt_request import PromptRequest


@dataclass(frozen=True)
class ImageResult:
    """A picture: the file as the service gave it (PNG), and who or what drew it."""

    picture: bytes
    note: str


@dataclass(frozen=True)
class Declined:
    """A final no. `kind` is prompt, output, request, gone or quota; `reason` a sentence.

    It is kept in English, marked with gettext_noop, and read in the reader's language.
    """

    kind: str
    reason: str


class ProviderUnavailable(Exception):
    """The service is away or stumbled; the workflow tries again, soon and a few times."""


class ImageProvider(Protocol):
    def draw(self, request: PromptRequest, *, seed: int) -> ImageResult | Declined:
        """One picture of `request`. Raises ProviderUnavailable, or Throttled, which is tried for
        minutes; anything else that rises is a bug."""


class Moderation(Protocol):
    def refuses_text(self, words: str) -> bool: ...

    def refuses_picture(self, picture: bytes) -> bool: ...
