"""What may be asked for, and how it is said when it may not."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptmagic.errors import Invalid
from generation.forms import form_class
from generation.operations import catalogue, registry
from generation.operations.validation import validate

FIELDS = {"model": "fast", "prompt": "a lighthouse"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("prompt", "", "Describe the picture you want"),
        ("prompt", "   \n ", "Describe the picture you want"),
        ("prompt", "x" * 10_001, "This text is too long. The limit is 10,000 characters."),
        ("prompt", "a\x07fox", "control characters"),
        ("prompt", "🦊🦊🦊", "Emoji and symbols alone"),
        ("prompt", "!!! ???", "Emoji and symbols alone"),
        ("negative_prompt", "x" * 10_001, "The limit is 10,000"),
        ("negative_prompt", "\x00", "control characters"),
        ("model", "dall-e", "Unknown model “dall-e”"),
        ("model", "", "Unknown model"),
        ("aspect_ratio", "7:5", "“7:5” isn’t an available option. Choose one of: 1:1, 16:9,"),
        (
            "style_preset",
            "vaporwave",
            "“vaporwave” isn’t an available option. Choose one of: 3d-model,",
        ),
        ("seed", -1, "from 0 to 4294967295"),
        ("seed", 4294967296, "from 0 to 4294967295"),
        ("count", 0, "from 1 to 4."),
        ("count", 5, "from 1 to 4."),
    ],
)
def test_each_wrong_field_has_its_own_sentence(field: str, value: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        validate(**{**FIELDS, field: value})
    assert sentence in refused.value.fields[field][0]
    assert list(refused.value.fields) == [field]


def test_each_model_has_its_own_last_seed() -> None:
    assert validate(**{**FIELDS, "seed": 4294967295}).seed == 4294967295
    with pytest.raises(Invalid):
        validate(**{**FIELDS, "model": "balanced", "seed": 4294967295})


@pytest.mark.parametrize(
    "prompt", ["x" * 10_000, "két kiscica", "一只猫", "a fox 🦊", "2001\na line"]
)
def test_ordinary_words_of_any_language_are_kept(prompt: str) -> None:
    assert validate(**{**FIELDS, "prompt": f"  {prompt} "}).prompt == prompt


@given(st.text(max_size=200))
def test_a_prompt_is_taken_whole_or_refused_with_a_sentence(prompt: str) -> None:
    try:
        request = validate(**{**FIELDS, "prompt": prompt})
    except Invalid as refused:
        assert refused.fields["prompt"][0].endswith((".", "."))
    else:
        one_spelling = unicodedata.normalize("NFC", prompt).strip()
        assert request.prompt == one_spelling.replace("\r\n", "\n").replace("\r", "\n")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.text(max_size=12)
            for name in ("prompt", "model", "aspect_ratio", "style_preset", "seed", "count", "key")
        },
    )
)
def test_a_form_is_valid_or_says_why_and_keeps_what_was_typed(typed: dict[str, str]) -> None:
    form = form_class(registry.get("create"))(typed)
    if form.is_valid():
        assert 1 <= form.request.count <= 4
    else:
        assert all(sentence for sentences in form.errors.values() for sentence in sentences)
    assert all(form[name].value() == value for name, value in typed.items())


def test_the_same_request_has_the_same_digest() -> None:
    assert validate(**FIELDS).digest == validate(prompt="a lighthouse", model="fast").digest
    assert validate(**FIELDS).digest != validate(**{**FIELDS, "seed": 3}).digest


def test_a_credit_costs_at_least_what_bedrock_takes() -> None:
    """Nobody may make pictures at our expense: the price of a model covers Bedrock's, nearly."""
    from decimal import Decimal

    from accounts.billing import ledger

    for model in catalogue.models():
        assert ledger.price_usd(model.credits) >= Decimal(model.price_usd) * Decimal("0.95")
