"""Which words of a prompt the local drawing engine cannot draw, shown before anything is paid.

Only the embedded cloud can tell (aptmagic/local/prompt_preview.py describes the request). Bedrock
cannot, so on AWS no preview is configured.
"""

import json
from urllib.error import URLError
from urllib.request import HTTPHandler, OpenerDirector, Request

from django.utils.translation import gettext as _

from aptmagic.errors import Busy
from generation.operations.create import CreateRequest

PATIENCE = 3  # seconds; it takes milliseconds


class PromptPreview:
    def __init__(self, url: str = "") -> None:
        self._url = url

    @property
    def available(self) -> bool:
        return bool(self._url)

    def unsupported_words(self, request: CreateRequest) -> list[str]:
        """The words that will be missing from the picture, in their order; none without a preview.

        Raises Busy when there is no answer.
        """
        if not self._url:
            return []
        said = {"prompt": request.prompt, "negative_prompt": request.negative_prompt}
        body = json.dumps({**said, "style_preset": request.style_preset}).encode()
        question = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310  http
        try:
            with _opener().open(question, timeout=PATIENCE) as answer:
                if answer.status >= 500:
                    raise URLError(str(answer.status))
                found: list[str] = json.load(answer)["not_drawn"]
        except (URLError, TimeoutError) as error:
            raise Busy(_("We couldn’t check your prompt right now.")) from error
        return found


def _opener() -> OpenerDirector:
    """For an address of our own: no proxy, no redirect, no file."""
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    return opener
