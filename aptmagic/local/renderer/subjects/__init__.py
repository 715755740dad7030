"""The figures drawn by hand, each a function that draws on a Tile in the colour it is given."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from ..colour import Array
from . import animals, buildings, nature, people, things
from .tile import Tile

Figure = Callable[[Tile, Array | None, np.random.Generator], None]

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {kind: partial(animals.sitting, kind) for kind in animals.KINDS}
    | {
        figure.__name__: figure
        for module in (animals, people, buildings, nature, things)
        for figure in module.FIGURES
    }
)


def draw(kind: str, size: int, tint: Array | None, chance: np.random.Generator) -> Tile:
    tile = Tile(size)
    FIGURES[kind](tile, tint, chance)
    return tile
