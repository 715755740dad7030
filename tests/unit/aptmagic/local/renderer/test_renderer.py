"""Drawing a picture: the same for the same arguments, in every shape and style."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from aptmagic.local import renderer

FOX = "a red fox in a snowy forest at dusk"
SMALL = (96, 96)


def _digest(drawing: renderer.Drawing) -> str:
    return hashlib.sha256(drawing.image.tobytes()).hexdigest()


def _pixels(drawing: renderer.Drawing) -> np.ndarray:
    return np.asarray(drawing.image, np.int16)


def test_the_same_arguments_give_the_same_bytes():
    first = renderer.draw(FOX, seed=7, size=SMALL, style_preset="anime")
    assert _digest(first) == _digest(renderer.draw(FOX, seed=7, size=SMALL, style_preset="anime"))


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_gives_the_same_bytes(hash_seed):
    program = (
        "import hashlib; from aptmagic.local import renderer; "
        f"print(hashlib.sha256(renderer.draw({FOX!r}, seed=7, size={SMALL}).image.tobytes())"
        ".hexdigest())"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == _digest(renderer.draw(FOX, seed=7, size=SMALL))


def test_another_seed_gives_another_picture():
    one, other = (renderer.draw(FOX, seed=seed, size=SMALL) for seed in (1, 2))
    assert np.abs(_pixels(one) - _pixels(other)).mean() > 8


@pytest.mark.parametrize("ratio", renderer.ASPECT_RATIOS)
def test_every_aspect_ratio_is_about_one_megapixel(ratio):
    width, height = renderer.ASPECT_RATIOS[ratio]
    wanted_width, wanted_height = map(int, ratio.split(":"))
    assert 0.9 < width * height / 1024**2 < 1.05
    assert width / height == pytest.approx(wanted_width / wanted_height, rel=0.05)
    assert renderer.draw(FOX, size=(width // 16, height // 16)).image.size == (
        width // 16,
        height // 16,
    )


def test_the_aspect_ratio_decides_the_size():
    assert renderer.draw("abstract", aspect_ratio="21:9").image.size == (1536, 640)


def test_every_preset_is_visibly_different():
    plain = _pixels(renderer.draw(FOX, seed=3, size=SMALL))
    drawn = {None: plain}
    for preset in renderer.STYLE_PRESETS:
        drawn[preset] = _pixels(renderer.draw(FOX, seed=3, size=SMALL, style_preset=preset))
    names = list(drawn)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            assert np.abs(drawn[one] - drawn[other]).mean() > 1, (one, other)


def test_there_are_seventeen_presets():
    assert len(renderer.STYLE_PRESETS) == len(set(renderer.STYLE_PRESETS)) == 17


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"aspect_ratio": "7:3"}, "aspect_ratio must be one of"),
        ({"style_preset": "cubism"}, "style_preset must be one of"),
        ({"seed": -1}, "seed must be from 0 to 4294967295"),
        ({"seed": 2**32}, "seed must be from 0 to 4294967295"),
        ({"quality": "superb"}, "quality must be one of"),
        ({"strength": 1.5}, "strength must be from 0 to 1"),
        ({"size": (4, 4)}, "size must be at least"),
    ],
)
def test_a_bad_argument_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        renderer.draw("a fox", **arguments)


def test_a_weak_wish_keeps_the_given_picture_and_a_strong_one_does_not():
    given = Image.linear_gradient("L").resize(SMALL).convert("RGB")
    apart = [
        np.abs(
            _pixels(renderer.draw(FOX, seed=2, size=SMALL, image=given, strength=strength))
            - np.asarray(given, np.int16)
        ).mean()
        for strength in (0.0, 0.4, 1.0)
    ]
    assert apart[0] < 1
    assert apart[0] < apart[1] < apart[2]


def test_full_strength_is_a_new_drawing():
    given = Image.new("RGB", (40, 60), "orange")
    redrawn = renderer.draw(FOX, seed=2, size=SMALL, image=given, strength=1.0)
    assert _digest(redrawn) == _digest(renderer.draw(FOX, seed=2, size=SMALL))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_full_picture_needs_less_than_three_hundred_megabytes():
    program = (
        "from aptmagic.local import renderer; "
        "renderer.draw('oil painting of a fox in a snowy forest at dusk', quality='best'); "
        "print(open('/proc/self/status').read())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    peak = next(line for line in told.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 300 * 1024  # getrusage would count the parent it was forked from
