"""The last pass: lamps, bloom, a gentle grade, a vignette and the faintest grain."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from . import detail
from .colour import colour, luminance, mix, smooth
from .noise import blur

FLAT = ("geometric", "mandala", "emblem")


def paint(stage: Scene) -> None:
    canvas = stage.canvas
    _lamps(stage)
    bright = np.clip(canvas.pixels - 0.8, 0, 1)
    if canvas.detail:
        canvas.pixels += blur(bright, 0.03 * canvas.unit) * 0.7
    _grade(stage)
    if canvas.detail == 2 and stage.plan.setting not in FLAT:
        detail.grade(stage)
    corner = np.hypot(canvas.x - 0.5, canvas.y - 0.5)
    canvas.shade((0.1 if stage.plan.setting in FLAT else 0.26) * smooth(0.38, 0.85, corner))
    grain = canvas.stream("grain").random((canvas.height, canvas.width, 1), dtype=np.float32)
    canvas.pixels += (grain - 0.5) * (0.004, 0.018, 0.018)[canvas.detail]
    np.clip(canvas.pixels, 0, 1, out=canvas.pixels)


def _lamps(stage: Scene) -> None:
    canvas = stage.canvas
    for x, y, shade in stage.lamps:
        far = np.hypot(canvas.x * canvas.width - x, canvas.y * canvas.height - y) / canvas.unit
        canvas.glow(shade, np.exp(-far / 0.035) * 0.4)


def _grade(stage: Scene) -> None:
    """A little contrast; shadows lean to the zenith's colour, lights to the sun's."""
    canvas = stage.canvas
    canvas.pixels[:] = np.clip(canvas.pixels, 0, 1)
    canvas.pixels[:] = mix(canvas.pixels, smooth(0, 1, canvas.pixels), 0.22)
    if stage.plan.setting in FLAT or stage.plan.setting == "abstract":
        return
    light = luminance(canvas.pixels)[..., None]
    cool = (stage.light.sky[0] - stage.light.sky[0].mean()) * 0.1
    warm = (stage.light.sun - stage.light.sun.mean()) * 0.14
    canvas.pixels += cool * (1 - light) ** 2 + warm * light**2
    if stage.night:
        canvas.pixels[:] = mix(canvas.pixels, np.sqrt(np.clip(canvas.pixels, 0, 1)), 0.16)
        canvas.pixels += colour("0a1230") * 0.1
