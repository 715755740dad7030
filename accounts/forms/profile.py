"""Forms of the profile. `profiles.text` and `profiles.handles` validate them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.preferences import SwitchField
from accounts.profiles import handles
from accounts.profiles.models import Profile


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Display name"),
        required=False,
        max_length=500,
        help_text=_("Shown next to your pictures. Leave it empty to use your handle."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    bio = forms.CharField(
        label=_("Bio"),
        required=False,
        strip=False,
        max_length=5000,
        help_text=_("Up to 500 characters. Visible to everyone."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    links = forms.CharField(
        label=_("Links"),
        required=False,
        max_length=5000,
        help_text=_("One per line, up to 5, such as https://example.org."),
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "url",
                "inputmode": "url",
            }
        ),
    )
    private = SwitchField(
        label=_("Private account"),
        help_text=_(
            "Only you can see your posts, even those you shared before. Your name, "
            "photo, bio and links stay visible."
        ),
    )

    @staticmethod
    def of(profile: Profile) -> dict[str, Any]:
        return {
            "name": profile.name or "",
            "bio": profile.bio or "",
            "links": "\n".join(profile.links or ()),
            "private": bool(profile.private),
        }

    def clean_links(self) -> list[str]:
        typed: str = self.cleaned_data["links"]
        return typed.split()


class HandleForm(forms.Form):
    handle = forms.CharField(
        label=_("New handle"),
        help_text=handles.RULE,
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "nickname", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter a new handle.")},
    )
