"""What people type to come in, with the rules said beside each field."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.password_validation import CommonPasswordValidator

from accounts import handles
from aptmagic.errors import Invalid

SHORTEST, LONGEST = 12, 256
REPEATED = re.compile(rf"(.{{1,{SHORTEST - 1}}}?)\1+", re.DOTALL)
# A shorter name may be in a good password by chance.
NAME = 4
LENGTH_RULE = "12 characters or longer; a few words together are easy to remember"


class Address(forms.EmailField):
    """An e-mail address as we keep it: in small letters."""

    def __init__(self) -> None:
        super().__init__(
            label="E-mail",
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
            error_messages={
                "required": "Your e-mail address is missing.",
                "invalid": "This is not a complete e-mail address, such as ada@example.org.",
            },
        )

    def clean(self, value: str) -> str:
        return str(super().clean(value)).lower()


class SignUpForm(forms.Form):
    handle = forms.CharField(
        label="Handle",
        help_text=handles.RULE,
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Choose a handle: it is your name on the site."},
    )
    email = Address()
    password = forms.CharField(
        label="Password",
        help_text=LENGTH_RULE,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_handle(self) -> str:
        try:
            return handles.normal(self.cleaned_data["handle"])
        except Invalid as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if sentence := _amiss(password):
            raise forms.ValidationError(sentence)
        return password

    def clean(self) -> dict[str, Any]:
        said = {**super().clean()}
        names = (said.get("handle", ""), said.get("email", "").partition("@")[0])
        if said.get("password") and (sentence := _guessable(said["password"], names)):
            self.add_error("password", sentence)
        return said


class Code(forms.RegexField):
    """Six digits, with the spaces that people and mail programs put between them."""

    def to_python(self, value: str | None) -> str:
        return "".join(str(super().to_python(value)).split())


class ConfirmForm(forms.Form):
    email = Address()
    code = Code(
        regex=r"^[0-9]{6}$",
        label="Code",
        help_text="The six digits in the mail we sent you",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={
            "required": "The code is missing.",
            "invalid": "The code is six digits, as in the mail we sent you.",
        },
    )


class ResendForm(forms.Form):
    email = Address()


class SignInForm(forms.Form):
    email = Address()
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Your password is missing."},
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


def _amiss(password: str) -> str | None:
    if len(password) < SHORTEST:
        return "This password is too short: it needs at least 12 characters."
    if len(password) > LONGEST:
        return "This password is too long: 256 characters are the most."
    if password != password.strip():
        return "A password cannot begin or end with a space."
    if not password.isprintable():
        return "This password has a character that cannot be typed."
    return None


def _guessable(password: str, names: Iterable[str]) -> str | None:
    """What anybody tries first."""
    plain = password.casefold()
    if any(len(name) >= NAME and name.casefold() in plain for name in names):
        return "This password has your handle or your e-mail name in it: everybody knows those."
    letters = "".join(character for character in plain if character.isalnum())
    if any(REPEATED.fullmatch(each) for each in (plain, letters)):
        return "This password repeats one thing over and over; take several words."
    if plain in _common():
        return "Too many people have this password; take a few words of your own."
    return None


@cache
def _common() -> frozenset[str]:
    return frozenset(each for each in CommonPasswordValidator().passwords if len(each) >= SHORTEST)
