"""What is not wanted is not drawn, and what was not drawn is told."""

import numpy as np
import pytest

from aptmagic.local import renderer
from aptmagic.local.renderer import nouns, parsed_prompt, prompt_parser

NOON = "mountains at noon"
SMALL = (128, 128)


def _pixels(prompt: str, **more: str) -> np.ndarray:
    return np.asarray(renderer.draw(prompt, seed=4, size=SMALL, **more).image, np.int16)


@pytest.mark.parametrize(
    "prompt",
    [
        "a portrait",
        "a city street in the rain",
        "a woman with an umbrella",
        "a girl, a man and a wizard in a park",
        "an astronaut, a fisherman and a couple on the beach",
        "con người trên phố trong mưa",
    ],
)
@pytest.mark.parametrize("unwanted", ["people", "person", "no people", "crowd, blurry", "người"])
def test_no_people_means_nobody(prompt: str, unwanted: str):
    drawing = renderer.draw(prompt, negative_prompt=unwanted, seed=3, size=(64, 64))
    plan = renderer.parse_prompt(prompt, unwanted)
    assert not [one for one in plan.subjects if one.group == "people" and one.picture[0] == "@"]
    assert len(drawing.boxes) == len([one for one, _ in parsed_prompt.subjects_of(plan)])
    assert not {one.picture for one in plan.subjects} & {"@person", "@child", "@umbrella"}


GROUPS = {"animals": "a fox, an owl and a bee", "vehicles": "a car and a boat", "food": "a pizza"}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_left_out_as_a_whole(group: str):
    assert renderer.parse_prompt(GROUPS[group]).subjects
    assert not renderer.parse_prompt(GROUPS[group], group).subjects


def test_every_noun_is_in_a_group():
    groups = {noun.group for noun in nouns.nouns_by_name().values()}
    assert groups == {
        "animals", "people", "buildings", "plants", "food", "vehicles", "sky", "things",
    }  # fmt: skip


CLOUDLESS = [
    "mountains at noon, no clouds",
    "mountains at noon without any clouds",
    "cloudless mountains at noon",
    "mountains at noon under a clear sky",
]


@pytest.mark.parametrize("prompt", CLOUDLESS)
def test_no_clouds_means_a_clear_sky(prompt: str):
    assert not renderer.parse_prompt(prompt).shows("clouds")


def test_a_sky_without_clouds_is_even():
    def unevenness(pixels: np.ndarray) -> float:
        rows = pixels[:32, :, 0].reshape(4, 8, 16, 8).mean((1, 3))
        return float(np.abs(np.diff(rows, 2, axis=1)).mean())

    assert unevenness(_pixels(NOON, negative_prompt="clouds")) < unevenness(_pixels(NOON)) / 2


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        ("mountains at noon", "trees"),
        ("a meadow at noon", "mountains"),
        ("núi lúc nửa đêm", "trăng"),
        ("a meadow at noon", "grass"),
        ("wildflowers in a meadow", "flowers"),
        ("mountains at night", "moon"),
        ("mountains at night", "stars"),
        ("mountains at noon", "sun"),
    ],
)
def test_each_part_of_a_scene_can_be_left_out(prompt: str, part: str):
    changed = np.abs(_pixels(prompt) - _pixels(prompt, negative_prompt=part))
    assert changed.max() > 20
    with_it, without = (
        renderer.parse_prompt(prompt, seed=4),
        renderer.parse_prompt(prompt, part, seed=4),
    )
    assert (with_it.variant, with_it.time) == (without.variant, without.time)


def test_a_kite_is_flown_from_the_ground_and_a_pig_flies():
    children, kite = renderer.parse_prompt("two children flying a kite").subjects
    assert (children.place, kite.place) == ("ground", "air")
    (pig,) = renderer.parse_prompt("a pig flying in the sky").subjects
    assert pig.place == "air"


def test_a_no_holds_for_a_list_and_ends_with_it():
    plan = renderer.parse_prompt("a city without people and cars, and a dog")
    assert [one.name for one in plan.subjects] == ["dog"]
    plan = renderer.parse_prompt("a city without people and a red car")
    assert [one.name for one in plan.subjects] == ["car"]


def test_not_a_red_fox_leaves_the_blue_one():
    (fox,) = renderer.parse_prompt("a blue fox, not a red fox").subjects
    assert fox.tint is prompt_parser.words.COLOURS["blue"]


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("a quixotic fox", ["quixotic"]),
        ("a fox running in the rain", ["running"]),
        ("rain in a mandala", ["rain"]),
        ("a city and a desert", ["desert"]),
        ("a watercolor and origami fox", ["origami"]),
        ("a dawn sunset", ["sunset"]),
        ("seven foxes", ["seven"]),
        ("five cats and three dogs", ["three"]),
        ("a fox, an owl, a bear, a wolf, a lion, a tiger", ["tiger"]),
        ("a lake under a mountain at noon", []),
        ("a red fox in a snowy forest at dusk", []),
        ("two dogs on a bench", []),
        ("a pig flying over a village", []),
        ("a cat wearing sunglasses", []),
        ("a cat, no zebras, no quixotic things", []),
    ],
)
def test_what_is_not_drawn_is_told_word_for_word(prompt: str, missing: list[str]):
    assert renderer.words_not_drawn(prompt) == missing


def test_the_note_names_the_model_and_what_is_and_is_not_drawn():
    note = renderer.draw("a quixotic fox", model="Stable Image Ultra", size=(64, 64)).note
    assert note == (
        "Local preview of Stable Image Ultra, not made by an AI model. Shows: fox; "
        "not drawn: quixotic."
    )


def test_a_style_that_is_chosen_leaves_the_one_in_the_words_undrawn():
    assert renderer.words_not_drawn("an origami fox", style_preset="anime") == ["origami"]


@pytest.mark.parametrize(
    "prompt",
    ["fox owl bear " * 800, "狐" * 10_000, "một con cáo đẹp " * 600, "quixotic" * 1000],
)
def test_a_note_fits_where_s3_keeps_it(prompt: str):
    import json

    note = renderer.draw(prompt[:10_000], model="Stable Diffusion 3.5 Large", size=(32, 32)).note
    assert len(json.dumps(note)) < 2000
