"""Forms for reauthentication and for changing credentials."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.passwords import CurrentPasswordField, NewPasswordField, NewPasswordFormBase
from accounts.forms.sign_in import CodeField, EmailAddressField
from accounts.identity import passwords

AUTHENTICATOR = _("The six digits shown in your authenticator app")
KEY = re.compile(r"\A[A-Z2-7]{16,128}=*\Z", re.ASCII)


class _CodeForm(forms.Form):
    """`codes`: whether the account asks for TOTP codes."""

    def __init__(self, *args: Any, codes: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not codes:
            del self.fields["code"]


class ReauthenticationForm(_CodeForm):
    old_password = CurrentPasswordField()
    code = CodeField(AUTHENTICATOR)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class PasswordForm(NewPasswordFormBase, _CodeForm):
    old_password = CurrentPasswordField(_("Current password"))
    code = CodeField(AUTHENTICATOR)
    password = NewPasswordField(_("New password"))
    revoke_tokens = forms.BooleanField(
        label=_("Revoke my API tokens"),
        required=False,
        help_text=_("Choose this if someone else may know your password."),
    )

    field_order = ("old_password", "code", "password", "revoke_tokens")

    def __init__(
        self,
        *args: Any,
        names: tuple[str, ...] = (),
        has_tokens: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._names = names
        if not has_tokens:
            del self.fields["revoke_tokens"]

    def names(self, said: dict[str, Any]) -> tuple[str, ...]:
        return self._names

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("password") and said["password"] in passwords.spellings(
            said.get("old_password", "")
        ):
            self.add_error("password", _("This is already your password. Choose a new one."))
        return said


class EmailForm(forms.Form):
    email = EmailAddressField(_("New e-mail address"))


class EmailCodeForm(forms.Form):
    code = CodeField(_("The six digits from the e-mail we sent to the new address"))


class AuthenticatorForm(forms.Form):
    """`key` is sent along so that it can be shown again after a wrong code."""

    key = forms.RegexField(regex=KEY, widget=forms.HiddenInput)
    code = CodeField(AUTHENTICATOR)
