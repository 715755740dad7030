"""Forms to sign up, sign in and reset a password."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import email_addresses
from accounts.forms.passwords import CurrentPasswordField, NewPasswordField, NewPasswordFormBase
from accounts.profiles import handles
from aptmagic.errors import Invalid

EMAIL = _("E-mail")
MAX_TYPED = 1000  # characters, before invisible ones are removed


class EmailAddressField(forms.CharField):
    """A normalised e-mail address.

    `signs_in` if a password is next to it: password managers then store it as the user name.
    """

    def __init__(self, label: Any = EMAIL, *, signs_in: bool = False) -> None:
        attrs = {
            "autocomplete": "username" if signs_in else "email",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        super().__init__(
            label=label,
            max_length=MAX_TYPED,
            widget=forms.EmailInput(attrs=attrs),
            error_messages={
                "required": _("Enter your e-mail address."),
                "invalid": _("Enter a complete e-mail address, such as ada@example.org."),
            },
        )

    def clean(self, value: str) -> str:
        typed = str(super().clean(value))
        try:
            return email_addresses.normalise(typed)
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class CodeField(forms.RegexField):
    """Six digits. Spaces between them are ignored."""

    def __init__(self, help_text: Any) -> None:
        super().__init__(
            regex=r"^[0-9]{6}$",
            label=_("Code"),
            help_text=help_text,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
            error_messages={
                "required": _("Enter the code."),
                "invalid": _("The code has six digits."),
            },
        )

    def to_python(self, value: str | None) -> str:
        return "".join(str(super().to_python(value)).split())


class SignUpForm(NewPasswordFormBase):
    handle = forms.CharField(
        label=_("Handle"),
        help_text=handles.RULE,
        max_length=100,
        # Not "username": that is the e-mail address.
        widget=forms.TextInput(
            attrs={"autocomplete": "nickname", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Choose a handle. It’s your name on the site.")},
    )
    email = EmailAddressField(signs_in=True)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("handle", "email", "password")

    def clean_handle(self) -> str:
        try:
            return handles.normalise(self.cleaned_data["handle"])
        except Invalid as refused:
            raise forms.ValidationError(str(refused)) from refused


class ConfirmForm(forms.Form):
    email = EmailAddressField()
    code = CodeField(_("The six digits from the e-mail we sent you"))


class ConfirmElsewhereForm(NewPasswordFormBase):
    """For a browser that did not sign up: the sign-up may be a stranger's, so the reader of the
    e-mail sets a new password."""

    email = EmailAddressField(signs_in=True)
    code = CodeField(_("The six digits from the e-mail we sent you"))
    password = NewPasswordField(_("New password"))

    field_order = ("email", "code", "password")


class ResendForm(forms.Form):
    email = EmailAddressField()


class SignInForm(forms.Form):
    email = EmailAddressField(signs_in=True)
    password = CurrentPasswordField()
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class AuthenticatorForm(forms.Form):
    """The only field of its page has the focus."""

    code = CodeField(_("The six digits shown in your authenticator app"))
    code.widget.attrs["autofocus"] = True


class RecoveryForm(forms.Form):
    recovery_code = forms.CharField(
        label=_("Recovery code"),
        help_text=_("One of the codes you saved when you turned on two-step verification"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter a recovery code.")},
    )
    password = CurrentPasswordField()


class NewPasswordForm(NewPasswordFormBase):
    """Replaces the temporary password of an invitation."""

    password = NewPasswordField(_("New password"))

    def __init__(self, *args: Any, email: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self._email = email

    def names(self, said: dict[str, Any]) -> tuple[str, ...]:
        return (self._email.partition("@")[0],)


class ForgotForm(forms.Form):
    email = EmailAddressField()


class ResetForm(NewPasswordFormBase):
    email = EmailAddressField(signs_in=True)
    code = CodeField(_("The six digits from the e-mail we sent you"))
    password = NewPasswordField(_("New password"))

    field_order = ("email", "code", "password")
