"""Under the sea: light from above, sand, corals and bubbles."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, gradient, mix, smooth
from ..noise import profile, shifted
from ..shapes import Mask, spline
from . import land

CORALS = ("e8607a", "f09a4a", "c76fd0", "f2c05a", "4fc0a8")


def paint(stage: Scene) -> None:
    stage.floating, stage.horizon, stage.ground, stage.ambient_share = True, 0.0, 0.6, 0.5
    canvas = stage.canvas
    water = _water(stage)
    canvas.pixels[:] = gradient(canvas.y, list(zip((0, 0.3, 0.7, 1), water, strict=True)))
    _shafts(stage)
    _reef(stage, 0.8, mix(water[2], water[1], 0.25), 0.5, "back")
    _sand(stage, water)
    _reef(stage, 0.95, None, 1.0, "front")
    _bubbles(stage)
    stage.light.ambient = mix(WHITE, colour("a8e0f0"), 0.7)
    stage.light.near, stage.light.haze = water[3], water[2]
    stage.light.sun_height = 0.4


def _water(stage: Scene) -> list[Array]:
    deep = stage.night or stage.plan.time == "dusk"
    codes = "4f9ad0 1f62a8 123c7a 0a2350" if deep else "b8f0ec 4fc4d8 1f84b4 10527f"
    shades = [colour(code) for code in codes.split()]
    if stage.plan.palette:
        shades = [
            mix(shade, stage.plan.palette[0] * (0.4 + shade.mean()), 0.35) for shade in shades
        ]
    return shades


def _shafts(stage: Scene) -> None:
    canvas = stage.canvas
    angle = np.arctan2(canvas.y + 0.3, (canvas.x - stage.light.sun_x) * canvas.aspect)
    rays = profile(canvas.stream("rays"), 2048, 26, octaves=3)
    along = rays[np.clip(angle / np.pi * 2047, 0, 2047).astype(int)]
    canvas.glow(colour("e8fff8"), smooth(0.42, 0.85, along) * np.exp(-canvas.y * 1.7) * 0.7)
    surface = canvas.fractal("surface", 26, 8, octaves=4, ridged=True)
    canvas.glow(WHITE, smooth(0.6, 0.85, surface) * np.exp(-canvas.y / 0.06) * 0.8)


def _sand(stage: Scene, water: list[Array]) -> None:
    line = land.rolling(stage, "sand", 0.87, 0.03)
    sand = mix(colour("ecd9a8"), water[1], 0.4)
    land.hill(stage, line, sand, mix(sand, water[3], 0.6), "grains", 0.12)
    nets = stage.canvas.fractal("caustics", 40, 14, octaves=3, ridged=True)
    below = (stage.canvas.y > line[None, :] + 0.005).astype(np.float32)
    stage.canvas.glow(colour("e8fff0"), smooth(0.62, 0.85, nets) * below * 0.35)


def _reef(stage: Scene, level: float, shade: Array | None, scale: float, name: str) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream(name)
    for _ in range(9):
        x = float(chance.random())
        if abs(x - stage.focus) < 0.2 * scale:
            continue
        mask = Mask(canvas.width, canvas.height, 1)
        foot = (x * canvas.width, (level + chance.uniform(0, 0.06)) * canvas.height)
        tall = canvas.unit * chance.uniform(0.08, 0.2) * scale
        (_fan if chance.random() < 0.6 else _weed)(mask, foot, tall, chance)
        own = colour(str(chance.choice(CORALS)))
        tone = shade if shade is not None else stage.lit(mix(own, stage.light.sky[0], 0.15), 0.4)
        values = mask.values()
        canvas.over(tone * (0.75 if shade is None else 1), values)
        if shade is None:
            step = int(canvas.unit * 0.006) * stage.light.side
            canvas.over(mix(tone, WHITE, 0.3), values * shifted(values, 2 + abs(step), -step) * 0.6)


def _fan(mask: Mask, foot: tuple[float, float], tall: float, chance: np.random.Generator) -> None:
    """A coral that forks and forks again."""

    def branch(x: float, y: float, angle: float, length: float, width: float, left: int) -> None:
        tip = (x + np.sin(angle) * length, y - np.cos(angle) * length)
        mask.line([(x, y), tip], width)
        mask.ellipse(*tip, width * 0.55, width * 0.55)
        for turn in (-0.5, 0.45) if left else ():
            branch(
                *tip, angle + turn * chance.uniform(0.6, 1.3), length * 0.74, width * 0.78, left - 1
            )

    branch(*foot, chance.normal(0, 0.12), tall * 0.36, tall * 0.12, 4)


def _weed(mask: Mask, foot: tuple[float, float], tall: float, chance: np.random.Generator) -> None:
    for _ in range(5):
        x = foot[0] + chance.normal(0, 0.12) * tall
        height, sway = tall * chance.uniform(0.8, 1.7), chance.normal(0, 0.16) * tall
        points = [
            (x, foot[1]),
            (x + sway, foot[1] - height * 0.33),
            (x - sway, foot[1] - height * 0.66),
            (x + sway * 0.6, foot[1] - height),
        ]
        mask.line(spline(points, 8, False), tall * 0.07)


def _bubbles(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("bubbles")
    ring, shine = Mask(canvas.width, canvas.height, 1), Mask(canvas.width, canvas.height, 1)
    for _ in range(34):
        x, y = chance.random() * canvas.width, chance.random() ** 0.8 * canvas.height * 0.9
        size = canvas.unit * chance.uniform(0.003, 0.013)
        ring.ellipse(x, y, size, size, 120)
        ring.ellipse(x, y, size * 0.78, size * 0.78, 40)
        shine.ellipse(x - size * 0.3, y - size * 0.35, size * 0.25, size * 0.2)
    canvas.over(colour("e8fbff"), ring.values())
    canvas.over(WHITE, shine.values() * 0.9)
