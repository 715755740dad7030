"""What people say when they share a picture, in fields."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.profiles.models import FOLLOWERS, ME, PRIVATE, PUBLIC, UNLISTED, Preferences
from aptmagic.errors import Invalid
from gallery.posts import text
from gallery.posts.models import Post

VISIBILITY_CHOICES = [
    (PUBLIC, _("Everyone: it is shown in the gallery")),
    (UNLISTED, _("Whoever has the link")),
    (PRIVATE, _("Only me")),
]
PROMPT_VISIBILITY_CHOICES = [(PUBLIC, _("Everyone who sees the picture")), (ME, _("Only me"))]


class PostForm(forms.Form):
    """`said` holds the arguments of `posts.publish` and `posts.edit` when the form is valid."""

    caption = forms.CharField(
        label=_("Caption"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": text.CAPTION_MAX, "dir": "auto"}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        strip=False,
        help_text=format_lazy(
            _("Up to {most}, with spaces between them; each of {rule}."),
            most=text.TAGS_MAX,
            rule=_(text.TAG_RULE),
        ),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "dir": "auto"}
        ),
    )
    alt = forms.CharField(
        label=_("Description"),
        required=False,
        strip=False,
        help_text=_(
            "What is to be seen, for those who cannot see it. Everyone can read it. "
            "Left empty, it is “A picture by” and your handle."
        ),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": text.ALT_MAX, "dir": "auto"}),
    )
    sensitive = forms.BooleanField(
        label=_("Mark as sensitive (blurred until opened)"), required=False
    )
    visibility = forms.ChoiceField(
        label=_("Who may see the picture"), choices=VISIBILITY_CHOICES, widget=forms.RadioSelect
    )
    prompt_visibility = forms.ChoiceField(
        label=_("Who can see the prompt"),
        choices=PROMPT_VISIBILITY_CHOICES,
        widget=forms.RadioSelect,
    )

    said: dict[str, Any]
    WRONG = 422

    @property
    def status(self) -> int:
        return self.WRONG if self.errors else 200

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = {**super().clean()}
        marked = [text.SENSITIVE] if values.pop("sensitive", False) else []
        values["tags"] = [*text.split_tags(values.get("tags", "")), *marked]
        try:
            text.validate(**{name: values.get(name, "") for name in ("caption", "tags", "alt")})
        except Invalid as error:
            for field, sentences in error.fields.items():
                self.add_error(field, sentences)
        self.said = values
        return values


def initial_for_picture(chosen: Preferences) -> dict[str, str]:
    """Where sharing begins: as its author usually does. The prompt is no description before its
    author says so."""
    return {"visibility": chosen.visibility, "prompt_visibility": _reads(chosen.prompt_visibility)}


def initial_for_post(post: Post) -> dict[str, Any]:
    tags = post.tags or ()
    return {
        "caption": post.caption or "",
        "tags": " ".join(tag for tag in tags if tag != text.SENSITIVE),
        "sensitive": text.SENSITIVE in tags,
        "alt": post.alt or "",
        "visibility": post.visibility,
        "prompt_visibility": _reads(post.prompt_visibility),
    }


def _reads(said: str) -> str:
    """Nobody follows anybody yet, so "followers" are nobody."""
    return ME if said == FOLLOWERS else said
