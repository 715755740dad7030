"""Errors that a person may read. Everything else is a bug and rises to the log."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


class Refused(Exception):
    """A request we understood and declined; `str()` of it is one sentence shown to the person,
    in their language.

    `status` is the HTTP status, `kind` a stable word for machines, `retry_after` seconds when
    waiting helps, `fields` messages by form field.
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
    """Also the answer for what is somebody else's: that it exists is nobody's business."""

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
    """A service is away or throttling; nothing was written and trying again helps."""

    status = 503
    kind = "busy"


class TooManyRequests(Refused):
    """A limit on how often; `retry_after` says when there is room again."""

    status = 429
    kind = "too-many"


class MethodNotAllowed(Refused):
    """The address is there, and takes something else than what was sent."""

    status = 405
    kind = "method-not-allowed"

    def __init__(self) -> None:
        super().__init__(_("This page can’t be opened directly. Go back and try again."))


class Throttled(Exception):
    """A service is asked for more than it gives: the same step is good in a minute or so.

    infra/workflow.yaml knows it by this name.
    """
