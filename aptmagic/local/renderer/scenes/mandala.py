"""Mandala: rings of petals in a few jewel tones, with gold outlines."""

from typing import Any

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix, smooth

RINGS = 8


def paint(stage: Scene) -> None:
    stage.floating, stage.ambient_share, stage.ground = True, 0.1, 0.68
    canvas, chance = stage.canvas, stage.canvas.stream("mandala")
    palette = [*stage.plan.palette, colour("f2e6cc")]
    night = palette[0] * 0.18
    x, y = (
        (canvas.x - 0.5) * canvas.width / canvas.unit,
        (canvas.y - 0.5) * canvas.height / canvas.unit,
    )
    radius, angle = np.hypot(x, y) * 2, np.arctan2(y, x)
    weave = canvas.fractal("weave", 4, 4, octaves=4, coarse=4)
    canvas.pixels[:] = night * (0.8 + 0.8 * weave)[..., None]
    canvas.glow(palette[0], np.exp(-((radius / 1.0) ** 2)) * 0.7)
    folds = int(chance.integers(5, 9)) * 2
    for at in range(RINGS, 0, -1):
        _ring(stage, at, folds * (2 if at > 4 else 1), radius, angle, palette, chance)
    _heart(stage, radius, palette)


def _ring(
    stage: Scene,
    at: int,
    folds: int,
    radius: Array,
    angle: Array,
    palette: Any,
    chance: np.random.Generator,
) -> None:
    """One ring of petals; inner rings lie over outer ones."""
    canvas = stage.canvas
    outer = 0.94 * at / RINGS
    turn = np.pi * (at % 2)
    wave = 0.5 + 0.5 * np.cos(angle * folds + turn)
    pointed = wave ** float(chance.uniform(0.45, 1.6))
    edge = outer * (1 - float(chance.uniform(0.14, 0.3)) * (1 - pointed))
    inside = (edge - radius) * canvas.unit / 2
    share = np.clip(radius / np.maximum(edge, 1e-3), 0, 1)
    first, second = palette[at % len(palette)], palette[(at + 1) % len(palette)]
    vein = 0.5 + 0.5 * np.cos(angle * folds * 3 + share * 9)
    shades = mix(
        mix(first, second, share[..., None] ** 3), first * 0.45, (0.3 * vein * share)[..., None]
    )
    canvas.shade(np.exp(-np.clip(-inside, 0, 99) / (0.008 * canvas.unit)) * (inside < 0) * 0.45)
    canvas.over(shades, np.clip(inside, 0, 1))
    thin = 0.0035 * canvas.unit
    gold = mix(palette[-2], colour("fff0c4"), 0.7)
    canvas.over(gold, np.exp(-((inside / thin) ** 2)))
    canvas.over(gold, np.exp(-(((inside - 4.2 * thin) / (thin * 0.5)) ** 2)) * 0.7)
    _beads(stage, radius, angle, outer * 0.8, folds, gold)


def _beads(stage: Scene, radius: Array, angle: Array, at: float, folds: int, gold: Array) -> None:
    around = (angle * folds / (2 * np.pi) + 0.5) % 1 - 0.5
    arc = around * 2 * np.pi / folds * np.maximum(radius, 1e-3)
    far = np.hypot(arc, radius - at)
    stage.canvas.over(gold, smooth(0.016, 0.011, far).astype(np.float32))


def _heart(stage: Scene, radius: Array, palette: list[Array]) -> None:
    canvas = stage.canvas
    canvas.over(mix(palette[-2], colour("fff0c4"), 0.6), smooth(0.075, 0.07, radius))
    canvas.over(palette[0] * 0.6, smooth(0.05, 0.045, radius))
