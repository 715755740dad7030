"""Errors shown to users. Every other exception is a bug and is logged at the edge."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


class Refused(Exception):
    """A request that was understood and declined. `str()` gives the sentence shown to the user.

    `status` is the HTTP status, `kind` a stable identifier for programs, `retry_after` the seconds
    to wait where waiting helps, `fields` the messages by form field.
    """

    status = 400
    kind = "refused"

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, list[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})
        self.retry_after = retry_after


class Invalid(Refused):
    status = 422
    kind = "invalid"


class NotFound(Refused):
    """Also raised for other users' private things, so that their existence isn't revealed."""

    status = 404
    kind = "not-found"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("This doesn’t exist, or you don’t have access to it."))


class Gone(Refused):
    status = 410
    kind = "gone"


class Conflict(Refused):
    status = 409
    kind = "conflict"


class SignInRequired(Refused):
    status = 401
    kind = "sign-in-first"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Sign in to continue."))


class PermissionDenied(Refused):
    status = 403
    kind = "not-allowed"


class NotEnoughCredits(Refused):
    status = 402
    kind = "not-enough-credits"


class Busy(Refused):
    """A service is unavailable or throttling: nothing was written, and trying again helps."""

    status = 503
    kind = "busy"


class TooManyRequests(Refused):
    """Over a rate limit; `retry_after` is the number of seconds until it frees up."""

    status = 429
    kind = "too-many"


class MethodNotAllowed(Refused):
    """The URL exists, but not for this HTTP method."""

    status = 405
    kind = "method-not-allowed"

    def __init__(self) -> None:
        super().__init__(_("This page can’t be opened directly. Go back and try again."))


class Throttled(Exception):
    """A service throttles us; the same step will work in a minute or so.

    infra/workflow.yaml retries it by this name.
    """
