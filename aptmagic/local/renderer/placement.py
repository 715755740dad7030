"""Puts the subjects on the stage: who stands where, how large, and what shadow they throw."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from aptmagic.local.renderer.parsed_prompt import HOLDERS, Subject
from aptmagic.local.renderer.parsed_prompt import subjects_of as everybody
from aptmagic.local.renderer.scene import Scene

from . import detail, figures, shading
from .canvas import Canvas
from .colour import WHITE, Array, colour, mix, smooth
from .figures import Figure
from .noise import blur

ROWS = {1: (0.0,), 2: (-0.17, 0.18), 3: (-0.26, 0.02, 0.28), 4: (-0.32, -0.11, 0.11, 0.32)}
SHRINK = {1: 1.0, 2: 0.86, 3: 0.74, 4: 0.64}
# How high a seat is, as a share of the height of what somebody sits on, and how large they may be.
SEAT_LEVEL = {
    "@sofa": 0.4, "@bench": 0.46, "bed": 0.42, "chair": 0.42,
    "canoe": 0.16, "basket": 0.2, "bathtub": 0.26,
}  # fmt: skip
SEAT_ROOM = {
    "@sofa": 0.92, "@bench": 1.25, "bed": 0.6, "chair": 0.7,
    "canoe": 1.3, "basket": 0.95, "bathtub": 0.9,
}  # fmt: skip
SOFT_GROUND = ("meadow", "forest", "mountain", "lake", "desert", "sea")


@dataclass(frozen=True)
class Placement:
    """Where one figure goes: how it stands, its middle and foot as shares, its height in pixels."""

    manner: str
    x: float
    y: float
    size: int


def place_subjects(stage: Scene) -> None:
    """Draw every subject of the plan, the far ones first."""
    cast = [one for subject, times in everybody(stage.plan) for one in [subject] * times]
    cast = _with_default(stage, cast)
    groups: dict[str, list[Subject]] = {}
    for subject in cast:
        if not _sits(stage, subject):
            groups.setdefault(_manner(stage, subject), []).append(subject)
    scenes = [
        (subject, _spot(stage, groups, manner, at), f"{subject.picture}{at}")
        for manner, group in groups.items()
        for at, subject in enumerate(group)
    ]
    for subject, spot, name in sorted(scenes, key=lambda scene: scene[1].y):
        sitters = [one for one in cast if _sits(stage, one) and one.on == subject.picture]
        if subject.picture in HOLDERS and sitters:
            _seat(stage, sitters, _box(stage, subject, spot, name))
            sitters = []
        top = len(stage.boxes)
        _draw(stage, subject, spot, name)
        _seat(stage, sitters, stage.boxes[top])


def _box(stage: Scene, subject: Subject, spot: Placement, name: str) -> tuple[int, int, int, int]:
    """Where it will be drawn: who is in it is drawn first, behind its side."""
    figure = figures.make(stage, subject, spot.size, name)
    left = int(spot.x * stage.canvas.width - figure.width / 2)
    foot = int(spot.y * stage.canvas.height)
    return left, foot - figure.height, left + figure.width, foot


def _sits(stage: Scene, subject: Subject) -> bool:
    """Whether it is on something else that is drawn too, and drawn on ground or water."""
    seats = {one.picture: one for one in stage.plan.subjects}
    seat = seats.get(subject.on)
    return seat is not None and _manner(stage, seat) in ("stand", "swim")


def _seat(stage: Scene, sitters: list[Subject], box: tuple[int, int, int, int]) -> None:
    """Put those who are on a thing side by side on its seat."""
    left, top, right, bottom = box
    for at, subject in enumerate(sitters):
        room = SEAT_ROOM[subject.on] * SHRINK.get(len(sitters), 0.5) ** 0.5
        size = int((bottom - top) * room * min(1.15, subject.size))
        x = left + (right - left) * (at + 1) / (len(sitters) + 1)
        foot = bottom - (bottom - top) * SEAT_LEVEL[subject.on]
        manner = "inside" if subject.on in HOLDERS else "sit"
        spot = Placement(manner, x / stage.canvas.width, foot / stage.canvas.height, size)
        _draw(stage, subject, spot, f"{subject.picture} on {subject.on}{at}")


def _with_default(stage: Scene, cast: list[Subject]) -> list[Subject]:
    """A portrait needs a face, and a city in the rain someone with an umbrella."""
    if cast:
        return cast
    if not stage.plan.shows("people"):
        return cast
    if stage.plan.setting == "portrait":
        return [Subject("person", "@person", "ground", 1.0, "person")]
    if stage.plan.setting == "city" and stage.plan.has("rain"):
        return [Subject("umbrella", "@umbrella", "ground", 0.6, "umbrella")]
    return cast


def _manner(stage: Scene, subject: Subject) -> str:
    setting, where = stage.plan.setting, subject.place
    if setting == "portrait":
        return "portrait"
    if stage.floating:
        return "float"
    if subject.picture in figures.BUSTS and where != "air":
        return "bust"
    if setting == "indoors" or where in ("ground", "indoors"):
        return "stand"
    if where in ("water", "deep"):
        afloat = setting in ("sea", "lake") and not (where == "deep" and stage.ground > 0.92)
        return "swim" if afloat else "stand"
    return "fly"


def _spot(stage: Scene, groups: dict[str, list[Subject]], manner: str, at: int) -> Placement:
    canvas, subject, count = stage.canvas, groups[manner][at], len(groups[manner])
    chance = canvas.stream(f"spot {manner}{at}")
    row = ROWS.get(count) or tuple(np.linspace(-0.36, 0.36, count))
    share = (float(row[at]) + _aside(stage, groups, manner)) * _spread(stage)
    size = _size(stage, subject, manner, count, float(chance.uniform(0.88, 1.16)))
    depth = float(chance.uniform(-0.03, 0.02)) if count > 1 else 0.0
    if manner == "portrait":
        return Placement(manner, 0.5 + share * 1.2, 1.02, size)
    if manner == "bust":
        return Placement(manner, _inside(stage.focus + share * 1.2, size, canvas), 1.02, size)
    if manner == "stand":
        return Placement(
            manner, _inside(stage.focus + share, size, canvas), stage.ground + depth, size
        )
    if manner == "swim":
        level = stage.horizon + (0.99 - stage.horizon) * float(chance.uniform(0.38, 0.52))
        return Placement(manner, _inside(stage.focus + share, size, canvas), level + depth, size)
    if manner == "fly":
        middle = stage.horizon * float(chance.uniform(0.46, 0.62)) - 0.1 * (at % 2) * (count > 1)
        x = stage.focus - 0.08 * stage.light.side + share
    else:
        middle = stage.ground - 0.14 + float(chance.uniform(-0.03, 0.03)) - 0.1 * share
        x = stage.focus + share
    foot = middle + size / canvas.height / 2
    return Placement(manner, _inside(x, size, canvas), foot, size)


def _aside(stage: Scene, groups: dict[str, list[Subject]], manner: str) -> float:
    """Those on land and those on the water or in the air leave each other room."""
    if len(groups) < 2:
        return 0.0
    return {"stand": 0.13, "swim": -0.26, "fly": -0.2}.get(manner, 0.0) * stage.light.side


def _spread(stage: Scene) -> float:
    """Tall pictures bring people closer together, wide ones leave them room."""
    return float(np.clip(stage.canvas.aspect**-0.55, 0.62, 1.25))


def _inside(x: float, size: int, canvas: Canvas) -> float:
    margin = min(0.5, size * 0.5 / canvas.width + 0.02)
    return float(np.clip(x, margin, 1 - margin))


def _size(stage: Scene, subject: Subject, manner: str, count: int, chance: float) -> int:
    unit = stage.canvas.unit
    if manner == "portrait":
        drawn = subject.picture in ("@person", "@astronaut")
        return int(unit * (0.86 if drawn else 0.78) * SHRINK.get(count, 0.5))
    if manner == "bust":
        return int(unit * 0.62 * SHRINK.get(count, 0.5) ** 0.8)
    usual = figures.USUAL[subject.place]
    if manner == "float":
        usual = 0.5 if stage.plan.setting != "emblem" else 0.46
        chance = min(chance, 1.05)
    scale = subject.size if manner != "float" else min(subject.size, 1.2)
    if {"giant", "tiny"} & stage.plan.moods:
        scale *= 1.22 if "giant" in stage.plan.moods else 0.72
    scale *= _beside(stage, subject)
    size = unit * usual * scale * chance * SHRINK.get(count, 0.5)
    if subject.place == "indoors" and manner == "stand" and stage.plan.setting != "indoors":
        size *= 0.72
    return int(min(size, _headroom(stage, manner)))


def _beside(stage: Scene, subject: Subject) -> float:
    """Next to something larger, the smaller is smaller still: a tulip is no windmill."""
    largest = max(other.size for other in stage.plan.subjects) if stage.plan.subjects else 1.0
    return (subject.size / largest) ** 0.9 if largest > subject.size else 1.0


def _headroom(stage: Scene, manner: str) -> float:
    if manner == "fly":
        return stage.canvas.height * stage.horizon * 0.86
    room = stage.ground - 0.03 if manner == "stand" else 0.8
    return stage.canvas.height * room * 0.92


def _draw(stage: Scene, subject: Subject, spot: Placement, name: str) -> None:
    figure = figures.make(stage, subject, spot.size, name)
    left = int(spot.x * stage.canvas.width - figure.width / 2)
    foot = int(spot.y * stage.canvas.height)
    if spot.manner == "swim":
        foot += int(figure.height * 0.06)
    shades = shading.light(stage, figure, spot.size)
    if stage.canvas.detail == 2:
        pixels = detail.surface(stage, shades, figure.opacity, subject.group, name)
        shades, figure = pixels[..., :3], replace(figure, opacity=pixels[..., 3])
    _below(stage, figure, shades, spot, left, foot)
    before = stage.canvas.pixels.copy() if spot.manner in ("stand", "swim") else None
    _paste(stage, shades, figure.opacity, left, foot - figure.height)
    if before is not None:
        _settle(stage, before, figure, spot, left, foot, name)
    _remember(stage, figure, left, foot)


def _below(
    stage: Scene, figure: Figure, shades: Array, spot: Placement, left: int, foot: int
) -> None:
    """What is under the feet: a shadow on the ground, a reflection in water, a halo in the air."""
    if spot.manner == "sit":
        _contact_shadow(stage, figure, left, foot)
    elif spot.manner == "stand":
        _cast_shadow(stage, figure, left, foot)
        _contact_shadow(stage, figure, left, foot)
    elif spot.manner == "swim":
        _reflection(stage, shades, figure, left, foot)
    elif stage.plan.setting in ("abstract", "geometric", "mandala", "emblem", "portrait"):
        _halo(stage, figure, left, foot)


def _paste(stage: Scene, shades: Array, opacity: Array, left: int, top: int) -> None:
    """Lay pixels on the canvas, cut where they leave it."""
    canvas = stage.canvas
    height, width = opacity.shape
    y0, y1 = max(0, top), min(canvas.height, top + height)
    x0, x1 = max(0, left), min(canvas.width, left + width)
    if y1 <= y0 or x1 <= x0:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    below = canvas.pixels[y0:y1, x0:x1]
    source = shades[part] if shades.ndim == 3 else shades
    below += (source - below) * opacity[part][..., None]


def _cast_shadow(stage: Scene, figure: Figure, left: int, foot: int) -> None:
    """The outline, laid on the ground toward us and away from the sun."""
    strength = 0.42 if not (stage.plan.dull or stage.plan.has("fog")) else 0.12
    strength *= 0.7 if stage.night else 1.0
    tall = max(2, int(figure.height * (0.2 if stage.plan.setting == "indoors" else 0.3)))
    skew = int(tall * 1.5) * -stage.light.side
    pad = int(figure.height * 0.06) + 2
    outline = Image.fromarray((figure.opacity[::-1] * 255).astype(np.uint8))
    wide = figure.width + abs(skew) + 2 * pad
    shift = -pad + min(0, skew)
    lean = (1, -skew / tall, shift, 0, figure.height / tall, 0)
    laid = outline.transform((wide, tall), Image.Transform.AFFINE, lean, Image.Resampling.BILINEAR)
    mask = np.pad(np.asarray(laid, np.float32) / 255, ((pad, pad), (0, 0)))
    soft = blur(mask, max(1.5, figure.height * 0.012))
    fade = np.linspace(1, 0.25, soft.shape[0], dtype=np.float32)[:, None]
    _paste(stage, _shadow_shade(stage), soft * fade * strength, left + shift, foot - pad - 2)


def _contact_shadow(stage: Scene, figure: Figure, left: int, foot: int) -> None:
    """Dark where the figure touches the ground, following its own feet."""
    feet = figure.opacity[-max(3, figure.height // 14) :].max(0)
    thick = max(3, int(figure.height * 0.05))
    pad = thick * 2
    across = np.arange(-thick * 2, thick * 2 + 1)[:, None]
    profile = np.exp(-((across / (thick * 0.62)) ** 2)).astype(np.float32)
    line = np.pad(feet, pad)[None, :]
    mask = blur(profile * line, max(1.5, thick * 0.5))
    top = foot - thick * 2 - thick // 3
    _paste(stage, _shadow_shade(stage), np.clip(mask * 1.1, 0, 0.62), left - pad, top)


def _shadow_shade(stage: Scene) -> Array:
    near = stage.light.near * 0.55
    return mix(near, stage.light.sky[1] * 0.5, 0.55) if stage.snowy else near


def _reflection(stage: Scene, shades: Array, figure: Figure, left: int, foot: int) -> None:
    tall = max(4, int(figure.height * 0.55))
    rows = np.linspace(figure.height - 1, figure.height * 0.25, tall).astype(int)
    wobble = stage.canvas.stream("wobble").normal(0, 1, tall)
    sway = (np.convolve(wobble, np.ones(5) / 5, "same") * figure.width * 0.022).astype(int)
    colours = np.stack(
        [np.roll(shades[row], step, 0) for row, step in zip(rows, sway, strict=True)]
    )
    opacity = np.stack(
        [np.roll(figure.opacity[row], step) for row, step in zip(rows, sway, strict=True)]
    )
    fade = np.linspace(0.62, 0, tall, dtype=np.float32)[:, None]
    under = int(figure.height * 0.05)
    _paste(stage, mix(colours, stage.light.sky[0], 0.25), opacity * fade, left, foot - under)


def _halo(stage: Scene, figure: Figure, left: int, foot: int) -> None:
    """A soft shadow all round, so that a floating figure stands out from its background."""
    pad = int(figure.height * 0.12)
    soft = blur(np.pad(figure.opacity, pad), figure.height * 0.04)
    _paste(stage, colour("10121c"), soft * 0.42, left - pad, foot - figure.height - pad // 2)


def _settle(
    stage: Scene, before: Array, figure: Figure, spot: Placement, left: int, foot: int, name: str
) -> None:
    """Let a little of the ground come before the feet: nobody stands on a postcard."""
    canvas = stage.canvas
    if spot.manner == "stand" and stage.plan.setting not in SOFT_GROUND:
        return
    depth = max(2, int(figure.height * (0.022 if spot.manner == "stand" else 0.06)))
    noise = canvas.stream(f"settle {name}").random(figure.width).astype(np.float32)
    ragged = np.convolve(noise, np.ones(3) / 3, "same") * depth
    rows = np.arange(depth * 2)[:, None]
    mask = smooth(0, 1.5, rows - depth * 1.1 + ragged[None, :])
    y0, y1 = max(0, foot - depth), min(canvas.height, foot + depth)
    x0, x1 = max(0, left), min(canvas.width, left + figure.width)
    if y1 <= y0 or x1 <= x0:
        return
    part = mask[y0 - foot + depth : y1 - foot + depth, x0 - left : x1 - left, None]
    now = canvas.pixels[y0:y1, x0:x1]
    now += (before[y0:y1, x0:x1] - now) * part
    if spot.manner == "swim":
        foam = np.exp(-(((np.arange(y0, y1)[:, None] - foot + depth * 0.4) / 2.2) ** 2))
        band = figure.opacity[-max(3, figure.height // 8) :].max(0)[None, x0 - left : x1 - left]
        now += (mix(stage.light.sky[3], WHITE, 0.6) - now) * (foam * band * 0.6)[..., None]


def _remember(stage: Scene, figure: Figure, left: int, foot: int) -> None:
    stage.boxes.append((left, foot - figure.height, left + figure.width, foot))
    if figure.glowing.any() and stage.plan.time in ("night", "dusk", "sunset"):
        rows, columns = np.nonzero(figure.glowing > 0.5)
        for at in range(0, len(rows), max(1, len(rows) // 4)):
            x, y = left + columns[at], foot - figure.height + rows[at]
            stage.lamps.append((float(x), float(y), figures.GLOWING))
