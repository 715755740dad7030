"""The form of a new API token: scopes, expiry and spending limit."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from aptmagic.aws.dynamodb import new_id, now

NAME_MOST = 60
CAP_MOST = 1_000_000
EVER = "ever"


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_MOST,
        help_text=_("Where you’ll use it, such as “Raspberry Pi”. Only you can see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": _("Enter a name, so you’ll know what the token is for."),
            "max_length": _("This name is too long. The limit is 60 characters."),
        },
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[
            ("read", _("Read: see your generations, pictures, notifications and credits")),
            ("generate", _("Generate: create and delete pictures, using your credits")),
            ("publish", _("Publish: share, edit and unpublish posts")),
            ("social", _("Social: like posts and mark notifications as read")),
            ("account", _("Account: edit your profile, export or delete your data")),
        ],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one permission.")},
    )
    days = forms.ChoiceField(
        label=_("Expires"),
        choices=[
            ("7", _("In 7 days")),
            ("30", _("In 30 days")),
            ("90", _("In 90 days")),
            ("365", _("In 1 year")),
            (EVER, _("Never")),
        ],
        initial="90",
    )
    cap = forms.IntegerField(
        label=_("Monthly spending limit"),
        required=False,
        min_value=0,
        max_value=CAP_MOST,
        help_text=_("In credits. Leave it empty for no limit."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": _("Enter a whole number of credits."),
            "min_value": _("Enter a whole number of credits, 0 or more."),
            "max_value": _(
                "The limit can be at most a million credits. Leave it empty for no limit."
            ),
        },
    )
    # Identifies the token before it exists, so that submitting twice creates one.
    key = forms.RegexField(
        regex=r"^[0-9A-HJKMNP-TV-Z]{26}$", widget=forms.HiddenInput, initial=new_id
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError(
                _now("This name contains an invisible character. Please retype it.")
            )
        return name

    @property
    def expires(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return None if days == EVER else now() + timedelta(days=int(days))
