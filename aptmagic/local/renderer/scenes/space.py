"""Deep space: a folded nebula, stars, and planets lit from one side."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import WHITE, Array, colour, mix, ramp, smooth

NEBULAE = (
    "3a1c78 c83f8e ffb26b", "0f3d7a 2fb0c8 f4e6b0", "2a1a66 5f6fe0 ff8fb0",
    "0f4a4f 3fae9a ffd9a0", "4a1030 d8503f ffc46b",
)  # fmt: skip


def paint(stage: Scene) -> None:
    stage.floating, stage.ground, stage.ambient_share = True, 0.66, 0.4
    chance = stage.canvas.stream("nebula")
    palette = list(stage.plan.palette) or _palette(str(chance.choice(NEBULAE)))
    while len(palette) < 3:
        palette.append(mix(palette[-1], colour("ffe0c0"), 0.5))
    _nebula(stage, palette)
    _stars(stage)
    for place in _planets(stage):
        _planet(stage, palette, *place)
    light = stage.light
    light.sun, light.ambient = mix(WHITE, palette[-1], 0.25), colour("dfe4ff")
    light.near, light.sun_height, light.haze = colour("0a0c1c"), 0.4, palette[0]
    light.sky[3] = palette[1]


def _palette(codes: str) -> list[Array]:
    return [colour(code) for code in codes.split()]


def _nebula(stage: Scene, palette: list[Array]) -> None:
    canvas = stage.canvas
    folds = [
        canvas.fractal(f"fold{at}", 3, 3 * canvas.aspect, octaves=6, gain=0.55) for at in (0, 1)
    ]
    rows = (np.clip(canvas.y + (folds[0] - 0.5) * 0.24, 0, 0.999) * canvas.height).astype(np.int32)
    columns = (np.clip(canvas.x + (folds[1] - 0.5) * 0.24, 0, 0.999) * canvas.width).astype(
        np.int32
    )
    gas = canvas.fractal("gas", 3, 3 * canvas.aspect, octaves=6, gain=0.58)[rows, columns]
    veins = canvas.fractal("veins", 4, 4 * canvas.aspect, octaves=6, gain=0.58, ridged=True)
    veins = veins[rows, columns]
    band = np.exp(-((canvas.y - 0.5 + (canvas.x - 0.5) * 0.6 * stage.light.side) ** 2) / 0.1)
    density = np.clip((gas - 0.28) * 1.8 * (0.42 + 0.85 * band), 0, 1)
    night = colour("05060f")
    shades = ramp(density, [night, mix(night, palette[0], 0.65), *palette[:3]])
    canvas.pixels[:] = shades * (0.3 + 1.0 * density)[..., None]
    canvas.glow(palette[-1], np.clip(veins - 0.55, 0, 1) * band * density * 2.2)
    canvas.over(night, smooth(0.56, 0.76, veins) * 0.45 * band)


def _stars(stage: Scene) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("stars")
    count = 2600
    rows = chance.integers(0, canvas.height, count)
    columns = chance.integers(0, canvas.width, count)
    fine = np.zeros((canvas.height, canvas.width), np.float32)
    fine[rows, columns] = chance.random(count) ** 3
    shine = chance.random(80) ** 1.5
    core = canvas.dots(rows[:80], columns[:80], shine, canvas.unit * 0.002)
    halo = canvas.dots(rows[:80], columns[:80], shine * 0.3, canvas.unit * 0.008)
    canvas.glow(WHITE, np.clip(fine + core + halo, 0, 1))


def _planets(stage: Scene) -> list[tuple[float, float, float, bool]]:
    """Where they hang, how large, and whether ringed: away from the subject, toward the light."""
    chance, side = stage.canvas.stream("planets"), stage.light.side
    x = 0.5 + side * float(chance.uniform(0.22, 0.3))
    large = (x, float(chance.uniform(0.22, 0.32)), float(chance.uniform(0.13, 0.19)), True)
    small = (1 - x + side * 0.05, float(chance.uniform(0.72, 0.84)), 0.05, False)
    return [large, small]


def _planet(
    stage: Scene, palette: list[Array], cx: float, cy: float, size: float, ringed: bool
) -> None:
    canvas = stage.canvas
    x, y = (canvas.x - cx) * canvas.aspect / size, (canvas.y - cy) / size
    square = x * x + y * y
    round_ = np.sqrt(np.clip(1 - square, 0, 1))
    storm = canvas.fractal(f"storm{ringed}", 14 / size * 0.15, 6, octaves=5)
    stripes = np.clip(0.5 + 0.35 * np.sin((y + 0.12 * (storm - 0.5)) * 15) + (storm - 0.5), 0, 1)
    cream = colour("f2e2c8")
    bands = [
        mix(palette[at % len(palette)], cream, pale)
        for at, pale in ((2, 0.35), (1, 0.05), (2, 0.35), (0, 0.1))
    ]
    lit = np.clip(-0.62 * x - 0.5 * y + 0.6 * round_, 0, 1)
    face = ramp(stripes, bands) * (0.05 + 1.1 * lit)[..., None]
    rim = np.exp(-np.clip(np.sqrt(square) - 1, 0, 9) * 9) * (square > 1)
    canvas.glow(palette[-1], rim * np.clip(-0.6 * x - 0.5 * y + 0.4, 0, 1) * 0.5)
    ring, behind = _ring(x, y)
    if ringed:
        canvas.over(palette[-1] * 0.9, (ring * behind * 0.6).astype(np.float32))
    canvas.over(np.clip(face, 0, 1), smooth(1.02, 0.985, square))
    if ringed:
        canvas.over(palette[-1], (ring * ~behind * 0.75).astype(np.float32))


def _ring(x: Array, y: Array) -> tuple[Array, Array]:
    tilt = y - x * 0.22
    reach = np.hypot(x * 0.62 + y * 0.12, tilt * 2.6)
    return ((reach > 0.92) & (reach < 1.3)) * (0.45 + 0.4 * np.sin(reach * 60)), tilt < 0
