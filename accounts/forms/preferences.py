"""Forms of the settings pages for preferences."""

import re
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.profiles import preferences
from accounts.profiles.models import BLUR, HIDE, SHOW, Preferences
from accounts.profiles.switches import BY_EMAIL, IN_APP, all_switches
from aptmagic.web import appearance

TAGS_MOST = 100
TAG = re.compile(r"[^\s,#]{1,40}")


class SwitchField(forms.BooleanField):
    """A checkbox shown as a switch."""

    def __init__(self, **options: Any) -> None:
        widget = forms.CheckboxInput(attrs={"role": "switch"})
        super().__init__(required=False, widget=widget, **options)


class PrivacyForm(forms.Form):
    """Account privacy, after the fields of `settings.POST_DEFAULT_FIELDS`."""

    discoverable = SwitchField(
        label=_("Let people find me"),
        help_text=_("Search engines may list your profile and posts."),
    )
    recipe_in_downloads = SwitchField(
        label=_("Embed prompt and settings in downloads"),
        help_text=_(
            "Other programs can read them from the file. You can choose for each download."
        ),
    )
    training = SwitchField(
        label=_("Allow AI training on my pictures"),
        help_text=_(
            "Off by default. While it’s off, your pages ask crawlers not to use "
            "your pictures for training. We don’t train models ourselves."
        ),
    )

    def __init__(self, data: Any, *, chosen: Preferences) -> None:
        super().__init__(data)
        post_defaults = import_string(settings.POST_DEFAULT_FIELDS)()
        self.fields.update(post_defaults)
        self.order_fields(list(post_defaults))
        self.post_default_fields = [self[name] for name in post_defaults]
        for name, field in self.fields.items():
            stored = getattr(chosen, name)
            self.initial[name] = field.initial if stored is None else stored


class FiltersForm(forms.Form):
    sensitive = forms.ChoiceField(
        label=_("Sensitive pictures"),
        choices=[
            (BLUR, _("Blur until I open them")),
            (HIDE, _("Hide")),
            (SHOW, _("Show normally")),
        ],
        widget=forms.RadioSelect,
    )
    hidden_tags = forms.CharField(
        label=_("Hide posts with these tags"),
        required=False,
        strip=False,
        max_length=5000,
        help_text=_("Separate tags with spaces. Each list shows how many pictures were hidden."),
        widget=forms.Textarea(
            attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false", "dir": "auto"}
        ),
        error_messages={"max_length": _("You can hide up to 100 tags.")},
    )

    def clean_hidden_tags(self) -> set[str]:
        typed = preferences.parse_tags(self.cleaned_data["hidden_tags"])
        if len(typed) > TAGS_MOST:
            raise forms.ValidationError(_now("You can hide up to 100 tags."))
        for tag in typed:
            if not TAG.fullmatch(tag):
                sentence = _now("“%(tag)s” isn’t a valid tag. Tags can have up to 40 characters.")
                raise forms.ValidationError(sentence % {"tag": tag[:40]})
        return typed


class NotificationsForm(forms.Form):
    """A field for each declared switch; see accounts/profiles/switches.py."""

    def __init__(self, data: Any, *, chosen: Preferences) -> None:
        super().__init__(data)
        for name, switch in all_switches().items():
            self.fields[switch.field_name] = SwitchField(
                label=switch.label,
                help_text=switch.help_text,
                initial=preferences.is_on(chosen, name),
            )

    @property
    def in_app(self) -> list[forms.BoundField]:
        return self._of_channel(IN_APP)

    @property
    def by_email(self) -> list[forms.BoundField]:
        return self._of_channel(BY_EMAIL)

    @property
    def switches(self) -> dict[str, bool]:
        """What was chosen, by the name of the switch."""
        declared = all_switches().items()
        return {name: self.cleaned_data[switch.field_name] for name, switch in declared}

    def _of_channel(self, channel: str) -> list[forms.BoundField]:
        declared = all_switches().values()
        return [self[switch.field_name] for switch in declared if switch.channel == channel]


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[
            (appearance.AUTO, _("System")),
            (appearance.LIGHT, _("Light")),
            (appearance.DARK, _("Dark")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        languages = cast(forms.ChoiceField, self.fields["language"])
        languages.choices = [("", _("Same as my browser")), *settings.LANGUAGES]
