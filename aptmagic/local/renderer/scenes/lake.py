"""A still lake: mountains and their mirror, seen from a shore with pines."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import mix
from . import land, sky, trees, water
from .mountain import meadow_shades


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.56 + stage.lift, 0.93
    canvas, light = stage.canvas, stage.light
    sky.paint(stage)
    land.mountains(stage, ranges=4)
    line = np.full(canvas.width, stage.horizon + 0.004, np.float32)
    line -= 0.012 * canvas.profile("shore", 5, octaves=3)
    distant = mix(light.near, light.haze, 0.28)
    trees.pines(stage, line, distant, "far", low=0.025, high=0.075, count=170, misty=0.5)
    land.mist(stage, stage.horizon - 0.012, 0.022, 0.9)
    water.paint(stage)
    _near_shore(stage)


def _near_shore(stage: Scene) -> None:
    canvas, light = stage.canvas, stage.light
    away = np.abs(canvas.x.ravel() - stage.focus)
    edge = 0.93 - 0.05 * np.exp(-((away / 0.22) ** 2)) + 0.05 * np.sin(away * 9)
    if not stage.plan.subjects or all(s.place in ("water", "air") for s in stage.plan.subjects):
        edge = 1.04 - 0.4 * away**1.2
    edge = edge + 0.03 * (canvas.profile("bank", 4, octaves=5) - 0.5)
    top, bottom = meadow_shades(stage)
    land.hill(stage, edge, top, bottom, "bank floor", 0.3)
    trees.pines(
        stage, edge + 0.02, light.near * 0.6, "near", low=0.16, high=0.45, count=18,
        gap=(stage.focus, 0.34), misty=0.05,
    )  # fmt: skip
    if not stage.snowy:
        land.grass(stage, shade=top * 0.9, top=float(edge.min()) + 0.05, count=500, length=0.045)
