"""What every page may say of the person looking at it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.billing import ledger
from accounts.identity import form_drafts


def person(request: HttpRequest) -> dict[str, Any]:
    """`funds`, read only when a template uses it, None for visitors; and for them `kept`, what
    they wrote and could not send."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"funds": None, "kept": SimpleLazyObject(lambda: form_drafts.pending(request))}
    return {"funds": SimpleLazyObject(lambda: ledger.get_balance(user.id))}
