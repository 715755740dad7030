"""Rolling meadows: far hills, hedges, flowers and grass; under snow, the arctic too."""

from typing import Any

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, mix
from . import land, sky, trees

PETALS = ("f4d35e", "ee6c7a", "ffffff", "b48be0", "f2913d", "7fa8f0")


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.6 + stage.lift, 0.91
    canvas, plan = stage.canvas, stage.plan
    sky.paint(stage)
    arctic = plan.variant == "arctic"
    land.mountains(stage, ranges=2, top=0.34 if arctic else 0.22, snow=arctic)
    plant = trees.crowns if canvas.stream("hedge").random() < 0.7 else trees.pines
    for at in range(4):
        near = at / 3
        line = land.rolling(
            stage, f"field{at}", stage.horizon - 0.02 + 0.1 * at, 0.05 + 0.03 * near
        )
        if at < 2 and not arctic:
            _hedge(stage, plant, line, at)
        land.hill(stage, line, *_shades(stage, near), f"field floor{at}", 0.16 + 0.1 * near)
        land.mist(stage, float(line.mean()), 0.03, 0.35 * (1 - near), f"field mist{at}")
    if not stage.snowy:
        _foreground(stage)


def _hedge(stage: Scene, plant: Any, line: Array, at: int) -> None:
    shade = mix(stage.light.haze, stage.lit(leaf(stage), 0.8), 0.5 + 0.25 * at)
    plant(
        stage, line, shade, f"hedge{at}", low=0.025 + 0.02 * at, high=0.06 + 0.05 * at,
        count=26 - 8 * at, misty=0.35 - 0.2 * at,
    )  # fmt: skip


def leaf(stage: Scene) -> Array:
    if stage.plan.has("autumn"):
        return colour("c8762e")
    return colour("e6a6bc") if stage.plan.has("spring") else colour("4f7f3e")


def grass_green(stage: Scene) -> Array:
    chance = stage.canvas.stream("green")
    if stage.plan.has("autumn"):
        return colour("c09a44")
    return mix(colour("86b04a"), colour("5f9a52"), float(chance.random()))


def _shades(stage: Scene, near: float) -> tuple[Array, Array]:
    if stage.snowy:
        return stage.snow()
    green = grass_green(stage)
    top = stage.lit(mix(stage.light.haze, green, 0.4 + 0.5 * near), 0.85)
    return top, mix(stage.lit(green * 0.62), stage.light.near, 0.3)


def _foreground(stage: Scene) -> None:
    plan, chance = stage.plan, stage.canvas.stream("foreground")
    land.grass(stage, shade=grass_green(stage) * 0.85, top=0.74, count=1100, length=0.04)
    field = next(
        (s for s in plan.subjects if s.picture in ("@flowers", "sunflower", "tulip")), None
    )
    if field or "flowery" in plan.moods or chance.random() < 0.75:
        tints = [field.tint] if field and field.tint is not None else list(map(colour, PETALS))
        if field and field.tint is None and field.picture == "sunflower":
            tints = [colour("f6b92c")]
        many = field or "flowery" in plan.moods
        land.flowers(
            stage, count=520 if many else 130, shades=tints, size=0.06 if many else 0.036, top=0.66
        )
