"""Clouds of chance: smooth noise in one and two dimensions, and the blur that goes with it."""

import numpy as np
from PIL import Image, ImageFilter

from .colour import Array

Stream = np.random.Generator


def resize(
    field: Array, width: int, height: int, how: Image.Resampling = Image.Resampling.BICUBIC
) -> Array:
    if field.ndim == 3:
        layers = [resize(field[..., at], width, height, how) for at in range(field.shape[2])]
        return np.stack(layers, -1)
    picture = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(picture.resize((width, height), how))


def lattice(stream: Stream, height: int, width: int, down: float, across: float) -> Array:
    """One octave: random knots, smoothly joined."""
    knots = stream.random((max(2, int(down)) + 3, max(2, int(across)) + 3), dtype=np.float32)
    inside = (1, 1, knots.shape[1] - 1, knots.shape[0] - 1)
    picture = Image.fromarray(knots)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, box=inside))


def fractal(
    stream: Stream,
    height: int,
    width: int,
    down: float = 4,
    across: float = 4,
    *,
    octaves: int = 5,
    gain: float = 0.5,
    ridged: bool = False,
    coarse: int = 2,
) -> Array:
    """Octaves summed, centred on one half with a spread of 0.18; coarse trades detail for time."""
    rows, columns = max(8, height // coarse), max(8, width // coarse)
    total = np.zeros((rows, columns), np.float32)
    weight = 1.0
    for octave in range(octaves):
        layer = lattice(stream, rows, columns, down * 2**octave, across * 2**octave)
        total += weight * (1 - np.abs(2 * layer - 1) if ridged else layer)
        weight *= gain
    total = (total - total.mean()) / (total.std() + 1e-6) * 0.18 + 0.5
    if coarse == 1:
        return total
    return resize(total, width, height, Image.Resampling.BILINEAR)


def profile(
    stream: Stream,
    length: int,
    cells: float = 4,
    *,
    octaves: int = 6,
    gain: float = 0.5,
    sharp: bool = False,
) -> Array:
    """A wandering line from 0 to 1; sharp leaves corners, as a mountain ridge has."""
    along = np.linspace(0, 1, length, dtype=np.float32)
    total, weight, sum_of_weights = np.zeros(length, np.float32), 1.0, 0.0
    for octave in range(octaves):
        count = int(cells * 2**octave) + 2
        knots = stream.random(count).astype(np.float32)
        place = along * (count - 1.001)
        left = place.astype(int)
        share = place - left
        if not sharp or octave:
            share = share * share * (3 - 2 * share)
        right = np.minimum(left + 1, count - 1)
        total += weight * (knots[left] * (1 - share) + knots[right] * share)
        sum_of_weights += weight
        weight *= gain
    return total / sum_of_weights


def blur(field: Array, radius: float) -> Array:
    """Nearly Gaussian, and quick: shrink, blur in eight bits, grow again."""
    if field.ndim == 3:
        return np.stack([blur(field[..., at], radius) for at in range(field.shape[2])], -1)
    height, width = field.shape
    shrink = max(1, int(radius / 3))
    picture = Image.fromarray(np.ascontiguousarray(field, np.float32))
    if shrink > 1:
        small = (max(2, width // shrink), max(2, height // shrink))
        picture = picture.resize(small, Image.Resampling.BOX)
    values = np.asarray(picture)
    top = float(values.max()) or 1.0
    eight = Image.fromarray((np.clip(values / top, 0, 1) * 255).astype(np.uint8))
    soft = np.asarray(eight.filter(ImageFilter.GaussianBlur(radius / shrink)), np.float32)
    soft = soft * np.float32(top / 255)
    return resize(soft, width, height) if shrink > 1 else soft


def shifted(field: Array, down: int, across: int) -> Array:
    """Moved like np.roll, but what comes in is the edge again, not the other side."""
    height, width = field.shape[:2]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - across, 0, width - 1)
    return field[rows[:, None], columns[None, :]]
