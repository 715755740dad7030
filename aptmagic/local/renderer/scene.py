"""The stage of one picture: canvas, plan and light, and where its subjects may stand."""

from dataclasses import dataclass, field

from aptmagic.local.renderer.parsed_prompt import ParsedPrompt

from .canvas import Canvas
from .colour import WHITE, Array, colour, mix
from .light import Light


@dataclass
class Scene:
    """Scenes paint it and move ground and horizon to where they drew them."""

    canvas: Canvas
    plan: ParsedPrompt
    light: Light
    focus: float
    horizon: float = 0.6
    ground: float = 0.9
    floating: bool = False  # nothing stands: space, under water, portraits
    ambient_share: float = 0.55
    lift: float = 0.0  # how much higher or lower than usual this seed looks
    lamps: list[tuple[float, float, Array]] = field(default_factory=list)
    boxes: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def snowy(self) -> bool:
        return self.plan.has("snow")

    @property
    def night(self) -> bool:
        return self.plan.time == "night"

    def lit(self, shade: Array, share: float = 0.8) -> Array:
        """A surface's own colour under the light of the hour."""
        return shade * mix(WHITE, self.light.ambient, share)

    def snow(self) -> tuple[Array, Array]:
        """Snow in the light, and in the shade."""
        bright = self.lit(mix(colour("ffffff"), self.light.haze, 0.22), 0.7)
        return bright, self.lit(mix(colour("aebfe0"), self.light.sky[1], 0.35), 0.6)
