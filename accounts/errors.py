"""What can go wrong on the way in, in words that never tell whether an address has an account."""

from aptmagic.errors import Conflict, Invalid, Refused


class WrongPassword(Invalid):
    """Also the answer for an address that nobody has, and for one that awaits its code."""

    kind = "wrong-password"

    def __init__(self) -> None:
        super().__init__(
            "This e-mail address and password do not belong together, "
            "or the address has not been confirmed with its code yet."
        )


class NotConfirmed(WrongPassword):
    """The address awaits its code. Cognito says so whatever the password: tell only its owner."""


class WrongCode(Invalid):
    """Also the answer for an address that nobody has, and for one that has been confirmed."""

    kind = "wrong-code"

    def __init__(self) -> None:
        sentence = (
            "This code is wrong, used or too old: take the newest one from your mail, "
            "or sign in if you have confirmed."
        )
        super().__init__(sentence, fields={"code": [sentence]})


class AddressTaken(Refused):
    """For our own eyes: whoever signs up is told to look into their mail, as always."""

    kind = "address-taken"

    def __init__(self) -> None:
        super().__init__("This address has an account.")


class HandleTaken(Conflict):
    kind = "handle-taken"

    def __init__(self, handle: str) -> None:
        sentence = f"@{handle} is taken; please choose another handle."
        super().__init__(sentence, fields={"handle": [sentence]})


class SessionEnded(Refused):
    """The provider no longer honours this session."""

    status = 401
    kind = "session-ended"

    def __init__(self) -> None:
        super().__init__("Your session has ended; please sign in again.")
