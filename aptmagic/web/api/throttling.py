"""The API's rate limit, as DRF's throttle class."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from aptmagic.rate_limits import limits


class RateLimit(BaseThrottle):
    """Count each call by its token and user, or by its address when it is anonymous."""

    def allow_request(self, request: Request, view: Any) -> bool:
        user_id = getattr(request.user, "id", None)
        address = None if user_id else request.META["REMOTE_ADDR"]
        token = getattr(request.auth, "token", None)
        limits.hit("api", address=address, token=token, person=user_id)
        return True
