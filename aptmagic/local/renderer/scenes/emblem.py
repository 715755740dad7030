"""Emblems: a round badge with rays and a ring, for logos, icons and stickers."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import colour, mix, smooth


def paint(stage: Scene) -> None:
    stage.floating, stage.ambient_share, stage.ground = True, 0.05, 0.7
    stage.focus = 0.5
    canvas = stage.canvas
    palette = list(stage.plan.palette)
    first, last = palette[0], palette[-1]
    cream = colour("f7efe0")
    far = np.hypot((canvas.x - 0.5) * canvas.width, (canvas.y - 0.5) * canvas.height) / canvas.unit
    paper = canvas.fractal("paper", 90, 90, octaves=2)
    canvas.pixels[:] = mix(cream, last, 0.14) * (0.98 + 0.05 * (paper - 0.5))[..., None]
    canvas.shade(np.exp(-np.clip(far - 0.43, 0, 1) / 0.025) * 0.22)
    canvas.over(first * 0.85, smooth(0.432, 0.43, far))
    canvas.over(cream, smooth(0.412, 0.41, far))
    canvas.over(mix(first, last, 0.25), smooth(0.4, 0.398, far))
    angle = np.arctan2((canvas.y - 0.5) * canvas.height, (canvas.x - 0.5) * canvas.width)
    rays = smooth(-0.05, 0.05, np.sin(angle * 14 + float(canvas.stream("turn").random())))
    canvas.over(mix(last, cream, 0.35), rays * smooth(0.4, 0.398, far) * 0.75)
    canvas.over(mix(cream, last, 0.2), np.exp(-((far / 0.2) ** 2)) * 0.85)
