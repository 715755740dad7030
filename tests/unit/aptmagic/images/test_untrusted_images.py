"""Pictures nobody vouches for: bombs, drawings made of code, and files that are two things."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from random import Random
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aptmagic.aws.uploads import REJECTION_REASONS, Rejected
from aptmagic.images import decoding


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def two_colours(width: int = 96, height: int = 64) -> Image.Image:
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((20, 40, 210), (width // 2, 0, width, height))
    return image


def reason(content: bytes) -> str:
    with pytest.raises(Rejected) as refused:
        decoding.open_untrusted(content)
    assert str(refused.value) == REJECTION_REASONS[refused.value.reason]
    return refused.value.reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_opened(kind: str) -> None:
    image = decoding.open_untrusted(encoded(two_colours(), kind))
    assert (image.mode, image.size) == ("RGB", (96, 64))
    assert image.getpixel((5, 5))[0] > 150 and image.getpixel((90, 5))[2] > 150


def test_metadata_is_removed() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    photograph = encoded(two_colours(), "JPEG", exif=exif, comment=b"my street", icc_profile=b"icc")
    notes = PngInfo()
    notes.add_text("Author", "where I live")
    for content in (photograph, encoded(two_colours(), "PNG", pnginfo=notes)):
        image = decoding.open_untrusted(content)
        assert image.info == {} and not image.getexif()
        for kind in ("PNG", "WEBP", "JPEG"):
            again = encoded(image, kind)
            assert b"where I live" not in again and b"my street" not in again


def test_a_photo_is_rotated_upright() -> None:
    exif = Image.Exif()
    exif[decoding.ORIENTATION] = 6  # the camera was held on its side
    image = decoding.open_untrusted(encoded(two_colours(), "JPEG", exif=exif))
    assert image.size == (64, 96)
    assert image.getpixel((5, 5))[0] > 150 and image.getpixel((5, 90))[2] > 150


def test_transparency_is_kept() -> None:
    clear = Image.new("RGBA", (64, 64), (0, 200, 0, 0))
    assert decoding.open_untrusted(encoded(clear, "PNG")).getpixel((1, 1))[3] == 0
    palette = Image.new("P", (64, 64))
    assert decoding.open_untrusted(encoded(palette, "PNG", transparency=0)).mode == "RGBA"


def test_sixteen_bits_per_channel_become_eight() -> None:
    image = Image.new("I;16", (64, 64), 40_000)
    assert decoding.open_untrusted(encoded(image, "PNG")).getpixel((1, 1)) == (156, 156, 156)


def test_the_first_frame_of_an_animation_is_used() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "blue")]
    for kind in ("PNG", "WEBP"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert decoding.open_untrusted(moving).getpixel((1, 1))[0] > 200


# Colours ------------------------------------------------------------------------------------------
# The primaries of Display P3 as profiles have them, adapted to D50, and sRGB's own curve.
P3 = {
    "rXYZ": (0.515102, 0.241196, -0.001053),
    "gXYZ": (0.291977, 0.692245, 0.041885),
    "bXYZ": (0.157104, 0.066574, 0.784073),
    "wtpt": (0.964203, 1.0, 0.824905),
}
CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# What a P3 camera writes for the colour that sRGB calls (200, 140, 110).
IN_P3, IN_SRGB = (189, 141, 114), (200, 140, 110)


def fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def profile(space: bytes = b"RGB ") -> bytes:
    """A profile of version 4 with nothing in it but what says how colours look."""
    tags = {name: b"XYZ \0\0\0\0" + fixed(*value) for name, value in P3.items()}
    curve = b"para" + struct.pack(">LHH", 0, 3, 0) + fixed(*CURVE)
    tags |= dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve)
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">L", len(tags)), b""
    for name, body in tags.items():
        table += name.encode() + struct.pack(">2L", start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    head = struct.pack(">L4sL4s4s4s", start + len(data), b"", 0x04200000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.964203, 1.0, 0.824905)
    return head.ljust(128, b"\0") + table + data


def near(pixel: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """As near as the rounding of a photograph leaves it."""
    return all(abs(one - other) <= 3 for one, other in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_are_converted_from_their_profile(kind: str) -> None:
    photograph = Image.new("RGB", (96, 64), IN_P3)
    content = encoded(photograph, kind, icc_profile=profile(), quality=100)
    image = decoding.open_untrusted(content)
    assert near(image.getpixel((40, 30)), IN_SRGB) and image.info == {}
    assert near(decoding.open_untrusted(content, draft_side=64).getpixel((40, 30)), IN_SRGB)


def test_transparent_images_are_converted_and_stay_transparent() -> None:
    clear = Image.new("RGBA", (96, 64), (*IN_P3, 90))
    assert near(
        decoding.open_untrusted(encoded(clear, "PNG", icc_profile=profile())).getpixel((1, 1)),
        (*IN_SRGB, 90),
    )
    keyed = encoded(
        Image.new("RGB", (96, 64), IN_P3), "PNG", icc_profile=profile(), transparency=IN_P3
    )
    assert decoding.open_untrusted(keyed).getpixel((1, 1))[3] == 0
    palette = Image.new("RGB", (96, 64), IN_P3).convert("P", palette=Image.Palette.ADAPTIVE)
    assert near(
        decoding.open_untrusted(encoded(palette, "PNG", icc_profile=profile())).getpixel((1, 1)),
        IN_SRGB,
    )


@pytest.mark.parametrize(
    "odd",
    [
        b"icc",
        profile()[:200],
        profile()[:130] + b"\xff" * 60,
        profile(b"CMYK"),
        profile(b"GRAY"),
        bytes(3000),
    ],
    ids=["word", "cut", "table", "CMYK", "grey", "zeros"],
)
def test_an_invalid_profile_is_ignored(odd: bytes) -> None:
    for mode, kind in (("RGB", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG")):
        colour = IN_P3 if mode == "RGB" else (*IN_P3, 255)
        content = encoded(Image.new(mode, (96, 64), colour), kind, icc_profile=odd, quality=100)
        assert near(decoding.open_untrusted(content).getpixel((1, 1)), colour)


def test_a_huge_profile_is_ignored() -> None:
    odd = profile() + bytes(decoding.MAX_PROFILE_BYTES)
    content = encoded(Image.new("RGB", (96, 64), IN_P3), "JPEG", icc_profile=odd, quality=100)
    assert near(decoding.open_untrusted(content).getpixel((1, 1)), IN_P3)


def test_grey_and_cmyk_photos_are_opened() -> None:
    for mode in ("L", "CMYK"):
        plain = Image.new(mode, (96, 64), 90 if mode == "L" else (0, 100, 120, 40))
        with_profile = decoding.open_untrusted(
            encoded(plain, "JPEG", icc_profile=profile(), quality=100)
        )
        assert near(
            with_profile.getpixel((1, 1)),
            decoding.open_untrusted(encoded(plain, "JPEG", quality=100)).getpixel((1, 1)),
        )


# What stands behind a photograph ------------------------------------------------------------------
def test_a_photo_with_an_appended_video_is_opened() -> None:
    film = b"\0\0\0\x18ftypmp42" + Random(7).randbytes(3_000_000) + b"\xff\xda\xff\xd9" * 200
    for how in ({}, {"progressive": True}):
        photograph = encoded(two_colours(), "JPEG", **how)
        image = decoding.open_untrusted(photograph + film)
        assert image.size == (96, 64) and image.getpixel((5, 5))[0] > 150


def test_the_first_of_two_photos_in_one_file_is_used() -> None:
    """As telephones keep a second exposure, or a map of what is bright."""
    other = Image.new("RGB", (96, 64), "green")
    both = encoded(two_colours(), "MPO", save_all=True, append_images=[other])
    image = decoding.open_untrusted(both)
    assert image.size == (96, 64) and image.getpixel((5, 5))[0] > 150


def test_a_thumbnail_in_the_metadata_does_not_end_the_photo() -> None:
    photograph = encoded(two_colours(), "JPEG", comment=encoded(two_colours(64, 64), "JPEG"))
    assert photograph.count(b"\xff\xd9") > 1 and decoding.open_untrusted(photograph).size == (
        96,
        64,
    )


# Bombs --------------------------------------------------------------------------------------------
def test_a_small_file_of_a_hundred_million_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = encoded(Image.new("1", (12_000, 12_000)), "PNG", optimize=True)
    assert len(bomb) < 48_000
    assert reason(bomb) == "too-large"


def test_a_header_with_impossible_dimensions_is_refused() -> None:
    header = b"IHDR" + (2**31 - 1).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunk = (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    assert reason(b"\x89PNG\r\n\x1a\n" + chunk) in ("too-large", "damaged")


def test_a_photo_with_too_many_scans_is_refused_before_it_is_decoded() -> None:
    photograph = encoded(two_colours(), "JPEG", progressive=True)
    scans = photograph[photograph.rindex(b"\xff\xda") : -2]
    assert decoding.open_untrusted(photograph)
    assert reason(photograph[:-2] + scans * 1000 + b"\xff\xd9") == "damaged"


def test_compressed_metadata_that_expands_is_refused() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "x" * 80_000_000, zip=True)
    swelling = encoded(two_colours(), "PNG", pnginfo=notes)
    assert len(swelling) < 200_000
    assert reason(swelling) == "damaged"


def test_a_tiny_image_is_refused() -> None:
    assert reason(encoded(two_colours(96, 40), "PNG")) == "too-small"


# What is something else, or two things ------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a fox -->\n<SVG/>", "svg"),
        (b"<!doctype html><script>alert(1)</script>", "no-picture"),
        (b"%PDF-1.7", "no-picture"),
        (b"MZ\x90\x00", "no-picture"),
        (b"\x00\x00\x00\x18ftypheic", "heic"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "no-picture"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "damaged"),
    ],
)
def test_files_that_are_no_images_are_refused(content: bytes, why: str) -> None:
    assert reason(content) == why


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused_whatever_their_name(kind: str) -> None:
    assert reason(encoded(two_colours(), kind)) == "no-picture"


def test_an_html_page_with_an_image_in_it_is_refused() -> None:
    picture = encoded(two_colours(), "PNG")
    assert reason(b"<!doctype html><script>alert(1)</script>" + picture) == "no-picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_archive_appended_to_an_image_is_removed(kind: str) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as zipped:
        zipped.writestr("evil.js", "alert('a worm')")
    both = encoded(two_colours(), kind) + archive.getvalue() + b"<script>alert(1)</script>"
    again = encoded(decoding.open_untrusted(both), "WEBP")
    assert b"evil.js" not in again and b"<script>" not in again


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_image_is_refused(kind: str) -> None:
    whole = encoded(Image.effect_noise((200, 200), 90).convert("RGB"), kind)
    for length in (30, len(whole) // 2, len(whole) - len(whole) // 5):
        assert reason(whole[:length]) == "damaged"


WHOLE: dict[str, Callable[[], bytes]] = {
    kind: lambda kind=kind: encoded(two_colours(), kind) for kind in ("JPEG", "PNG", "WEBP")
}


@given(
    kind=some.sampled_from(sorted(WHOLE)),
    at=some.integers(0, 4000),
    junk=some.binary(min_size=1, max_size=40),
)
def test_a_picture_with_some_bytes_changed_is_opened_or_refused(
    kind: str, at: int, junk: bytes
) -> None:
    content = bytearray(WHOLE[kind]())
    at %= len(content)
    content[at : at + len(junk)] = junk
    try:
        assert decoding.open_untrusted(bytes(content)).info == {}
    except Rejected as refused:
        assert refused.reason in REJECTION_REASONS
