import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import handles
from aptmagic.errors import Invalid

GOOD = re.compile(r"[a-z][a-z0-9_]{2,29}", re.ASCII)


@pytest.mark.parametrize("typed", ["ada", "Ada", "  @ADA ", "a_1", "a" * 30, "ada_lovelace_1815"])
def test_a_good_handle_is_kept_in_small_letters(typed: str) -> None:
    assert handles.normal(typed) == typed.strip().removeprefix("@").lower()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "too short"),
        ("ab", "too short"),
        ("a" * 31, "too long"),
        ("1ada", "begins with a letter"),
        ("_ada", "begins with a letter"),
        ("ädä", "begins with a letter"),
        ("adä", "letters a to z"),
        ("a-da", "letters a to z"),
        ("a da", "letters a to z"),
        ("ada\n\nx", "letters a to z"),
        ("аda", "begins with a letter"),  # noqa: RUF001  Cyrillic
        ("ada٣", "letters a to z"),  # an Arabic digit
        ("admin", "reserved"),
        ("Support", "reserved"),
    ],
)
def test_a_bad_handle_gets_one_clear_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        handles.normal(typed)
    assert list(refused.value.fields) == ["handle"]


@given(st.text(max_size=60))
def test_whatever_is_typed_a_handle_is_good_or_refused(typed: str) -> None:
    try:
        handle = handles.normal(typed)
    except Invalid:
        return
    assert GOOD.fullmatch(handle)
    assert handles.normal(handle) == handle


@given(st.from_regex(GOOD, fullmatch=True))
def test_a_suffix_makes_a_good_handle_of_any(handle: str) -> None:
    assert handles.normal(handles.suffixed(handle)) != handle


def test_the_reserved_handles_are_possible_ones_in_small_letters() -> None:
    assert {"admin", "aptmagic", "settings", "api"} <= handles.reserved()
    assert all(word == word.lower() for word in handles.reserved())
