"""The words of ordinary prompts: their nouns are understood, and they change the picture."""

import numpy as np
import pytest

from aptmagic.local import renderer
from aptmagic.local.renderer import nouns, pictograms, scenes, subjects, vocabulary

ORDINARY = {
    "a dragon flying over a volcano": "dragon",
    "cute corgi wearing sunglasses": "corgi",
    "a steaming cup of coffee on a wooden table": "cup of coffee",
    "a samurai in a bamboo forest": "samurai",
    "vintage car on a desert road": "vintage car",
    "a mermaid under the sea": "mermaid",
    "horse running on the beach": "horse",
    "a ballerina dancing on a stage": "ballerina",
    "delicious pizza with basil": "pizza",
    "a unicorn in a magic forest": "unicorn",
    "japanese garden with koi pond": "koi",
    "steampunk train in the mountains": "train",
    "a butterfly on a flower": "butterfly",
    "dinosaurs in the jungle": "dinosaurs",
    "a wizard casting a spell": "wizard",
    "an old man reading a book": "book",
    "medieval knight with sword": "knight",
    "a bowl of fruit, still life": "bowl of fruit",
    "waterfall in tropical rainforest": "waterfall",
    "a penguin on an iceberg": "penguin",
    "elephant at a waterhole at sunset": "elephant",
    "owl on a branch under the moon": "owl",
    "tower of an old town at night": "tower",
    "a snowy village at christmas": "village",
    "a turtle swimming in coral reef": "turtle",
    "surreal clocks melting": "clocks",
    "a bicycle leaning on a wall": "bicycle",
    "a hamster astronaut": "hamster",
    "space station orbiting earth": "space station",
    "a phoenix rising from flames": "phoenix",
    "modern living room interior": "living room",
    "a bee on lavender": "bee",
    "two children flying a kite": "kite",
    "a haunted house on halloween": "haunted house",
    "a golden retriever puppy in autumn leaves": "golden retriever",
    "mountain cabin in winter": "cabin",
    "a lonely tree in a field": "lonely tree",
    "sunflowers at sunset": "sunflowers",
    "hot air balloons over misty hills": "hot air balloons",
    "a red sports car in the city": "sports car",
}


def test_most_ordinary_prompts_show_their_noun():
    assert len(ORDINARY) == 40
    shown = [noun for prompt, noun in ORDINARY.items() if _shows(prompt, noun)]
    assert len(shown) >= 36, set(ORDINARY.values()) - set(shown)


def _shows(prompt: str, noun: str) -> bool:
    """As a subject or, for waterfalls and such, as the setting itself."""
    plan = renderer.parse_prompt(prompt)
    return any(said.endswith(noun) for said in plan.drawn)


@pytest.mark.parametrize(
    "noun",
    ["dragon", "pizza", "train", "knight", "penguin", "elephant", "owl", "bicycle", "sunflower",
     "unicorn", "lighthouse", "wizard"],
)  # fmt: skip
def test_a_noun_changes_the_picture_where_it_stands(noun):
    with_it = renderer.draw(f"a {noun} in a meadow at noon", seed=5, size=(160, 160))
    without = renderer.draw(
        f"a {noun} in a meadow at noon", negative_prompt=noun, seed=5, size=(160, 160)
    )
    left, top, right, bottom = with_it.boxes[0]
    area = (slice(max(0, top), bottom), slice(max(0, left), right))
    difference = np.abs(_pixels(with_it)[area] - _pixels(without)[area])
    assert difference.mean() > 12


def _pixels(drawing: renderer.Drawing) -> np.ndarray:
    return np.asarray(drawing.image, np.int16)


def test_every_name_leads_to_a_picture_that_exists():
    drawable = {f"@{figure}" for figure in subjects.FIGURES} | pictograms.names()
    assert {noun.picture for noun in nouns.nouns_by_name().values()} <= drawable


def test_the_vocabulary_is_large():
    assert len(nouns.nouns_by_name()) >= 400


@pytest.mark.parametrize(
    ("prompt", "pictures"),
    [
        ("a cat and a dog", ["@cat", "@dog"]),
        ("hot air balloon", ["@balloon"]),
        ("a coffee cup beside a teapot", ["hot-beverage", "teapot"]),
        ("wolves and foxes", ["@wolf", "@fox"]),
        ("cherries", ["cherries"]),
    ],
)
def test_compounds_plurals_and_pairs_are_understood(prompt, pictures):
    assert [subject.picture for subject in renderer.parse_prompt(prompt).subjects] == pictures


def test_three_sheep_are_three():
    (sheep,) = renderer.parse_prompt("three sheep on a hill").subjects
    assert sheep.count == 3
    assert len(renderer.draw("three sheep on a hill", size=(96, 96)).boxes) == 3


def test_a_colour_tints_the_noun_that_follows_it():
    (fox,) = renderer.parse_prompt("a blue fox in the snow").subjects
    assert fox.tint is not None
    assert fox.tint[2] > fox.tint[0]
    blue = renderer.draw("a blue car in a meadow", seed=1, size=(128, 128))
    red = renderer.draw("a red car in a meadow", seed=1, size=(128, 128))
    assert np.abs(_pixels(blue) - _pixels(red)).mean() > 1


def test_sunglasses_are_worn_not_left_on_the_ground():
    (corgi,) = renderer.parse_prompt("a corgi wearing sunglasses").subjects
    assert corgi.wears == "sunglasses"


def test_a_negated_noun_is_not_drawn():
    plan = renderer.parse_prompt("a fox and an owl in a forest", negative_prompt="owl, blurry")
    assert [subject.name for subject in plan.subjects] == ["fox"]
    assert "owl" not in plan.drawn + plan.not_drawn


def test_negated_weather_does_not_fall():
    assert not renderer.parse_prompt("a snowy forest", negative_prompt="snow").weather
    assert not renderer.parse_prompt("a forest without snow").weather
    assert renderer.parse_prompt("a snowy forest").weather == {"snow"}


def test_every_setting_can_be_painted():
    for word in vocabulary.words_of("""
    mountains volcano lake sea beach underwater forest jungle waterfall city desert space
    meadow arctic clouds table room abstract geometric mandala portrait logo
    """):  # fmt: skip
        plan = renderer.parse_prompt(word)
        assert plan.setting in scenes.PAINTERS
        assert renderer.draw(word, size=(64, 48)).image.size == (64, 48)
