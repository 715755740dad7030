"""Template variables about the user."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import draft_forms
from accounts.billing import ledger


def person(request: HttpRequest) -> dict[str, Any]:
    """`credit_balance` of a signed-in user, read from the ledger only when a template uses it.

    Visitors get `draft`: the form that they filled in but could not send.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {
            "credit_balance": None,
            "draft": SimpleLazyObject(lambda: draft_forms.pending(request)),
        }
    return {"credit_balance": SimpleLazyObject(lambda: ledger.get_balance(user.id))}
