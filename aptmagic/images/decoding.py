"""Decoding untrusted images, and rebuilding them from their pixels alone.

Only JPEG, PNG and WebP are opened, recognised by their first bytes. The size is checked before
anything is decoded. The result is drawn from the pixels, in sRGB: metadata, locations, further
frames and anything hidden in the file are left out. Worker only: it needs Pillow.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageCms
from PIL.Image import Transpose

from aptmagic.aws.uploads import Rejected

FORMATS = ("JPEG", "PNG", "WEBP")
# The largest photos of phones; the worker's memory holds four of them decoded.
MAX_PIXELS = 50_000_000
MIN_SIDE = 64
# A progressive JPEG has ten or so. Each scan costs a full decode, and a bomb has 100,000.
MAX_SCANS = 100
# In a JPEG: a marker, and not image data that contains the byte 255.
MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
END_OF_JPEG = 0xD9
# In bytes. Profiles of printers have a megabyte or two.
MAX_PROFILE_BYTES = 4 * 1024 * 1024
# The Exif tag for how the camera was held, the only metadata used.
ORIENTATION = 0x0112
TRANSPOSE_BY_ORIENTATION = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIXTEEN_BIT_MODES = ("I", "I;16", "I;16B", "I;16L")
# Pillow raises all of these for truncated or malformed files.
DECODE_ERRORS = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError)


def open_untrusted(
    content: bytes, *, max_pixels: int = MAX_PIXELS, min_side: int = MIN_SIDE, draft_side: int = 0
) -> Image.Image:
    """The image upright, in RGB or RGBA, with nothing but its pixels. Raises uploads.Rejected.

    `max_pixels` counts the whole image, `min_side` one side. With `draft_side`, a JPEG is decoded
    at a reduced size of at least that many pixels a side, for a fraction of the time and memory.
    """
    content = _without_trailing_data(content)
    if kind := _rejected_kind(content):
        raise Rejected(kind)
    try:
        with _bombs_as_errors(), Image.open(BytesIO(content), formats=FORMATS) as image:
            _refuse_size(image, max_pixels, min_side)
            if draft_side:
                image.draft("RGB", (draft_side, draft_side))
            orientation = _orientation(image)
            return _upright(_pixels_only(_to_srgb(image)), orientation)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError) as error:
        raise Rejected("too-large") from error
    except Rejected:
        raise
    except DECODE_ERRORS as error:
        raise Rejected("damaged") from error


def _rejected_kind(content: bytes) -> str | None:
    """Why the file is rejected by its first bytes; None for a JPEG, PNG or WebP."""
    if content.startswith(b"\xff\xd8\xff"):
        return "damaged" if content.count(b"\xff\xda") > MAX_SCANS else None
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if webp or content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    if b"<svg" in content[:4096].lower():
        return "svg"
    heic = content[8:12] in (b"heic", b"heix", b"mif1", b"avif")
    return "heic" if content[4:8] == b"ftyp" and heic else "no-picture"


def _without_trailing_data(content: bytes) -> bytes:
    """A JPEG up to its end marker: phones append a video, or a second image, to a photo."""
    if not content.startswith(b"\xff\xd8\xff"):
        return content
    place = 2
    while found := MARKER.search(content, place):
        place = found.end()
        if content[place - 1] == END_OF_JPEG:
            return content[:place]
        # Every other marker gives the length of its segment, which may contain marker bytes.
        place += max(2, int.from_bytes(content[place : place + 2], "big"))
    return content


def _refuse_size(image: Image.Image, max_pixels: int, min_side: int) -> None:
    """Called before anything is decoded: a file of 48 kB may decode to 12,000 pixels a side."""
    if image.width * image.height > max_pixels:
        raise Rejected("too-large")
    if min(image.size) < min_side:
        raise Rejected("too-small")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except DECODE_ERRORS:
        return 1  # the pixels may be fine nevertheless


def _to_srgb(image: Image.Image) -> Image.Image:
    """The image converted from its colour profile to sRGB; unchanged if the profile is invalid."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > MAX_PROFILE_BYTES:
        return image
    image = _in_profile_mode(image)
    image.load()  # so that a truncated file raises its own error
    try:
        return _converted(image, ImageCms.ImageCmsProfile(BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _in_profile_mode(image: Image.Image) -> Image.Image:
    """In a mode that profiles apply to: no palette, and no colour that means transparent."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in SIXTEEN_BIT_MODES:
        return _to_eight_bits(image)
    return image if image.mode in ("CMYK", "L") else image.convert("RGB")


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    kept = image.mode in ("RGB", "RGBA")
    to = image.mode if kept else "RGB"
    change = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, to)
    converted = ImageCms.applyTransform(image, change, inPlace=kept)
    return image if converted is None else converted


def _to_eight_bits(image: Image.Image) -> Image.Image:
    return image.point(lambda value: value / 256).convert("L")


def _pixels_only(image: Image.Image) -> Image.Image:
    """The pixels of the first frame, in a new image without metadata."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode in SIXTEEN_BIT_MODES:
        image = _to_eight_bits(image)
    bare = Image.new(mode, image.size)
    bare.paste(image.convert(mode))
    return bare


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = TRANSPOSE_BY_ORIENTATION.get(orientation)
    return image if turn is None else image.transpose(turn)


@contextmanager
def _bombs_as_errors() -> Iterator[None]:
    """Pillow only warns of medium-sized decompression bombs."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
