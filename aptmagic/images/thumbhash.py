"""Placeholders: a ThumbHash (about 25 bytes) decoded to a tiny PNG in a data URI.

Format: https://evanw.github.io/thumbhash/ (luminance and two colour differences, each as a few
cosines of at most 7x7). Decoded to 10 pixels a side: browsers smooth when they enlarge, and 24
placeholders must not weigh more than their page.
"""

import base64
import math
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache

LONGER_SIDE = 10
MAX_BYTES = 32  # bytes
Factors = list[tuple[int, int, float]]


@lru_cache(maxsize=4096)
def placeholder(thumbhash: str) -> str:
    """A `data:image/png` URI for a base64 ThumbHash; an empty string if it is invalid."""
    try:
        data = base64.b64decode(thumbhash, validate=True)
        width, height, rows = _decode(data)
    except (ValueError, StopIteration):
        return ""
    return f"data:image/png;base64,{base64.b64encode(_png(width, height, rows)).decode()}"


def _decode(data: bytes) -> tuple[int, int, list[bytes]]:
    if len(data) > MAX_BYTES:
        raise ValueError("longer than any ThumbHash")
    head, tail = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    if head >> 23:
        raise ValueError("has transparency, which our pictures never do")
    landscape, side = tail >> 15, tail & 7
    if not side:
        raise ValueError("has no size")
    across, down = (7, side) if landscape else (side, 7)
    nibbles = _nibbles(data[5:])
    luma = (head & 63) / 63, _factors(nibbles, max(3, across), max(3, down), (head >> 18 & 31) / 31)
    yellow = (head >> 6 & 63) / 31.5 - 1, _factors(nibbles, 3, 3, (tail >> 3 & 63) / 63 * 1.25)
    red = (head >> 12 & 63) / 31.5 - 1, _factors(nibbles, 3, 3, (tail >> 9 & 63) / 63 * 1.25)
    width = LONGER_SIDE if landscape else max(1, round(LONGER_SIDE * across / down))
    height = max(1, round(LONGER_SIDE * down / across)) if landscape else LONGER_SIDE
    planes = [_plane(width, height, dc, ac) for dc, ac in (luma, yellow, red)]
    return width, height, [_row(*lines) for lines in zip(*planes, strict=True)]


def _nibbles(data: bytes) -> Iterator[int]:
    for byte in data:
        yield byte & 15
        yield byte >> 4


def _factors(nibbles: Iterator[int], across: int, down: int, scale: float) -> Factors:
    found = []
    for cy in range(down):
        cx = 0 if cy else 1
        while cx * down < across * (down - cy):
            found.append((cx, cy, (next(nibbles) / 7.5 - 1) * scale))
            cx += 1
    return found


def _plane(width: int, height: int, dc: float, ac: Factors) -> list[list[float]]:
    return [
        [
            dc
            + sum(
                factor
                * math.cos(math.pi / width * (x + 0.5) * cx)
                * math.cos(math.pi / height * (y + 0.5) * cy)
                * 2
                for cx, cy, factor in ac
            )
            for x in range(width)
        ]
        for y in range(height)
    ]


def _row(lumas: list[float], yellows: list[float], reds: list[float]) -> bytes:
    pixels = bytearray()
    for luma, yellow, red in zip(lumas, yellows, reds, strict=True):
        blue = luma - 2 / 3 * yellow
        reddish = (3 * luma - blue + red) / 2
        pixels += bytes(max(0, min(255, round(255 * v))) for v in (reddish, reddish - red, blue))
    return bytes(pixels)


def _png(width: int, height: int, rows: list[bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
