"""What a new API token may do, for how long, and for how much."""

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
        help_text=_("Where it will be used, such as “Raspberry Pi”. Only you see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": _("Give the token a name, so that you know later what it was for."),
            "max_length": _("This name is too long: 60 characters are the most."),
        },
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[
            ("read", _("Read: your jobs, pictures, notifications and credits")),
            ("generate", _("Generate: make and delete pictures, with your credits")),
            ("publish", _("Publish: share, change and take down posts")),
            ("social", _("Social: like posts, and mark notifications as read")),
            ("account", _("Account: change your profile, export or delete your data")),
        ],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )
    days = forms.ChoiceField(
        label=_("Good for"),
        choices=[
            ("7", _("7 days")),
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("A year")),
            (EVER, _("Ever, until you revoke it")),
        ],
        initial="90",
    )
    cap = forms.IntegerField(
        label=_("Most it may spend in a month"),
        required=False,
        min_value=0,
        max_value=CAP_MOST,
        help_text=_("In credits. Left empty, it may spend what you have."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": _("A cap is a whole number of credits."),
            "min_value": _("A cap is a whole number of credits, 0 or more."),
            "max_value": _("A cap is at most a million credits; leave it empty for no cap."),
        },
    )
    # Names the token before it is made, so that a second click makes no second one.
    key = forms.RegexField(
        regex=r"^[0-9A-HJKMNP-TV-Z]{26}$", widget=forms.HiddenInput, initial=new_id
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError(_now("This name has a character that cannot be seen."))
        return name

    @property
    def expires(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return None if days == EVER else now() + timedelta(days=int(days))
