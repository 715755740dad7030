"""Forests: layers of trees in mist around a clearing; jungle, bamboo and waterfall are kinds."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, mix, smooth
from ..noise import profile
from . import land, sky, trees, water

LAYERS = 5


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.62 + stage.lift * 0.5, 0.92
    canvas, light = stage.canvas, stage.light
    sky.paint(stage, clouds=0.0 if stage.plan.time != "night" else 0.4)
    if stage.plan.variant in ("jungle", "waterfall"):
        light.haze = mix(light.haze, stage.lit(colour("8fc49a")), 0.5)
    glow = np.exp(-canvas.distance(stage.focus, stage.horizon - 0.1) / 0.32)
    canvas.glow(mix(light.sky[3], light.sun, 0.5), glow * 0.6)
    if stage.plan.variant == "waterfall":
        _waterfall(stage)
    kind = _kind(stage)
    for at in range(LAYERS):
        _layer(stage, kind, at, at / (LAYERS - 1))
    if canvas.detail and not (stage.snowy or stage.plan.dull or stage.night):
        _sunbeams(stage)
    if not stage.snowy:
        land.grass(stage, shade=_floor(stage)[0] * 0.9, top=0.8, count=800, length=0.045)
    if stage.plan.time in ("night", "dusk") and not stage.snowy and not stage.plan.dull:
        _fireflies(stage)


def _kind(stage: Scene) -> str:
    if stage.plan.variant in ("bamboo", "jungle", "waterfall"):
        return {"bamboo": "bamboo"}.get(stage.plan.variant, "jungle")
    if stage.snowy:
        return "pines"
    return str(stage.canvas.stream("kind").choice(["pines", "pines", "crowns", "trunks"]))


def _layer(stage: Scene, kind: str, at: int, near: float) -> None:
    level, swing = stage.horizon + 0.02 + 0.072 * at, 0.02 + 0.02 * near
    line = land.rolling(stage, f"floor{at}", level, swing)
    wide = 0.07 if stage.plan.variant == "waterfall" else 0
    gap = (stage.focus, 0.05 + wide + 0.09 * at)
    _plant(stage, kind, at, near, line + 0.015, gap)
    top, bottom = _floor(stage)
    share = 0.35 + 0.65 * near
    haze = stage.light.haze
    roughness = 0.1 if stage.snowy else 0.3
    land.hill(stage, line, mix(haze, top, share), mix(haze, bottom, share), f"earth{at}", roughness)
    land.mist(stage, level - 0.02, 0.05, 0.55 * (1 - near), f"mist{at}")


def _plant(
    stage: Scene, kind: str, at: int, near: float, line: Array, gap: tuple[float, float]
) -> None:
    misty = 0.55 - 0.5 * near
    shade = mix(stage.light.haze, _leaf(stage, kind), 0.2 + 0.78 * near)
    name = f"{kind}{at}"
    if not stage.plan.shows("trees"):
        return
    if kind in ("trunks", "bamboo"):
        grow = trees.trunks if kind == "trunks" else trees.bamboo
        width = (0.018 if kind == "bamboo" else 0.026) * (0.5 + 1.6 * near)
        count = (46 if kind == "bamboo" else 30) - 6 * at
        grow(stage, line, shade, name, count=count, width=width, gap=gap, misty=misty)
        return
    plant = trees.pines if kind == "pines" else trees.crowns
    count = int(34 - 6 * at) if kind == "pines" else int(22 - 3 * at)
    low, high = 0.3 + 0.2 * near, 0.5 + (0.45 if kind == "pines" else 0.3) * near
    plant(stage, line, shade, name, low=low, high=high, count=count, gap=gap, misty=misty)


def _leaf(stage: Scene, kind: str) -> Array:
    if kind == "trunks":
        return stage.lit(mix(colour("4a3a2e"), stage.light.near, 0.4))
    if kind == "bamboo":
        return stage.lit(colour("6f9a4a"))
    if kind == "jungle":
        return stage.lit(colour("2f7a48"))
    if kind == "crowns":
        return stage.lit(colour("c9742c" if stage.plan.has("autumn") else "4f8440"))
    return stage.light.near if stage.night else mix(stage.light.near, colour("1e3a2a"), 0.3) * 0.85


def _floor(stage: Scene) -> tuple[Array, Array]:
    if stage.snowy:
        return stage.snow()
    moss = colour("a8763a") if stage.plan.has("autumn") else colour("6f8840")
    top = stage.lit(mix(moss, stage.light.haze, 0.25))
    return top, mix(stage.lit(moss * 0.45), stage.light.near, 0.35)


def _sunbeams(stage: Scene) -> None:
    canvas, light = stage.canvas, stage.light
    angle = np.arctan2(canvas.y + 0.25, (canvas.x - light.sun_x) * canvas.aspect)
    rays = profile(canvas.stream("rays"), 2048, 24, octaves=3)
    along = rays[np.clip(angle / np.pi * 2047, 0, 2047).astype(int)]
    canvas.glow(light.sun, smooth(0.48, 0.8, along) * np.exp(-canvas.y * 1.2) * 0.42)


def _fireflies(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("fireflies")
    rows = (chance.uniform(0.45, 0.95, 46) * canvas.height).astype(int)
    columns, shine = chance.integers(0, canvas.width, 46), chance.uniform(0.4, 1, 46)
    core = canvas.dots(rows, columns, shine, canvas.unit * 0.0035)
    halo = canvas.dots(rows, columns, shine * 0.45, canvas.unit * 0.013)
    canvas.glow(colour("ffe58a"), core + halo)


def _waterfall(stage: Scene) -> None:
    """A cliff behind the trees, white water over its edge, and a pool."""
    canvas, light = stage.canvas, stage.light
    line = 0.16 + 0.08 * (canvas.profile("cliff", 5, octaves=6, sharp=True) - 0.5)
    line += 0.2 * np.abs(canvas.x.ravel() - stage.focus)
    below = canvas.y - line[None, :]
    rock = canvas.fractal("cliff rock", 7, 22, octaves=6, gain=0.6, ridged=True)
    base = stage.lit(mix(colour("5f6a5c"), light.haze, 0.3))
    cliff = mix(
        base * (0.35 + 0.95 * rock)[..., None],
        colour("4f7a44"),
        smooth(0.55, 0.7, rock)[..., None] * 0.5,
    )
    canvas.over(np.clip(cliff, 0, 1), np.clip(below * canvas.height, 0, 1))
    away = np.abs(canvas.x - stage.focus) - 0.012 * np.sin(canvas.y * 30)
    width = 0.055 + 0.05 * np.clip(canvas.y - 0.2, 0, 1)
    threads = canvas.fractal("threads", 5, 130, octaves=3)
    fall = smooth(width, width * 0.75, away) * (below > 0.008) * (canvas.y < stage.horizon + 0.04)
    shades = mix(light.sky[2], WHITE, np.clip(0.35 + threads, 0, 1)[..., None])
    canvas.over(stage.lit(shades, 0.5), fall * 0.95)
    horizon, stage.horizon = stage.horizon, stage.horizon + 0.03
    water.paint(stage, tint=stage.lit(colour("2f8f86")), rough=0.7)
    stage.horizon = horizon
    spray = np.exp(-canvas.distance(stage.focus, stage.horizon) / 0.09)
    canvas.over(stage.lit(WHITE, 0.4), np.clip(spray * 0.9, 0, 0.85))
