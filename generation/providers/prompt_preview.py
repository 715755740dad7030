"""What will not be in a picture, told before anybody pays: where something draws that can tell.

The embedded cloud's engine can (aptmagic/local/prompt_preview.py says how it is asked); Bedrock
cannot, and then nobody is asked.
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
        """The words of the prompt that will be missing, in their order; none where nobody can tell.

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
