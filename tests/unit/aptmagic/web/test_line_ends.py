"""A form sends each newline as CR and LF; whoever typed it, and every limit, counts one."""

from collections.abc import Callable, Iterator

import pytest
from django import forms

from accounts.forms import preferences as preferences_forms
from accounts.forms import profile as profile_forms
from accounts.profiles import text as profile_text
from gallery.posts import forms as gallery_forms
from gallery.posts import text as post_text
from generation import forms as generation_forms
from generation.operations import registry
from generation.operations.validation import validate

PROMPT_FORM = generation_forms.form_class(registry.get("create"))
PROMPT_MAX = 10_000
MODULES = (gallery_forms, profile_forms, preferences_forms)
# Each text of several lines: how it is checked, and how many characters are the most.
TEXTS: dict[str, tuple[Callable[[str], str], int]] = {
    "prompt": (
        lambda said: validate(model="fast", prompt=said).prompt,
        PROMPT_MAX,
    ),
    "negative_prompt": (
        lambda said: validate(model="fast", prompt="a fox", negative_prompt=said).negative_prompt,
        PROMPT_MAX,
    ),
    "caption": (lambda said: post_text.validate(caption=said).caption, post_text.MAX_CAPTION),
    "alt": (lambda said: post_text.validate(alt=said).alt, post_text.MAX_ALT),
    "bio": (lambda said: profile_text.validate(bio=said).bio, profile_text.MAX_BIO),
}
# Lists, which are taken apart at every kind of space.
LISTS = {"links", "hidden_tags"}


def textareas() -> Iterator[str]:
    for forms_of_module in ({"create": PROMPT_FORM}, *map(vars, MODULES)):
        for form in forms_of_module.values():
            if isinstance(form, type) and issubclass(form, forms.Form):
                for name, field in form.base_fields.items():
                    if isinstance(field.widget, forms.Textarea):
                        yield name


def test_every_text_of_several_lines_is_among_these() -> None:
    assert set(textareas()) == {*TEXTS, *LISTS}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("name", TEXTS)
def test_a_newline_is_one_character(name: str, end: str) -> None:
    check, most = TEXTS[name]
    typed = "\n".join(["a fox"] * 3000)[: most - 1] + "x"
    assert len(typed) == most
    assert check(typed.replace("\n", end)) == typed


def test_the_prompt_of_a_form_and_of_a_program_are_one_request() -> None:
    typed = PROMPT_FORM({"prompt": "a fox\r\nin the snow", "model": "fast"})
    assert typed.is_valid()
    said = validate(model="fast", prompt="a fox\nin the snow")
    assert typed.request.digest == said.digest
