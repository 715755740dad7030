"""Cities: rows of towers with lit windows along an avenue; neon and wet streets if wanted."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix, smooth
from ..noise import blur
from . import land, sky, water

ROWS = 4
NEON = tuple(map(colour, ("ff2fa0", "21e6ff", "ffb52e", "8a5cff", "3dffb0")))
WARM = colour("ffcf7a")


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.66 + stage.lift * 0.5, 0.93
    punk = stage.plan.style == "neon-punk"
    if punk:
        _neon_light(stage)
    else:
        stage.light.near = mix(stage.light.near, colour("38445e"), 0.75)
    sky.paint(stage, clouds=0.0 if punk else 0.9)
    canvas = stage.canvas
    if punk:
        canvas.glow(colour("ff3f90"), np.exp(-np.abs(canvas.y - stage.horizon + 0.1) / 0.16) * 0.45)
    elif stage.plan.time in ("night", "dusk"):
        low = np.exp(-np.abs(canvas.y - stage.horizon) / 0.17)
        canvas.glow(colour("ff9a4a"), low * np.ones_like(canvas.x) * 0.5)
    signs = np.zeros_like(canvas.pixels)
    for row in range(ROWS):
        _row(stage, row, row / (ROWS - 1), signs, punk)
    canvas.pixels += signs * 0.8
    for radius, amount in ((0.005, 0.45), (0.03, 0.5)):
        canvas.pixels += blur(signs, radius * canvas.unit) * amount
    _street(stage, punk)


def _neon_light(stage: Scene) -> None:
    light = stage.light
    light.sky = [colour(code) for code in ("0a0620", "2a0e52", "7a1e7a", "f0487a")]
    light.haze, light.near = colour("7a2a86"), colour("0b0a1c")
    light.ambient, light.sun = colour("b09ae8"), colour("ff9ad0")


def _row(stage: Scene, row: int, near: float, signs: Array, punk: bool) -> None:
    canvas, light, chance = stage.canvas, stage.light, stage.canvas.stream(f"street{row}")
    mask = np.zeros((canvas.height, canvas.width), np.float32)
    windows = np.zeros_like(canvas.pixels)
    x = -0.05
    while x < 1.05:
        width = float(chance.uniform(0.035, 0.085)) * (1 + near * 0.9) / canvas.aspect**0.7
        away = abs(x + width / 2 - stage.focus)
        if row >= 2 and away < 0.07 + 0.1 * (row - 2):
            x += width * 0.5
            continue
        box = _tower_box(stage, row, near, x, width, away, chance)
        if box[1] - box[0] > 3:
            _tower(stage, box, near, mask, windows, chance, punk)
            if punk and row and chance.random() < 0.75:
                _sign(stage, box, near, signs, chance)
        x += width * float(chance.uniform(1.0, 1.15))
    base = mix(light.haze, light.near, 0.2 + 0.7 * near)
    lift = smooth(stage.horizon - 0.5, stage.horizon, canvas.y) * (0.5 - 0.3 * near)
    sunny = np.clip(0.12 * (canvas.x - 0.5) * light.side, -0.1, 0.1)
    shades = mix(
        base * (1 + sunny)[..., None], colour("d0408a") if punk else light.haze, lift[..., None]
    )
    canvas.over(shades, mask)
    canvas.pixels += windows * (mask > 0.5)[..., None]
    land.mist(stage, stage.horizon - 0.02, 0.09, 0.4 * (1 - near), f"smog{row}")


def _tower_box(
    stage: Scene,
    row: int,
    near: float,
    x: float,
    width: float,
    away: float,
    chance: np.random.Generator,
) -> tuple[int, int, int, int]:
    canvas = stage.canvas
    tall = float(chance.uniform(0.16, 0.5)) * (1.1 + 0.3 * near) * (1 if away > 0.1 else 0.8)
    left, right = int(max(0, x * canvas.width)), int(min(canvas.width, (x + width) * canvas.width))
    top = max(0, int((stage.horizon - tall) * canvas.height))
    return left, right, top, int((stage.horizon + 0.012 * row) * canvas.height)


def _tower(
    stage: Scene,
    box: tuple[int, int, int, int],
    near: float,
    mask: Array,
    windows: Array,
    chance: np.random.Generator,
    punk: bool,
) -> None:
    canvas = stage.canvas
    left, right, top, bottom = box
    mask[top:bottom, left:right] = 1
    if chance.random() < 0.4:
        middle, antenna = (left + right) // 2, int(0.05 * canvas.height)
        mask[max(0, top - antenna) : top, middle - 1 : middle + 2] = 1
    if chance.random() < 0.4:
        inset = (right - left) // 5
        mask[max(0, top - int(0.03 * canvas.height)) : top, left + inset : right - inset] = 1
    chance = canvas.stream(f"windows {left} {top}")
    size = (1.7, 1.0, 0.8)[canvas.detail]
    wide = max(4, int(0.0085 * size * canvas.unit * (0.7 + 0.5 * near)))
    high = max(5, int(0.013 * size * canvas.unit * (0.7 + 0.5 * near)))
    rows, columns = (bottom - top) // high, (right - left) // wide
    if rows < 2 or columns < 2:
        return
    dark = stage.plan.time in ("night", "dusk") or punk
    lit = (chance.random((rows, columns)) < (0.26 if dark else 0.05)).astype(np.float32)
    pane = np.zeros((high, wide), np.float32)
    pane[high // 4 : high * 3 // 4 + 1, wide // 4 : wide * 3 // 4 + 1] = 1
    shade = mix(
        WARM, NEON[int(chance.integers(5))], 0.75 if punk and chance.random() < 0.5 else 0.1
    )
    power = (chance.uniform(0.25, 1, lit.shape) ** 1.5).astype(np.float32)
    glow = np.kron(lit * power, pane)
    area = (slice(top, top + rows * high), slice(left, left + columns * wide))
    windows[area] = glow[..., None] * shade * (0.45 + 0.55 * near)
    if not dark:
        mask[area] -= np.kron(1 - lit, pane) * 0.09


def _sign(
    stage: Scene,
    box: tuple[int, int, int, int],
    near: float,
    signs: Array,
    chance: np.random.Generator,
) -> None:
    """A tube of light down a facade, or a column of glyphs nobody can read."""
    left, right, top, bottom = box
    shade = NEON[int(chance.integers(5))]
    thick = max(2, int(0.006 * stage.canvas.unit * (1 + near)))
    x = left + int((right - left) * chance.uniform(0.15, 0.75))
    start = top + int((bottom - top) * 0.12)
    end = start + int((bottom - top) * chance.uniform(0.25, 0.55))
    if chance.random() < 0.5:
        signs[start:end, x : x + thick] = shade
        return
    size = thick * 3
    for y in range(start, end - size, size + 2):
        glyph = np.kron(chance.random((5, 4)) < 0.55, np.ones((size // 5 + 1, size // 4 + 1)))
        patch = signs[y : y + size, x : x + size]
        patch[:] = np.maximum(patch, glyph[: patch.shape[0], : patch.shape[1], None] * shade)


def _street(stage: Scene, punk: bool) -> None:
    canvas, light = stage.canvas, stage.light
    if punk or stage.plan.dull:
        water.paint(stage, tint=light.near * 1.4, rough=1.5, reach=1.0)
    else:
        line = np.full(canvas.width, stage.horizon + 0.01, np.float32)
        asphalt = mix(light.haze, colour("5a5d68"), 0.7)
        land.hill(stage, line, stage.lit(asphalt), stage.lit(colour("3a3e4a")), "asphalt", 0.08)
    depth = (canvas.y - stage.horizon) / (1 - stage.horizon)
    aside, below = np.abs(canvas.x - stage.focus), depth > 0
    road = smooth(0.01, 0.0, aside - (0.05 + 0.5 * depth)) * below
    canvas.over(light.near * 0.9, road * 0.35)
    dashes = below & (aside < 0.003 + 0.012 * depth) & (np.sin(18 / (np.abs(depth) + 0.12)) > 0)
    canvas.over(NEON[1] if punk else colour("ffd88a"), dashes.astype(np.float32) * 0.55)
