"""Pictures that nobody vouches for: opened with care, and made anew from their bare pixels.

Only JPEG, PNG and WebP are opened, by what their first bytes are and not by what they are called.
Size is looked at before anything is decoded. What we keep is drawn from the pixels: notes, places,
colour profiles, further frames, and whatever was hidden before, between or behind, stay behind.
Worker only.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image
from PIL.Image import Transpose

from aptmagic.uploads import Unfit

FORMATS = ("JPEG", "PNG", "WEBP")
# The largest photograph of a telephone fits into the worker some four times over.
MAX_PIXELS = 50_000_000
LEAST = 64
# A photograph has ten or so; of a hundred thousand each costs as much as the first.
MAX_SCANS = 100
# How the camera was held is all we want of what a picture says of itself.
ORIENTATION = 0x0112
UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L")
# Pillow's readers raise all of these for files that are cut off or make no sense.
NONSENSE = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError)


def opened(
    content: bytes, *, most: int = MAX_PIXELS, least: int = LEAST, down_to: int = 0
) -> Image.Image:
    """The picture upright, in RGB or RGBA, with nothing but its pixels. Raises uploads.Unfit.

    `most` are pixels in all and `least` pixels a side. A photograph that is to be made smaller
    anyway is decoded to no less than `down_to` a side, for a fraction of time and memory.
    """
    if kind := _other_kind(content):
        raise Unfit(kind)
    try:
        with _strict(), Image.open(BytesIO(content), formats=FORMATS) as image:
            _refuse_size(image, most, least)
            if down_to:
                image.draft("RGB", (down_to, down_to))
            return _upright(_bare(image), _orientation(image))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError) as error:
        raise Unfit("too-large") from error
    except Unfit:
        raise
    except NONSENSE as error:
        raise Unfit("damaged") from error


def _other_kind(content: bytes) -> str | None:
    """What this is, unless it begins as a picture of ours does."""
    if content.startswith(b"\xff\xd8\xff"):
        return "damaged" if content.count(b"\xff\xda") > MAX_SCANS else None
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if webp or content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    if b"<svg" in content[:4096].lower():
        return "svg"
    heic = content[8:12] in (b"heic", b"heix", b"mif1", b"avif")
    return "heic" if content[4:8] == b"ftyp" and heic else "no-picture"


def _refuse_size(image: Image.Image, most: int, least: int) -> None:
    """Before anything is decoded: 48 kB may decode to 12,000 pixels a side."""
    if image.width * image.height > most:
        raise Unfit("too-large")
    if min(image.size) < least:
        raise Unfit("too-small")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except NONSENSE:
        return 1  # the pixels may be fine all the same


def _bare(image: Image.Image) -> Image.Image:
    """The pixels of its first frame in a new picture, which knows of nothing else."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode in SIXTEEN_BITS:
        image = image.point(lambda value: value / 256).convert("L")
    bare = Image.new(mode, image.size)
    bare.paste(image.convert(mode))
    return bare


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


@contextmanager
def _strict() -> Iterator[None]:
    """Of a bomb of some size Pillow only warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
