"""Variants, hash and placeholder of an original, and what is refused as no picture."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from aptmagic.aws.uploads import Rejected
from aptmagic.images.thumbhash import placeholder
from generation.library import derivatives, picture_files
from tests.unit.fake_services import png


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_variants_have_their_widths_and_formats() -> None:
    derived = derivatives.derive(png(3, (1216, 832)))
    assert set(derived.files) == set(picture_files.variant_names(1216))
    for name, body in derived.files.items():
        width, _, kind = name.partition(".")
        assert opened(body).format == kind.upper() and opened(body).width == int(width)
    assert (derived.width, derived.height) == (1216, 832)


def test_nothing_is_enlarged() -> None:
    assert picture_files.variant_widths(768) == [320, 640, 768]
    assert picture_files.variant_widths(640) == [320, 640]
    assert picture_files.variant_widths(64) == [64]


def test_nothing_of_the_originals_metadata_goes_on() -> None:
    file = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGB", (400, 300)).save(file, "JPEG", exif=exif)
    assert all(
        b"where I live" not in body for body in derivatives.derive(file.getvalue()).files.values()
    )


@pytest.mark.parametrize("width", [64, 320, 1024])
def test_a_placeholder_looks_like_its_picture(width: int) -> None:
    file = BytesIO()
    image = Image.new("RGB", (width, width * 3 // 4), (200, 40, 40))
    image.paste((20, 60, 220), (width // 2, 0, width, width * 3 // 4))
    image.save(file, "PNG")

    uri = placeholder(derivatives.derive(file.getvalue()).thumbhash)

    small = opened(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
    left, right = small.getpixel((1, 3)), small.getpixel((small.width - 2, 3))
    assert small.width > small.height and len(uri) < 800
    assert left[0] > left[2] + 60 and right[2] > right[0] + 60


@pytest.mark.parametrize("nonsense", ["", "!!!", "AAAA", "////////", "x" * 5000])
def test_a_broken_hash_has_no_placeholder(nonsense: str) -> None:
    assert placeholder(nonsense) == ""


def test_other_files_are_refused() -> None:
    gif = BytesIO()
    Image.new("P", (64, 64)).save(gif, "GIF")
    for data in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", gif.getvalue(), png(3)[:60]):
        with pytest.raises(Rejected):
            derivatives.derive(data)


def test_a_small_file_of_many_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG", optimize=True)
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(Rejected, match="too large"):
        derivatives.derive(bomb.getvalue())
