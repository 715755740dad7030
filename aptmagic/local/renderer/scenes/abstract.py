"""Abstract: layered silk ribbons with threads of gold."""

import numpy as np

from aptmagic.local.renderer.scene import Scene

from ..colour import Array, colour, gradient, mix, ramp, smooth
from ..noise import blur

WHITE = colour("ffffff")
RIBBONS = 11


def paint(stage: Scene) -> None:
    stage.floating, stage.ambient_share, stage.ground = True, 0.1, 0.68
    canvas = stage.canvas
    tones, gold = _tones(list(stage.plan.palette))
    paper = [(0, tones[-1]), (0.55, mix(tones[-1], tones[-2], 0.6)), (1, tones[2])]
    canvas.pixels[:] = gradient(canvas.y, paper)
    foil = _foil(stage, gold)
    strands = canvas.fractal("strands", 3, 3, octaves=3, coarse=8)
    for at in range(RIBBONS):
        _ribbon(stage, at, tones, foil, strands)
    _sparks(stage, foil)


def _tones(palette: list[Array]) -> tuple[list[Array], Array]:
    """A ramp from the shade of the main colour to its light, and a metal to go with it."""
    metals = [shade for shade in palette if shade[0] > 0.65 and shade[2] < 0.45]
    main = [shade for shade in palette if not any(shade is metal for metal in metals)] or palette
    gold = metals[0] if metals else mix(palette[-1], colour("fff2d0"), 0.5)
    first = main[0]
    if len(main) > 1:
        middle = mix(first, main[1], 0.5)
        return [first * 0.35, first, middle, main[1], mix(main[-1], WHITE, 0.62)], gold
    pale = mix(first, colour("fff8e8"), 0.82)
    return [first * 0.25, first * 0.58, first, mix(first, WHITE, 0.45), pale], gold


def _foil(stage: Scene, gold: Array) -> Array:
    canvas = stage.canvas
    grain = canvas.fractal("foil", 70, 9, octaves=5, gain=0.62)
    sheen = 0.5 + 0.5 * np.sin(canvas.x * 9 + canvas.y * 4 + 5 * (grain - 0.5))
    bright = mix(gold, colour("fff6d8"), 0.7)
    metal = [gold * 0.6, gold * 0.85, gold, bright, mix(gold, bright, 0.35)]
    return ramp(0.55 * grain + 0.45 * sheen, metal)


def _ribbon(stage: Scene, at: int, tones: list[Array], foil: Array, strands: Array) -> None:
    canvas = stage.canvas
    crest = _crest(stage, at)
    rows = canvas.rows_from(float(crest.min()) - 0.14, float(crest.max()) + 0.34)
    below = canvas.y[rows] - crest[None, :]
    shadow = np.exp(np.minimum(below, 0) / 0.035) * (below < 0)
    canvas.pixels[rows] *= 1 - (shadow * 0.36)[..., None]
    place = (at * 2 + (at % 3 == 0)) % len(tones)
    start, end = tones[place], tones[(place + 2) % len(tones)]
    strand = 0.5 + 0.5 * np.sin(below * 210 + 5 * strands[rows])
    fold = np.exp(-(((below - 0.05) / 0.03) ** 2)) * 0.16
    tone = (
        0.87 + 0.15 * strand * np.exp(-below * 9) + 0.12 * np.exp(-np.clip(below, 0, 1) * 30) + fold
    )
    shades = mix(start, end, np.clip(below / 0.2, 0, 1)[..., None] * 0.75) * tone[..., None]
    if at % 4 == 2:
        shades = foil[rows] * (0.8 + 0.3 * strand)[..., None]
    canvas.over_rows(rows, shades, np.clip(below * canvas.height + 0.5, 0, 1))
    edge = 0.0016 + 0.0022 * (at % 3 == 0)
    canvas.over_rows(rows, foil[rows], np.exp(-((below / edge) ** 2)))


def _crest(stage: Scene, at: int) -> Array:
    canvas, chance = stage.canvas, stage.canvas.stream("waves")
    phases = chance.random(3) * 2 * np.pi
    pace = float(chance.uniform(2.4, 4.2))
    lean = float(chance.uniform(-0.25, 0.25))
    share, x = at / (RIBBONS - 1), canvas.x.ravel()
    long = np.sin(x * canvas.aspect * pace + phases[0] + at * 0.62)
    short = np.sin(x * canvas.aspect * 6.1 + phases[1] - at * 0.5)
    wander = canvas.profile(f"wander{at}", 2, octaves=3) - 0.5
    swing = (0.1 - 0.03 * share) * long + 0.045 * short + 0.05 * wander
    return 0.14 + 0.82 * share**1.05 + swing + lean * (x - 0.5)


def _sparks(stage: Scene, foil: Array) -> None:
    canvas, chance = stage.canvas, stage.canvas.stream("sparks")
    spots = np.zeros((canvas.height, canvas.width), np.float32)
    rows, columns = chance.integers(0, canvas.height, 260), chance.integers(0, canvas.width, 260)
    spots[rows, columns] = chance.random(260) ** 2
    radius = canvas.unit * 0.002
    canvas.over(foil * 1.1, smooth(0.0, 1.0, blur(spots, radius) * 8 * max(1, radius**2)))
