"""The list of words that are refused whatever they mean: in two languages, by the site and by the
embedded guardrail alike."""

import unicodedata

import pytest

from aptmagic.local import moderation as embedded
from generation import moderation

LIST = sorted(moderation._blocked())


@pytest.mark.parametrize("phrase", LIST)
def test_every_line_is_as_the_site_compares_it_and_means_something_in_both_places(
    phrase: str,
) -> None:
    assert (
        " ".join(moderation.NOT_A_WORD.sub(" ", moderation.normalise_for_matching(phrase)).split())
        == phrase
    )
    for text in (phrase, f"a photo: {phrase.upper()}!", phrase.replace(" ", "_")):
        assert moderation._listed(text), text
        assert embedded.blocked_phrase(text), text


def test_no_line_is_there_twice() -> None:
    lines = moderation.BLOCKED_WORDS.read_text(encoding="utf-8").splitlines()
    phrases = [line for line in lines if line and not line.startswith("#")]
    assert len(phrases) == len(set(phrases)) == len(LIST)
    assert embedded.BLOCKED_WORDS == moderation.BLOCKED_WORDS


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "bé gái khỏa thân"),
        "BÉ GÁI KHOẢ THÂN",
        "bé\u200b gái khỏa\u00ad thân",
        "be gai khoa than, anh dep",
        "tranh ấu-dâm",
    ],
)
def test_vietnamese_is_refused_however_it_is_typed(text: str) -> None:
    assert moderation._listed(text) and embedded.blocked_phrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "bé gái thả diều trên đồng lúa",
        "hương vị châu âu đậm đà",
        "huong vi chau au dam da",  # the same, typed without marks
        "học sinh khoa thanh nhạc",
        "em bé ngủ trong nôi",
        "chùa có chữ vạn trên mái",
        "nude lipstick beside a child's drawing",
        "a naked tree in a childhood garden",
    ],
)
def test_ordinary_words_pass(text: str) -> None:
    assert not moderation._listed(text) and not embedded.blocked_phrase(text)
