"""Password fields, and the rules for new passwords."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity import passwords

PASSWORD = gettext_lazy("Password")
MIN_LENGTH, MAX_LENGTH = 12, 256
REPEATED = re.compile(rf"(.{{1,{MIN_LENGTH - 1}}}?)\1+", re.DOTALL)
AFFIXES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# A good password may contain a shorter name by chance.
MIN_NAME_LENGTH = 4
KEYBOARD_ROWS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


class NewPasswordField(forms.CharField):
    """`rules` are ticked off while typing, with JavaScript (static/js/password.js)."""

    rules = (
        (
            "length",
            gettext_lazy("At least 12 characters. A few words are easy to remember."),
        ),
        ("names", gettext_lazy("Doesn’t contain your handle or the name in your e-mail address.")),
        ("repeats", gettext_lazy("Not a repeated pattern.")),
        ("", gettext_lazy("Not a common password.")),
    )

    def __init__(self, label: Any = PASSWORD) -> None:
        super().__init__(
            label=label,
            help_text=self.rules[0][1],
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            error_messages={"required": gettext_lazy("Choose a password.")},
        )

    def clean(self, value: str) -> str:
        password = passwords.normalise(str(super().clean(value)))
        if sentence := _error(password):
            raise forms.ValidationError(sentence)
        return password


class CurrentPasswordField(forms.CharField):
    """The user's current password."""

    def __init__(self, label: Any = PASSWORD) -> None:
        super().__init__(
            label=label,
            strip=False,
            max_length=MAX_LENGTH,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            error_messages={"required": gettext_lazy("Enter your password.")},
        )


class NewPasswordFormBase(forms.Form):
    """A form with a new `password` that may not contain any of `names`."""

    password = NewPasswordField()

    def names(self, said: dict[str, Any]) -> Iterable[str]:
        return (said.get("handle", ""), said.get("email", "").partition("@")[0])

    def clean(self) -> dict[str, Any]:
        said = {**(super().clean() or {})}
        password = said.get("password")
        if password and (sentence := _guessable(password, self.names(said))):
            self.add_error("password", sentence)
        return said


def _error(password: str) -> str | None:
    if len(password) < MIN_LENGTH:
        return _("This password is too short. Use at least 12 characters.")
    if len(password) > MAX_LENGTH:
        return _("This password is too long. The limit is 256 characters.")
    if password != password.strip():
        return _("Passwords can’t start or end with a space.")
    if not password.isprintable():
        return _("This password contains a character that can’t be typed.")
    return None


def _guessable(password: str, names: Iterable[str]) -> str | None:
    """The error for a password that is easy to guess; None for a good one."""
    plain = password.casefold()
    if any(len(name) >= MIN_NAME_LENGTH and name.casefold() in plain for name in names):
        return _("Don’t use your handle or the name in your e-mail address in your password.")
    letters = "".join(character for character in plain if character.isalnum())
    if any(REPEATED.fullmatch(each) for each in (plain, letters)):
        return _("This password repeats itself. Use several different words.")
    if _is_common(plain):
        return _("This password is too common. Try a few words of your own.")
    return None


def _is_common(plain: str) -> bool:
    """Also a common password made longer in the usual ways: few on the list have 12 characters."""
    if any(plain in row or plain in row[::-1] for row in KEYBOARD_ROWS):
        return True
    common, word = _common_passwords(), AFFIXES.sub("", plain)
    if word in common and 2 * len(word) >= len(plain):
        return True
    halves = ((plain[:at], plain[at:]) for at in range(len(plain) + 1))
    return any({*both} <= common for both in halves)


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset({"", *CommonPasswordValidator().passwords})
