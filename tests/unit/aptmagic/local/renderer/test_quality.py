"""Fast, balanced and best: one composition, and more in it the more it costs."""

from itertools import combinations

import numpy as np
import pytest

from aptmagic.local import renderer
from aptmagic.local.renderer import figures, nouns
from aptmagic.local.renderer.parsed_prompt import HOLDERS, SEATS

SIZE = (320, 320)
PROMPTS = (
    "a red fox in a snowy forest at dusk",
    "a castle on a hill at sunset",
    "a sailing ship at sea in the morning",
    "a city street at night",
    "a cup of coffee on a wooden table",
    "a nebula",
)


def _drawn(prompt: str, quality: str) -> np.ndarray:
    drawing = renderer.draw(prompt, quality=quality, seed=7, size=SIZE)
    return np.asarray(drawing.image.convert("L"), np.float32)


def _fineness(pixels: np.ndarray) -> float:
    """How much changes from one pixel to the next."""
    return float(np.abs(np.diff(pixels, axis=0)).mean() + np.abs(np.diff(pixels, axis=1)).mean())


@pytest.mark.parametrize("prompt", PROMPTS)
def test_each_quality_has_more_detail_than_the_one_below(prompt: str):
    fast, balanced, best = (_fineness(_drawn(prompt, one)) for one in renderer.QUALITIES)
    assert fast * 1.03 < balanced
    assert balanced * 1.03 < best


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_composition_is_the_same(prompt: str):
    """Seen from afar, the pictures are alike."""
    far = [_drawn(prompt, one).reshape(8, 40, 8, 40).mean((1, 3)) for one in renderer.QUALITIES]
    for one, other in combinations(far, 2):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8


def test_subjects_stand_where_they_stood():
    boxes = {
        renderer.draw(PROMPTS[0], quality=one, seed=7, size=SIZE).boxes
        for one in renderer.QUALITIES
    }
    assert len(boxes) == 1


def test_every_quality_is_the_same_for_the_same_arguments():
    for quality in renderer.QUALITIES:
        one, other = (renderer.draw(PROMPTS[0], quality=quality, size=(96, 96)) for _ in range(2))
        assert one.image.tobytes() == other.image.tobytes()


@pytest.mark.parametrize("seat", SEATS)
def test_who_is_on_a_seat_is_not_beside_it(seat: str):
    name = next(name for name, noun in nouns.nouns_by_name().items() if noun.picture == seat)
    drawing = renderer.draw(f"a cat on a {name}", seed=3, size=SIZE)
    below, cat = drawing.boxes
    assert below[0] < (cat[0] + cat[2]) / 2 < below[2]
    assert below[1] < cat[3] < below[3]


@pytest.mark.parametrize("holder", HOLDERS)
def test_who_is_in_something_looks_out_of_it(holder: str):
    drawing = renderer.draw(f"a bear in a {holder}", seed=3, size=SIZE)
    bear, around = drawing.boxes
    assert around[0] < (bear[0] + bear[2]) / 2 < around[2]
    assert bear[1] < around[3] and around[1] < bear[3] < around[3]


def test_those_whom_an_and_joins_sit_together():
    for prompt in ("a dog and a cat on a sofa", "một con chó và một con mèo trên ghế sofa"):
        dog, cat, _ = renderer.parse_prompt(prompt).subjects
        assert (dog.on, cat.on) == ("@sofa", "@sofa")
    tree, cat, _ = renderer.parse_prompt("a tree, a cat on a bench").subjects
    assert (tree.on, cat.on) == ("", "@bench")


def test_nobody_who_is_cut_off_at_the_chest_stands_in_the_grass():
    for picture in figures.BUSTS:
        name = next(name for name, noun in nouns.nouns_by_name().items() if noun.picture == picture)
        if nouns.nouns_by_name()[name].place == "air":
            continue
        ((_, _, _, foot),) = renderer.draw(f"a {name} in a meadow", seed=2, size=(64, 64)).boxes
        assert foot >= 64, name
