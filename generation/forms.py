"""The Create form: loosely typed fields, and one check that the API shares."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aptmagic.aws.dynamodb import new_id
from aptmagic.errors import Invalid
from generation.operations import catalogue, prompt_request

COUNTS = [(number, str(number)) for number in range(1, catalogue.COUNT_MAX + 1)]


class Words(forms.CharField):
    """Whatever was typed; `requests.checked` says what is wrong with it, NUL included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)
        self.validators.clear()


class PromptForm(forms.Form):
    """`request` holds the PromptRequest when the form is valid."""

    prompt = Words(label=_("Prompt"), widget=forms.Textarea)
    negative_prompt = Words(label=_("Negative prompt"), widget=forms.Textarea)
    model = Words(label=_("Model"), initial="fast")
    aspect_ratio = Words(label=_("Aspect ratio"), initial="1:1")
    style_preset = Words(label=_("Style"))
    seed = Words(label=_("Seed"))
    count = Words(label=_("Images"), initial="1")
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    request: prompt_request.PromptRequest

    def clean(self) -> dict[str, Any]:
        values = {**(super().clean() or {})}
        values["key"] = values.get("key") or new_id()
        wish = {
            name: values.get(name, "") for name in ("prompt", "negative_prompt", "style_preset")
        }
        wish["model"] = values.get("model") or "fast"
        wish["aspect_ratio"] = values.get("aspect_ratio") or "1:1"
        numbers = {"seed": self._number("seed", None), "count": self._number("count", 1)}
        try:
            self.request = prompt_request.validate(**wish, **numbers)
        except Invalid as error:
            for field, sentences in error.fields.items():
                if field not in self.errors:
                    self.add_error(field, sentences)
        return values

    def _number(self, field: str, default: int | None) -> Any:
        """The whole number somebody typed; -1 (which no field accepts) for anything else."""
        typed = (self.cleaned_data.get(field) or "").strip()
        if not typed:
            return default
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else -1
