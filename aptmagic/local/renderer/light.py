"""The light of an hour: the colours of sky, sun, haze and shade that the whole picture shares."""

from dataclasses import dataclass

import numpy as np

from aptmagic.local.renderer.parsed_prompt import ParsedPrompt

from .canvas import Canvas
from .colour import WHITE, Array, colour, mix


@dataclass
class Light:
    """Sky runs from the zenith to the horizon; side is +1 where the sun stands to the right."""

    sky: list[Array]
    sun: Array
    haze: Array
    near: Array
    ambient: Array
    sun_x: float
    sun_height: float
    stars: float
    warmth: float = 0.5

    @property
    def side(self) -> int:
        return 1 if self.sun_x > 0.5 else -1


@dataclass(frozen=True)
class Hour:
    sky: str
    sun: str
    haze: str
    near: str
    ambient: str
    sun_height: float
    stars: float


HOURS = {
    "sunrise": Hour("3f63a8 8f8fc4 f0aaa0 ffdfb4", "fff0c8", "f2c6b4", "35465c", "ffe4d8", 0.1, 0),
    "morning": Hour("3f86cf 82bbe8 c3e1f2 fbf1dc", "fffbe8", "cfe2ee", "2f5245", "fff8ee", 0.34, 0),
    "day": Hour("2470c8 5aa4e4 9fd0f0 dff0f6", "fffdf2", "bcd8ea", "2f5a3a", "ffffff", 0.46, 0),
    "golden": Hour("4f86bc a8bcc0 f0d09c ffe0a4", "fff0bc", "efcfa2", "45472f", "ffeaca", 0.2, 0),
    "sunset": Hour("33306c 8a4a86 ec7a60 ffc676", "ffe6a6", "e8987e", "302a48", "ffd4bc", 0.1, 0.1),
    "dusk": Hour("182250 414488 9c66a0 f2a890", "ffcfa8", "9a86b0", "20264a", "d0c4f0", 0.04, 0.5),
    "night": Hour("071029 10224c 234276 4a6ca0", "eef4ff", "42649a", "0e1830", "a8bcec", 0.46, 1.0),
}  # fmt: skip

GREY = {"day": colour("98a3b0"), "dark": colour("4a5874")}


def light_of_plan(plan: ParsedPrompt, canvas: Canvas) -> Light:
    hour = HOURS[plan.time]
    chance = canvas.stream("sun")
    light = Light(
        sky=[colour(code) for code in hour.sky.split()],
        sun=colour(hour.sun),
        haze=colour(hour.haze),
        near=colour(hour.near),
        ambient=colour(hour.ambient),
        sun_x=float(chance.choice([0.2, 0.32, 0.68, 0.8]) + chance.normal(0, 0.03)),
        sun_height=hour.sun_height * float(chance.uniform(0.85, 1.15)),
        stars=hour.stars,
    )
    _vary(light, chance)
    _tint(light, plan)
    _cloud_over(light, plan)
    return light


def _vary(light: Light, chance: np.random.Generator) -> None:
    """No two evenings are the same: turn the sky a little warmer or cooler."""
    turn = float(chance.normal(0, 1))
    warm = np.array([1 + 0.03 * turn, 1, 1 - 0.035 * turn], np.float32)
    light.sky = [np.clip(shade * warm, 0, 1) for shade in light.sky]
    light.haze = np.clip(light.haze * warm, 0, 1)


def _tint(light: Light, plan: ParsedPrompt) -> None:
    """The colours of the prompt tint sky and haze, each sky tone keeping its brightness."""
    if not plan.palette or plan.setting in ("abstract", "geometric", "mandala", "emblem"):
        return
    for at, shade in enumerate(light.sky):
        wish = plan.palette[min(at * len(plan.palette) // 4, len(plan.palette) - 1)]
        wish = wish * (shade.mean() / max(0.2, wish.mean())) ** 0.6
        light.sky[at] = np.clip(mix(shade, wish, 0.4), 0, 1).astype(np.float32)
    light.haze = mix(light.haze, plan.palette[-1], 0.3)


def _cloud_over(light: Light, plan: ParsedPrompt) -> None:
    if not plan.has("rain", "storm", "fog"):
        return
    grey = GREY["dark" if plan.time in ("night", "dusk") else "day"]
    amount = 0.6 if plan.dull else 0.4
    light.sky = [mix(shade, grey, amount) for shade in light.sky]
    light.haze = mix(light.haze, mix(grey, WHITE, 0.12), amount)
    light.stars = 0
