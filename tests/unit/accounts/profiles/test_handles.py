import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.profiles import handles
from aptmagic.errors import Invalid

GOOD = re.compile(r"[a-z][a-z0-9_]{2,29}", re.ASCII)


@pytest.mark.parametrize(
    "typed", ["ada", "Ada", "  @ADA ", "a_1", "a" * 30, "ada_lovelace_1815", "ali", "dean", "max0"]
)
def test_a_good_handle_is_kept_in_small_letters(typed: str) -> None:
    assert handles.normalise(typed) == typed.strip().removeprefix("@").lower()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "too short"),
        ("ab", "too short"),
        ("a" * 31, "too long"),
        ("1ada", "start with a letter"),
        ("_ada", "start with a letter"),
        ("ädä", "“ä” can’t be used in a handle"),
        ("adä", "“ä” can’t be used in a handle"),
        ("a-da", "letters a–z"),
        ("a da", "letters a–z"),
        ("ada\n\nx", "letters a–z"),
        ("аda", "can’t be used in a handle"),  # noqa: RUF001  Cyrillic
        ("ａda", "can’t be used in a handle"),  # noqa: RUF001  as wide as a Chinese character
        ("ada٣", "can’t be used in a handle"),  # an Arabic digit
        ("a\u200dda", "letters a–z"),  # an invisible joiner
        ("admin", "reserved"),
        ("Support", "reserved"),
        ("adm1n", "looks like"),
        ("ad_m_in", "looks like"),
        ("rnoderator", "looks like"),
        ("supp0rt", "looks like"),
        ("aptmagic_billing", "looks like"),
        ("the_apt_mag1c", "looks like"),
    ],
)
def test_a_bad_handle_gets_one_clear_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        handles.normalise(typed)
    assert list(refused.value.fields) == ["handle"]


@given(st.text(max_size=60))
def test_whatever_is_typed_a_handle_is_good_or_refused(typed: str) -> None:
    try:
        handle = handles.normalise(typed)
    except Invalid:
        return
    assert GOOD.fullmatch(handle)
    assert handles.normalise(handle) == handle


@given(st.from_regex(GOOD, fullmatch=True))
def test_a_suffix_makes_a_good_handle_of_any(handle: str) -> None:
    assert handles.normalise(handles.with_suffix(handle)) != handle


def test_the_reserved_handles_are_possible_ones_in_small_letters() -> None:
    assert {"admin", "aptmagic", "settings", "api"} <= handles.reserved()
    assert all(word == word.lower() for word in handles.reserved())


@given(st.sampled_from(sorted(handles.reserved())))
def test_every_reserved_word_is_refused_in_any_dress(word: str) -> None:
    for one, other in handles.CONFUSABLES:
        dressed = word.replace(other, one, 1) if other else f"{word[:2]}_{word[2:]}"
        if handles.is_possible(dressed):
            with pytest.raises(Invalid, match="reserved"):
                handles.normalise(dressed)
