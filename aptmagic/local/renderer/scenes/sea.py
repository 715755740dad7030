"""The sea: far islands, breakers, and a beach where one is asked for."""

from aptmagic.local.renderer.scene import Scene

from ..colour import colour, mix
from . import land, sky, water


def paint(stage: Scene) -> None:
    stage.horizon, stage.ground = 0.54 + stage.lift, 0.9
    light, plan = stage.light, stage.plan
    beach = plan.variant == "beach"
    sky.paint(stage)
    land.mountains(stage, ranges=2, top=0.15, snow=False)
    wish = plan.palette[0] if plan.palette else colour("0f6f86" if beach else "0c5474")
    tint = mix(stage.lit(wish, 0.9), light.sky[0], 0.35)
    rough = 1.3 + 1.3 * plan.has("storm")
    water.paint(stage, tint=tint, rough=rough, reach=0.9)
    water.breakers(stage, tint, rough)
    if beach or any(subject.place == "ground" for subject in plan.subjects):
        water.beach(stage)
        stage.ground = 0.93
