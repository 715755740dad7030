"""A test picture for the check of a new release: nothing is stored and nobody is charged."""

from typing import Any

from aptmagic.backends import load_backend
from generation import moderation
from generation.library import derivatives
from generation.operations import catalogue
from generation.operations.prompt_request import PromptRequest
from generation.providers import Declined, ImageProvider

TEST_PROMPT = "a lighthouse on a cliff in the evening sun"


def draw_test_picture(words: str = TEST_PROMPT) -> dict[str, Any]:
    """Draw one picture with the cheapest model, and have it judged, for nobody.

    It shows whether words, model, picture and variants work in this account. Nothing is stored and
    nobody is charged, so there is nothing to clean up. Says {"drawn": False, "reason"} of what was
    refused for good, and raises for what may pass.
    """
    model = min(catalogue.MODELS, key=lambda each: float(each.price_usd))
    request = PromptRequest(model=model.id, prompt=words)
    provider: ImageProvider = load_backend("IMAGE_PROVIDERS", model.provider)
    if moderation.is_text_refused(words):
        return {"drawn": False, "reason": "The words are refused by our own rules."}
    answer = provider.draw(request, seed=1)
    if isinstance(answer, Declined):
        return {"drawn": False, "reason": f"{model.name}: {answer.reason}"}
    if moderation.is_picture_refused(answer.picture):
        return {"drawn": False, "reason": f"{model.name} drew what our own rules refuse."}
    derived = derivatives.derive(answer.picture)
    return {"drawn": True, "model": model.id, "width": derived.width, "height": derived.height}
