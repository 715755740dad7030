"""The form to publish or edit a post, and the defaults for new ones."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from aptmagic.errors import Invalid
from gallery.posts import text
from gallery.posts.models import FOLLOWERS, ME, PRIVATE, PUBLIC, UNLISTED, Post

VISIBILITY_CHOICES = [
    (PUBLIC, _("Everyone (shown in the gallery)")),
    (UNLISTED, _("Anyone with the link")),
    (PRIVATE, _("Only me")),
]
PROMPT_VISIBILITY_CHOICES = [(PUBLIC, _("Anyone who can see the picture")), (ME, _("Only me"))]


class PromptVisibilityField(forms.ChoiceField):
    """Doesn't offer "followers" until users can follow; a stored one is shown as "me"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=PROMPT_VISIBILITY_CHOICES, widget=forms.RadioSelect, **options)

    def prepare_value(self, value: Any) -> Any:
        return ME if value == FOLLOWERS else value


class PostForm(forms.Form):
    """Once valid, `fields_to_save` has the arguments of `posts.publish` and `posts.edit`."""

    caption = forms.CharField(
        label=_("Caption"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": text.MAX_CAPTION, "dir": "auto"}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        strip=False,
        help_text=format_lazy(_("Up to {most} tags, separated by spaces."), most=text.MAX_TAGS),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "dir": "auto"}
        ),
    )
    alt = forms.CharField(
        label=_("Alt text"),
        required=False,
        strip=False,
        help_text=_(
            "Describe the picture for people who use screen readers. Anyone can read it. If you "
            "leave it empty, we’ll write “A picture by” and your handle."
        ),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": text.MAX_ALT, "dir": "auto"}),
    )
    sensitive = forms.BooleanField(
        label=_("Mark as sensitive (blurred until opened)"), required=False
    )
    visibility = forms.ChoiceField(
        label=_("Who can see the picture"), choices=VISIBILITY_CHOICES, widget=forms.RadioSelect
    )
    prompt_visibility = PromptVisibilityField(label=_("Who can see the prompt"))

    fields_to_save: dict[str, Any]
    INVALID_STATUS = 422

    @property
    def status(self) -> int:
        return self.INVALID_STATUS if self.errors else 200

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = {**(super().clean() or {})}
        sensitive = [text.SENSITIVE] if values.pop("sensitive", False) else []
        values["tags"] = [*text.split_tags(values.get("tags", "")), *sensitive]
        try:
            text.validate(**{name: values.get(name, "") for name in ("caption", "tags", "alt")})
        except Invalid as error:
            for field, sentences in error.fields.items():
                self.add_error(field, sentences)
        self.fields_to_save = values
        return values


def default_fields() -> dict[str, forms.Field]:
    """The privacy page's fields for new posts, named after the attributes of `Preferences`."""
    help_text = _("The default. You can change it for each post.")
    return {
        "visibility": forms.ChoiceField(
            label=_("Who can see new posts"),
            help_text=help_text,
            choices=VISIBILITY_CHOICES,
            widget=forms.RadioSelect,
            initial=PUBLIC,
        ),
        "prompt_visibility": PromptVisibilityField(
            label=_("Who can see the prompts of new posts"), help_text=help_text, initial=PUBLIC
        ),
    }


def initial_for_post(post: Post) -> dict[str, Any]:
    tags = post.tags or ()
    return {
        "caption": post.caption or "",
        "tags": " ".join(tag for tag in tags if tag != text.SENSITIVE),
        "sensitive": text.SENSITIVE in tags,
        "alt": post.alt or "",
        "visibility": post.visibility,
        "prompt_visibility": post.prompt_visibility,
    }
