"""Portraits: a soft studio background with a halo and lights out of focus."""

from typing import Any

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import colour, mix, ramp, smooth
from . import space

BACKDROPS = ("2f4a6f e8b08a", "4a2f5f f0a8a0", "1f4f4f f2d08f", "6f3038 f4bf8a", "2a3350 9fc0d8")


def paint(stage: Scene) -> None:
    plan, chance = stage.plan, stage.canvas.stream("backdrop")
    if any(
        subject.place == "space" or subject.picture == "@astronaut" for subject in plan.subjects
    ):
        space.paint(stage)
    else:
        codes = str(chance.choice(BACKDROPS)).split()
        first, last = list(map(colour, codes))
        if plan.palette:
            first, last = plan.palette[0], mix(plan.palette[-1], colour("fff0dc"), 0.35)
        _backdrop(stage, first, last)
    stage.floating, stage.ground = True, 1.04


def _backdrop(stage: Scene, first: Any, last: Any) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("lights")
    far = canvas.distance(0.5, 0.42)
    cloth = canvas.fractal("cloth", 3, 3)
    tones = [mix(last, colour("fff6e6"), 0.5), mix(first, last, 0.5), first, first * 0.5]
    canvas.pixels[:] = ramp(far * 1.2 + (cloth - 0.5) * 0.5, tones)
    size = 0.36 * min(1, canvas.aspect)
    canvas.over(mix(last, stage.light.sun, 0.45), smooth(size, size - 0.006, far) * 0.65)
    spots = np.zeros((canvas.height, canvas.width), np.float32)
    for _ in range(26):
        radius = float(0.012 + 0.035 * chance.random() ** 2)
        away = canvas.distance(chance.random(), chance.random())
        spots += smooth(radius, radius * 0.85, away) * 0.24 * float(chance.random())
    canvas.glow(mix(last, stage.light.sun, 0.6), np.clip(spots, 0, 0.5))
