"""The styles: each takes the finished picture and makes it again by other means."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array
from . import camera, dream, facets, ink, paint, solid

STYLES: Mapping[str, Callable[[Scene, Array], Array]] = MappingProxyType(
    {
        "3d-model": solid.model,
        "analog-film": camera.analog,
        "anime": paint.anime,
        "cinematic": camera.cinematic,
        "comic-book": ink.comic,
        "digital-art": paint.digital,
        "enhance": camera.enhanced,
        "fantasy-art": dream.fantasy,
        "isometric": facets.isometric,
        "line-art": ink.lines,
        "low-poly": facets.low_poly,
        "modeling-compound": solid.clay,
        "neon-punk": dream.neon,
        "oil": paint.oil,
        "origami": facets.origami,
        "photographic": camera.photographic,
        "pixel-art": facets.pixels,
        "tile-texture": facets.tile,
        "watercolor": paint.watercolor,
    }
)


def apply(stage: Scene) -> None:
    style = STYLES.get(stage.plan.style)
    if style:
        stage.canvas.pixels[:] = np.clip(style(stage, stage.canvas.pixels.copy()), 0, 1)
