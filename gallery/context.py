"""What the bar on top says of the gallery: read only where a template asks."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from accounts.http import UserRequest
from gallery.notifications import notifications


def alerts(request: UserRequest) -> dict[str, Any]:
    """`unread`: how many alerts a signed-in person has not seen."""
    person = request.user
    if not person.is_authenticated:
        return {"unread": 0}
    return {"unread": SimpleLazyObject(lambda: notifications.count_unread(person.id))}
