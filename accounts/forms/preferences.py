"""What somebody may choose about the site, with each choice in a sentence."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aptmagic import appearance


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[
            (appearance.AUTO, _("Automatic")),
            (appearance.LIGHT, _("Light")),
            (appearance.DARK, _("Dark")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        languages = self.fields["language"]
        languages.choices = [("", _("As this browser says")), *settings.LANGUAGES]
