"""Mountains: ranges in haze, a valley of pines, and a volcano if one is asked for."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix, smooth
from ..noise import blur
from . import land, sky, trees


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.7 + stage.lift, 0.93
    canvas, light = stage.canvas, stage.light
    sky.paint(stage)
    if stage.plan.variant == "volcano":
        _volcano(stage)
        land.mountains(stage, ranges=2, top=0.2, snow=False)
    else:
        land.mountains(stage, ranges=4)
    top, bottom = meadow_shades(stage)
    land.mist(stage, stage.horizon - 0.03, 0.05, 0.8)
    far = stage.horizon + 0.02 - 0.05 * canvas.profile("valley", 3, octaves=3)
    distant = mix(light.near, light.haze, 0.35)
    trees.pines(stage, far, distant, "far", low=0.04, high=0.085, count=130, misty=0.55)
    land.hill(stage, far, top, bottom, "valley floor", 0.12)
    near = 0.84 - 0.06 * canvas.profile("knoll", 2, octaves=3)
    trees.pines(
        stage, near, light.near * 0.78, "near", low=0.1, high=0.26, count=46,
        gap=(stage.focus, 0.3), misty=0.12,
    )  # fmt: skip
    land.hill(stage, near, top * 0.94, bottom * 0.85, "knoll floor", 0.2)
    if not stage.snowy:
        land.grass(stage, shade=mix(light.near, colour("7c9a4e"), 0.55), top=0.88, length=0.03)


def meadow_shades(stage: Scene) -> tuple[Array, Array]:
    """The ground in the light and in its depth."""
    if stage.snowy:
        return stage.snow()
    green = colour("b98f45") if stage.plan.has("autumn") else colour("7c9a4e")
    return stage.lit(mix(stage.light.near, green, 0.62)), mix(stage.light.near, green, 0.2) * 0.75


def _volcano(stage: Scene) -> None:
    """A cone with a burning mouth, lava down its side and a lit plume."""
    canvas, light = stage.canvas, stage.light
    peak = 0.5 + 0.17 * light.side
    out = np.abs(canvas.x.ravel() - peak) / min(1.0, canvas.aspect**-0.5)
    rough = canvas.profile("cone", 14, octaves=5) - 0.5
    line = 0.27 + np.maximum(0, out - 0.05) * 0.95 + rough * 0.03
    below = canvas.y - line[None, :]
    _plume(stage, peak)
    rock = canvas.fractal("cone rock", 12, 10, octaves=6, gain=0.6, ridged=True)
    facing = np.clip(0.55 + (canvas.x - peak) * 1.6 * light.side + (rock - 0.5) * 1.4, 0, 1)
    base = mix(light.haze, mix(light.near, colour("3a2b2e"), 0.5), 0.75)
    shades = mix(
        base * (0.5 + 0.7 * facing)[..., None], light.haze, smooth(0.2, 0.5, below)[..., None] * 0.6
    )
    canvas.over(shades, np.clip(below * canvas.height, 0, 1) * (canvas.y < stage.horizon + 0.02))
    streams = canvas.fractal("lava", 3, 40, octaves=4)
    river = smooth(0.53, 0.62, streams) * np.exp(-below / 0.24) * (below > 0)
    river = river * np.exp(-((out[None, :] / (0.05 + below * 0.5)) ** 2))
    canvas.glow(colour("ff7a2a"), np.clip(blur(river, 0.012 * canvas.unit) * 1.6, 0, 1))
    canvas.over(colour("ffd27a"), river * 0.9)


def _plume(stage: Scene, peak: float) -> None:
    canvas = stage.canvas
    smoke = canvas.fractal("plume", 8, 8, octaves=5)
    lean = peak + (0.29 - canvas.y) * 0.35 * -stage.light.side
    width = 0.05 + np.clip(0.29 - canvas.y, 0, 1) * 0.45
    column = np.exp(-(((canvas.x - lean) / width) ** 2)) * (canvas.y < 0.3)
    mask = smooth(0.35, 0.62, smoke + 0.12) * column
    heat = np.exp(-np.clip(0.29 - canvas.y, 0, 1) / 0.1)[..., None]
    shades = mix(
        mix(stage.light.sky[1], colour("5a4a52"), 0.6) * (0.6 + smoke[..., None] * 0.8),
        colour("ff8a3a"),
        heat * 0.8,
    )
    canvas.over(shades, mask * 0.92)
    canvas.glow(colour("ff6a20"), np.exp(-canvas.distance(peak, 0.27) / 0.13) * 0.95)
