"""Template context of every page: the number of unread notifications."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from accounts.http import UserRequest
from gallery.notifications import notifications


def alerts(request: UserRequest) -> dict[str, Any]:
    """`unread`, read from the database only if a template uses it."""
    user = request.user
    if not user.is_authenticated:
        return {"unread": 0}
    return {"unread": SimpleLazyObject(lambda: notifications.count_unread(user.id))}
