"""Errors of accounts. Their messages never reveal whether an address has an account."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aptmagic.errors import Conflict, Invalid, Refused


class WrongPassword(Invalid):
    """Also raised for an unknown or unconfirmed address."""

    kind = "wrong-password"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Wrong e-mail address or password, or you haven’t confirmed your address yet. "
                "After several tries, wait a minute."
            )
        )


class NotConfirmed(WrongPassword):
    """The address is unconfirmed. Cognito says so for any password, so only the owner may know."""


class WrongCurrentPassword(Invalid):
    """For a signed-in user who reauthenticates or changes their password."""

    kind = "wrong-password"

    def __init__(self) -> None:
        sentence = _("Wrong current password.")
        super().__init__(sentence, fields={"old_password": [sentence]})


class PasswordResetRequired(Refused):
    """The password was right, but must be reset before signing in."""

    kind = "reset-first"

    def __init__(self) -> None:
        super().__init__(_("Reset your password before signing in."))


class WrongCode(Invalid):
    """Also raised for an unknown or already confirmed address."""

    kind = "wrong-code"

    def __init__(self) -> None:
        sentence = _("Wrong or expired code. Use the latest one.")
        super().__init__(sentence, fields={"code": [sentence]})


class WrongRecoveryCode(Invalid):
    kind = "wrong-code"

    def __init__(self) -> None:
        sentence = _("This recovery code is wrong or was already used.")
        super().__init__(sentence, fields={"recovery_code": [sentence]})


class ChallengeExpired(Refused):
    """A challenge was answered too late, or before."""

    status = 401
    kind = "challenge-over"

    def __init__(self) -> None:
        super().__init__(
            _("Your sign-in timed out or was already completed. Please sign in again.")
        )


class AddressTaken(Refused):
    """Never shown: users see the same page as for an address that isn't taken."""

    kind = "address-taken"

    def __init__(self) -> None:
        super().__init__(_("This address already has an account."))


class HandleTaken(Conflict):
    kind = "handle-taken"

    def __init__(self, handle: str) -> None:
        sentence = _("@%(handle)s is taken. Choose another handle.") % {"handle": handle}
        super().__init__(sentence, fields={"handle": [sentence]})


class HandleChangedRecently(Conflict):
    """Handles can be changed once in 30 days, so that users can be found."""

    kind = "too-soon"

    def __init__(self, then: datetime, again: datetime) -> None:
        dates = {"then": date_format(then), "again": date_format(again)}
        sentence = _("You changed your handle on %(then)s. You can change it again on %(again)s.")
        super().__init__(sentence % dates, fields={"handle": [sentence % dates]})


class SessionEnded(Refused):
    """The session has ended, here or at the provider."""

    status = 401
    kind = "session-ended"

    def __init__(self) -> None:
        super().__init__(_("Your session has ended. Please sign in again."))


class SessionCopied(SessionEnded):
    """A cookie or refresh token was used after a newer one."""

    kind = "session-copied"

    def __init__(self) -> None:
        sentence = _(
            "An old copy of your session was used, so we ended it to protect your "
            "account. Please sign in again."
        )
        Refused.__init__(self, sentence)


class SpendingLimitReached(Refused):
    """An API token has reached its monthly limit."""

    status = 402
    kind = "spending-cap"
