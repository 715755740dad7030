"""Colours as float triples from 0 to 1, and the few ways to mix them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # of floats, from 0 to 1 where it is a colour or a mask

WHITE = np.ones(3, np.float32)


def colour(code: str) -> Array:
    """`colour("d9692b")`: three floats."""
    return np.array([int(code[at : at + 2], 16) for at in (0, 2, 4)], np.float32) / 255


def light_of(red: float, green: float, blue: float) -> Array:
    """A colour cast, which may be negative or burn beyond white."""
    return np.array([red, green, blue], np.float32)


def mix(one: Any, other: Any, amount: Any) -> Any:
    """Numbers or arrays that broadcast; numpy has no narrower type for that."""
    return one + (other - one) * amount


def smooth(start: Any, end: Any, value: Any) -> Any:
    """0 before start, 1 after end, an S between; start may be the greater."""
    share = np.clip((value - start) / (end - start), 0, 1)
    return share * share * (3 - 2 * share)


def luminance(pixels: Array) -> Array:
    return pixels[..., 0] * 0.3 + pixels[..., 1] * 0.59 + pixels[..., 2] * 0.11


def saturate(pixels: Array, amount: float) -> Array:
    grey = luminance(pixels)[..., None]
    return grey + (pixels - grey) * amount


def gradient(position: Array, stops: list[tuple[float, Array]]) -> Array:
    """The colour of each position along the stops."""
    at = [place for place, _ in stops]
    channels = [
        np.interp(position, at, [shade[channel] for _, shade in stops]) for channel in range(3)
    ]
    return np.stack(channels, -1).astype(np.float32)


def ramp(values: Array, colours: list[Array]) -> Array:
    """Look each value from 0 to 1 up in a ramp of evenly spaced colours."""
    even = np.linspace(0, 1, len(colours))
    table = gradient(
        np.linspace(0, 1, 1024, dtype=np.float32), list(zip(even, colours, strict=True))
    )
    return table[(np.clip(values, 0, 1) * 1023).astype(np.int32)]


def eight_bit(shade: Array, opacity: float = 1.0) -> tuple[int, int, int, int]:
    """A colour as Pillow's drawing wants it."""
    red, green, blue = (round(float(value) * 255) for value in np.clip(shade, 0, 1))
    return red, green, blue, round(opacity * 255)
