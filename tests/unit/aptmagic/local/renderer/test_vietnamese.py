"""Prompts in Vietnamese, with their diacritics or without, show what they say."""

import unicodedata

import pytest

from aptmagic.local import renderer, seed
from aptmagic.local.renderer import phrases
from aptmagic.local.renderer import vocabulary as words


def _plan(prompt: str) -> renderer.ParsedPrompt:
    return renderer.parse_prompt(prompt)


def _pictures(prompt: str) -> list[str]:
    return [subject.picture for subject in _plan(prompt).subjects]


def test_the_example_of_the_create_page_shows_what_it_says():
    plan = _plan("Cáo đỏ trong rừng tuyết lúc chạng vạng")
    (fox,) = plan.subjects
    assert fox.picture == "@fox" and fox.tint is words.COLOURS["red"]
    assert (plan.variant, plan.time, plan.weather) == ("forest", "dusk", {"snow"})
    assert plan.not_drawn == ()


def test_the_example_of_the_first_page_shows_what_it_says():
    plan = _plan("Ngọn hải đăng giữa biển bão trong đêm")
    assert [subject.picture for subject in plan.subjects] == ["@lighthouse"]
    assert (plan.variant, plan.time, plan.weather) == ("sea", "night", {"storm"})
    assert plan.not_drawn == ()


def test_the_example_of_what_to_leave_out_leaves_it_out():
    plan = renderer.parse_prompt("một người trong sương mù", "người, chữ, sương mù")
    assert not plan.subjects and not plan.weather


BOTH_WAYS = {
    "con cáo trong tuyết": (["@fox"], None, None, {"snow"}),
    "ngôi nhà bên hồ lúc hoàng hôn": (["house"], "lake", "sunset", set()),
    "con hổ trong rừng": (["@tiger"], "forest", None, set()),
    "con mèo đen trên ghế sofa": (["@cat", "@sofa"], "room", None, set()),
    "hai con chó và một con mèo": (["@dog", "@cat"], None, None, set()),
    "thuyền buồm trên biển lúc bình minh": (["@boat"], "sea", "sunrise", set()),
    "bát phở trên bàn gỗ": (["steaming-bowl"], "indoors", None, set()),
    "cô gái mặc áo dài trong mưa": (["@aodai"], None, None, {"rain"}),
    "con trâu trên cánh đồng lúa": (["ox"], "meadow", None, set()),
    "cây cầu bắc qua sông": (["@bridge"], "lake", None, set()),
    "hoa sen trong đầm buổi sáng": (["@lotus"], "lake", "morning", set()),
    "máy bay trên mây": (["airplane"], "clouds", None, set()),
    "phố cổ hội an với đèn lồng": (["houses", "red-paper-lantern"], None, None, set()),
    "con voi trong rừng rậm": (["elephant"], "jungle", None, set()),
    "cá voi dưới đáy biển": (["@whale"], "underwater", None, set()),
    "mùa thu hà nội": ([], "city", None, {"autumn"}),
    "núi lửa trong đêm": ([], "volcano", "night", set()),
    "ông già noel trong tuyết": (["santa-claus"], None, None, {"snow"}),
}


@pytest.mark.parametrize("typed", ["written", "bare", "decomposed", "capitals"])
@pytest.mark.parametrize("prompt", BOTH_WAYS)
def test_a_prompt_is_understood_however_it_is_typed(prompt: str, typed: str):
    pictures, variant, time, weather = BOTH_WAYS[prompt]
    if typed == "bare":
        prompt = phrases.stripped(prompt)
    elif typed == "decomposed":
        prompt = unicodedata.normalize("NFD", prompt)
    elif typed == "capitals":
        prompt = prompt.upper()
    plan = _plan(prompt)
    assert [subject.picture for subject in plan.subjects] == pictures
    assert variant in (None, plan.variant) and time in (None, plan.time)
    assert plan.weather == weather


def test_the_old_and_the_new_place_of_a_tone_are_one_word():
    assert _pictures("tàu hoả") == _pictures("tàu hỏa") == ["locomotive"]


def test_a_colour_stands_behind_its_noun():
    fox, cat = _plan("con cáo xanh lá và con mèo đỏ").subjects
    assert fox.tint is words.COLOURS["green"] and cat.tint is words.COLOURS["red"]


def test_numbers_and_classifiers_count():
    (cats,) = _plan("ba con mèo").subjects
    assert cats.count == 3


@pytest.mark.parametrize(
    "prompt", ["bãi biển không có người", "bãi biển, không người", "bai bien khong co nguoi"]
)
def test_what_stands_behind_khong_is_left_out(prompt: str):
    plan = _plan(prompt)
    assert not plan.shows("people") and plan.variant == "beach"
    assert plan.not_drawn == ()


def test_clouds_are_left_out_in_vietnamese_too():
    plan = _plan("núi lúc bình minh, không có mây")
    assert not plan.shows("clouds") and plan.variant == "mountain"


@pytest.mark.parametrize(
    ("prompt", "pictures"),
    [
        ("a man in the rain", ["@person"]),  # mặn, trong, màn
        ("the bridge to nam", ["@bridge"]),
        ("a cafe by the sea", []),
        ("a song about the sun", []),
        ("a cat and a dog", ["@cat", "@dog"]),
        ("café with a cat", ["@cat"]),
    ],
)
def test_english_stays_english(prompt: str, pictures: list[str]):
    assert _pictures(prompt) == pictures
    assert not any(phrase.vietnamese for phrase in phrases.phrases(prompt))


@pytest.mark.parametrize(
    "prompt",
    [
        *(post.prompt for post in seed.POSTS),
        "le chat noir sur le toit",
        "un zorro rojo en la nieve",
        "gato en la mesa mañana",
        "São Paulo à noite",
        "crème brûlée",
        "to be or not to be",
    ],
)
def test_other_languages_are_not_taken_for_vietnamese(prompt: str):
    assert not phrases.is_vietnamese(phrases.tokens(prompt))


@pytest.mark.parametrize("prompt", ["bánh mì", "lá cây", "phở", "con cho", "ca phe sua da"])
def test_a_few_words_are_enough(prompt: str):
    assert phrases.is_vietnamese(phrases.tokens(prompt))


def test_words_of_both_languages_mix():
    plan = _plan("con robot màu đỏ, phong cách cyberpunk")
    assert plan.subjects[0].picture == "@robot" and plan.style == "neon-punk"


def test_every_vietnamese_word_leads_to_one_that_the_renderer_knows():
    for english, _, _ in phrases.entries():
        assert english == "-" or any(
            one in phrases.lexicon() for one in phrases.singulars(english)
        ), english


def test_the_vocabulary_is_that_of_ordinary_prompts():
    nouns = {english for english, _, _ in phrases.entries() if _is_noun(english)}
    assert len(nouns) >= 250
    assert len(phrases.vietnamese().exact) >= 900


def _is_noun(english: str) -> bool:
    return any(kind == "noun" for kind, _ in phrases.lexicon().get(english, ()))


def test_what_is_not_drawn_is_told_as_it_was_typed():
    assert renderer.words_not_drawn("con cáo đang chạy trong tuyết quixotic") == [
        "đang chạy",
        "quixotic",
    ]
