"""A test picture for the check of a new release: nothing is stored or charged."""

from typing import Any

from aptmagic.service_backends import load_backend
from generation import moderation
from generation.library import derivatives
from generation.operations import registry
from generation.operations.operation import Inputs
from generation.operations.results import Declined, ImageResult
from generation.operations.validation import validate
from generation.providers import ImageProvider

TEST_PROMPT = "a lighthouse on a cliff in the evening sun"


def draw_test_picture(prompt: str = TEST_PROMPT) -> dict[str, Any]:
    """Draw one picture with the cheapest model of Create, and moderate it.

    It shows whether moderation, model and image processing work in this account. Returns
    {"drawn": False, "reason"} for a final refusal, and raises for what may pass.
    """
    create = registry.get("create")
    model = min(create.models, key=lambda each: float(each.price_usd))
    provider: ImageProvider = load_backend("IMAGE_PROVIDERS", model.provider)
    if moderation.is_text_refused(prompt):
        return {"drawn": False, "reason": "The words are refused by our own rules."}
    answer = provider.draw(create, Inputs(validate(model=model.id, prompt=prompt)), seed=1)
    if not isinstance(answer, ImageResult):
        reason = answer.reason if isinstance(answer, Declined) else "no picture yet"
        return {"drawn": False, "reason": f"{model.name}: {reason}"}
    if moderation.is_picture_refused(answer.picture):
        return {"drawn": False, "reason": f"{model.name} drew what our own rules refuse."}
    derived = derivatives.derive(answer.picture)
    return {"drawn": True, "model": model.id, "width": derived.width, "height": derived.height}
