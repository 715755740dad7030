"""The samples on the Create page show every style, each with a subject of its own, in few bytes."""

from PIL import Image

from aptmagic.local import renderer
from aptmagic.local.renderer import build_style_samples as samples


def test_every_style_has_its_sample_and_nothing_else_lies_there():
    assert set(samples.SAMPLES) == set(renderer.STYLE_PRESETS)
    assert {file.stem for file in samples.FOLDER.iterdir()} == set(samples.SAMPLES)


def test_no_two_styles_share_a_subject():
    prompts = [prompt for prompt, _ in samples.SAMPLES.values()]
    assert len(set(prompts)) == len(prompts)
    assert not [missing for prompt in prompts for missing in renderer.words_not_drawn(prompt)]


def test_the_samples_are_small():
    for file in samples.FOLDER.iterdir():
        assert file.stat().st_size <= samples.MOST_BYTES
        with Image.open(file) as image:
            assert image.size == (samples.SIDE, samples.SIDE)
