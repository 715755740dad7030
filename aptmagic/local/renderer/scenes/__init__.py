"""The settings: each paints a whole stage and says where its subjects may stand."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aptmagic.local.renderer.scene import Scene

from . import (
    abstract,
    city,
    clouds,
    desert,
    emblem,
    forest,
    geometric,
    indoors,
    lake,
    mandala,
    meadow,
    mountain,
    portrait,
    sea,
    space,
    underwater,
)

PAINTERS: Mapping[str, Callable[[Scene], None]] = MappingProxyType(
    {
        module.__name__.rpartition(".")[2]: module.paint
        for module in (
            abstract, city, clouds, desert, emblem, forest, geometric, indoors, lake, mandala,
            meadow, mountain, portrait, sea, space, underwater,
        )
    }
)  # fmt: skip


def paint(stage: Scene) -> None:
    PAINTERS[stage.plan.setting](stage)
