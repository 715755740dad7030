"""Whatever people type, something is drawn, and it is never a crash."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aptmagic.local import renderer

TINY = (40, 32)


@pytest.mark.parametrize(
    "prompt",
    ["", " ", "🦊🌲❄️", "лиса в лесу", "雪の中の狐", "ثعلب", "\u0000\ud7ff", "!!! ???", "1234567890",
     "fox " * 2500, "x" * 10_000, "no", "red", "and with of"],
)  # fmt: skip
def test_an_odd_prompt_draws_something(prompt):
    drawing = renderer.draw(prompt, seed=9, size=TINY)
    assert drawing.image.size == TINY
    assert drawing.image.mode == "RGB"
    assert np.asarray(drawing.image).std() > 3
    assert drawing.note.endswith(".")


WORDS = st.sampled_from(
    [
        "fox",
        "owl",
        "castle",
        "rocket",
        "two",
        "five",
        "red",
        "blue",
        "snow",
        "rain",
        "storm",
        "night",
        "sunset",
        "aurora",
        "without",
        "sea",
        "forest",
        "logo",
        "portrait",
        "underwater",
        "volcano",
        "dragon",
        "village",
        "koi",
        "clocks",
        "quixotic",
        "the",
        "and",
        "watercolor",
        "origami",
        "wearing",
        "sunglasses",
        "magic",
        "giant",
        "mèo",
        "đỏ",
        "hoàng",
        "hôn",
        "không",
        "clouds",
        "on",
        "sofa",
        "people",
    ]
)


@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(WORDS, max_size=9),
    st.integers(0, 2**32 - 1),
    st.sampled_from(renderer.STYLE_PRESETS),
    st.sampled_from(renderer.QUALITIES),
)
def test_any_mix_of_words_can_be_drawn(words, seed, preset, quality):
    drawing = renderer.draw(
        " ".join(words), seed=seed, size=TINY, style_preset=preset, quality=quality
    )
    assert drawing.image.size == TINY


@settings(max_examples=60, derandomize=True)
@given(st.text(max_size=300), st.text(max_size=80))
def test_any_text_can_be_understood(prompt, negative_prompt):
    plan = renderer.parse_prompt(prompt, negative_prompt)
    assert plan.setting
    assert not set(plan.drawn) & set(plan.not_drawn)
