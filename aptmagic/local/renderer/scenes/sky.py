"""Skies: a gradient with sun or moon, stars, aurora, and clouds in perspective."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, gradient, light_of, mix, ramp, smooth
from ..noise import profile, shifted

RAINBOW = ("7a4fd0", "3f6fe8", "35c06a", "f4e04a", "f2923a", "e8402f")


def paint(stage: Scene, *, clouds: float = 1.0) -> None:
    """Fill the canvas with sky down to the horizon."""
    canvas, light = stage.canvas, stage.light
    height = np.clip(canvas.y / stage.horizon, 0, 1)
    stops = list(zip((0, 0.45, 0.8, 1), light.sky, strict=True))
    canvas.pixels[:] = gradient(height, stops)
    if light.stars and not stage.plan.dull and stage.plan.shows("stars"):
        _stars(stage)
    if not stage.plan.dull and stage.plan.shows("moon" if stage.night else "sun"):
        (_moon if stage.night else _sun)(stage)
    if stage.plan.has("aurora"):
        _aurora(stage)
    if stage.plan.has("rainbow"):
        _rainbow(stage)
    if clouds and stage.plan.shows("clouds"):
        _clouds(stage, clouds)


def sun_place(stage: Scene) -> tuple[float, float]:
    return stage.light.sun_x, stage.horizon * (1 - stage.light.sun_height * 1.45)


def _sun(stage: Scene) -> None:
    canvas, light = stage.canvas, stage.light
    far = canvas.distance(*sun_place(stage))
    low = stage.plan.time in ("sunset", "dusk", "sunrise", "golden")
    canvas.glow(light.sun * light_of(1, 0.8, 0.58), np.exp(-far / 0.3) * (0.62 if low else 0.3))
    canvas.glow(light.sun, np.exp(-((far / 0.085) ** 1.2)) * 0.55)
    size = 0.052 if low else 0.036
    canvas.over(mix(light.sun, WHITE, 0.55), smooth(size, size - 0.006, far))


def _moon(stage: Scene) -> None:
    canvas = stage.canvas
    far = canvas.distance(*sun_place(stage))
    canvas.glow(colour("a9c0f0"), np.exp(-far / 0.22) * 0.6)
    seas = canvas.fractal("moon", 16, 16, octaves=3, coarse=4)
    face = mix(colour("c3cbe0"), colour("fffdf2"), smooth(0.3, 0.62, seas)[..., None])
    canvas.over(face, smooth(0.06, 0.057, far))


def _stars(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("stars")
    count = int(1000 * stage.light.stars * canvas.aspect**0.5)
    rows = (chance.random(count) ** 1.3 * stage.horizon * canvas.height).astype(int)
    columns = chance.integers(0, canvas.width, count)
    field = np.zeros((canvas.height, canvas.width), np.float32)
    field[rows, columns] = chance.random(count) ** 2.2
    some = count // 9
    bright = canvas.dots(
        rows[:some], columns[:some], chance.uniform(0.4, 1, some), canvas.unit * 0.0016
    )
    if stage.night and canvas.detail:
        _milky_way(stage)
    canvas.glow(WHITE, np.clip(field + bright, 0, 1))


def _milky_way(stage: Scene) -> None:
    canvas, light = stage.canvas, stage.light
    dust = canvas.fractal("dust", 5, 5, coarse=4)
    lean = (canvas.x - 0.5) * -0.6 * light.side
    band = np.exp(-((canvas.y - 0.26 + lean) ** 2) / 0.018)
    canvas.glow(colour("8f9ce0"), band * np.clip(dust - 0.3, 0, 1) * 0.9)
    canvas.glow(colour("e0a8c8"), band**3 * np.clip(dust - 0.5, 0, 1) * 0.7)


def _aurora(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("aurora")
    for at, code in enumerate(("3dffb0", "35d0e8", "9a5cff")):
        wander = profile(chance, canvas.width, 2, octaves=3) - 0.5
        foot = (0.42 + 0.14 * at + 0.36 * wander)[None, :] * stage.horizon * 1.15
        above = foot - canvas.y
        curtain = np.where(above > 0, np.exp(-above / 0.17), np.exp(above / 0.014))
        folds = 0.35 + 0.65 * profile(chance, canvas.width, 36, octaves=3)[None, :]
        canvas.glow(colour(code), curtain * folds**1.6 * 0.8)


def _rainbow(stage: Scene) -> None:
    """A bow opposite the sun, its colours melting into each other and into the sky."""
    canvas, side = stage.canvas, stage.light.side
    far = canvas.distance(0.5 - 0.12 * side, stage.horizon + 0.12)
    radius = 0.62 * min(1.0, stage.horizon + 0.02)
    inside = (far - radius) / 0.075  # 0 to 1 from violet to red
    shades = ramp(np.clip(inside, 0, 1), [colour(code) for code in RAINBOW])
    band = smooth(-0.1, 0.2, inside) * smooth(1.1, 0.8, inside)
    fade = smooth(0.02, 0.3, canvas.y) * np.ones_like(far)
    canvas.over(shades, band * fade * (0.3 if stage.night else 0.62))


def _clouds(stage: Scene, amount: float) -> None:
    """A ceiling of noise seen in perspective, lit from the side of the sun."""
    canvas, light, plan = stage.canvas, stage.light, stage.plan
    ceiling = _ceiling(stage)
    step = int(0.02 * canvas.width) * -light.side
    behind = shifted(ceiling, int(0.012 * canvas.height), step)
    edge = 0.38 if plan.dull else 0.52 - 0.07 * float(canvas.stream("cover").random())
    depth = canvas.y / stage.horizon
    mask = smooth(edge, edge + 0.24, ceiling) * smooth(1.0, 0.86, depth) * amount
    far = canvas.distance(*sun_place(stage))
    facing = np.clip(0.45 + (ceiling - behind) * 4.5, 0, 1) * (0.55 + 0.6 * np.exp(-far * 1.2))
    dark, bright = _cloud_colours(stage)
    shades = mix(dark, bright, np.clip(facing, 0, 1)[..., None])
    canvas.over(np.clip(shades, 0, 1), mask * (0.9 if not stage.night else 0.62))


def _cloud_colours(stage: Scene) -> tuple[Array, Array]:
    light = stage.light
    if stage.plan.dull:
        return light.sky[1] * 0.62, light.sky[3] * 0.95
    if stage.night:
        return light.sky[1] * 0.9, mix(light.sky[3], light.sun, 0.4)
    if stage.plan.time in ("day", "morning"):
        return mix(light.sky[1], colour("c4d2e2"), 0.7), mix(light.sun, WHITE, 0.7)
    return mix(light.sky[1], light.sky[2], 0.45), mix(light.sky[3], light.sun, 0.6)


def _ceiling(stage: Scene) -> Array:
    canvas = stage.canvas
    texture = canvas.fractal("clouds", 6, 3.2 * canvas.aspect, octaves=6, gain=0.54)
    depth = np.clip(1.08 - canvas.y / max(stage.horizon, 0.2), 0.08, 1.1)
    rows = (np.log(1.1 / depth) / np.log(1.1 / 0.08) * (canvas.height - 1)).astype(np.int32)
    spread = 0.55 / depth**0.35
    columns = ((0.5 + (canvas.x - 0.5) * spread) * (canvas.width - 1)).astype(np.int32)
    return texture[np.clip(rows, 0, canvas.height - 1), np.clip(columns, 0, canvas.width - 1)]
