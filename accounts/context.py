"""What every page may say of the person looking at it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import credits, drafts


def person(request: HttpRequest) -> dict[str, Any]:
    """`funds`, read only when a template uses it, None for visitors; and for them `kept`, what
    they wrote and could not send."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"funds": None, "kept": SimpleLazyObject(lambda: drafts.waiting(request))}
    return {"funds": SimpleLazyObject(lambda: credits.funds(user.id))}
