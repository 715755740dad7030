"""What can go wrong on the way in, in words that never tell whether an address has an account."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aptmagic.errors import Conflict, Invalid, Refused


class WrongPassword(Invalid):
    """Also the answer for an address that nobody has, and for one that awaits its code."""

    kind = "wrong-password"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Wrong e-mail or password, or the address isn’t confirmed yet. If "
                "you’ve tried several times, wait a minute."
            )
        )


class NotConfirmed(WrongPassword):
    """The address awaits its code. Cognito says so whatever the password: tell only its owner."""


class WrongCurrentPassword(Invalid):
    """For somebody signed in who proves, or changes, their password."""

    kind = "wrong-password"

    def __init__(self) -> None:
        sentence = _("Wrong current password.")
        super().__init__(sentence, fields={"old_password": [sentence]})


class PasswordResetRequired(Refused):
    """The password was right, and has to be set anew before it lets anybody in."""

    kind = "reset-first"

    def __init__(self) -> None:
        super().__init__(_("Reset your password before signing in."))


class WrongCode(Invalid):
    """Also the answer for an address that nobody has, and for one that has been confirmed."""

    kind = "wrong-code"

    def __init__(self) -> None:
        sentence = _("Wrong or expired code. Use the latest one.")
        super().__init__(sentence, fields={"code": [sentence]})


class WrongRecoveryCode(Invalid):
    kind = "wrong-code"

    def __init__(self) -> None:
        sentence = _("Wrong recovery code, or it’s been used already.")
        super().__init__(sentence, fields={"recovery_code": [sentence]})


class ChallengeExpired(Refused):
    """What was asked after the password was answered too late, or it has been answered before."""

    status = 401
    kind = "challenge-over"

    def __init__(self) -> None:
        super().__init__(_("This took too long or was already completed. Please sign in again."))


class AddressTaken(Refused):
    """For our own eyes: whoever signs up is told to look into their mail, as always."""

    kind = "address-taken"

    def __init__(self) -> None:
        super().__init__(_("This address already has an account."))


class HandleTaken(Conflict):
    kind = "handle-taken"

    def __init__(self, handle: str) -> None:
        sentence = _("@%(handle)s is taken. Choose another handle.") % {"handle": handle}
        super().__init__(sentence, fields={"handle": [sentence]})


class HandleChangedRecently(Conflict):
    """A handle is changed now and then, so that those who look for somebody find them."""

    kind = "too-soon"

    def __init__(self, then: datetime, again: datetime) -> None:
        dates = {"then": date_format(then), "again": date_format(again)}
        sentence = _("You changed your handle on %(then)s. You can change it again on %(again)s.")
        super().__init__(sentence % dates, fields={"handle": [sentence % dates]})


class SessionEnded(Refused):
    """The provider no longer honours this session."""

    status = 401
    kind = "session-ended"

    def __init__(self) -> None:
        super().__init__(_("Your session has ended. Please sign in again."))


class SessionCopied(SessionEnded):
    """A cookie or a refresh token came back after a newer one had taken over."""

    kind = "session-copied"

    def __init__(self) -> None:
        sentence = _(
            "An old copy of your session was used, so we ended it to protect your "
            "account. Please sign in again."
        )
        Refused.__init__(self, sentence)


class SpendingLimitReached(Refused):
    """A token has spent what its owner lets it spend in a month."""

    status = 402
    kind = "spending-cap"
