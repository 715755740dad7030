"""Draw once, by a maintainer, the sample of each style that the Create page shows.

    .venv/bin/python -m aptmagic.local.renderer.build_style_samples

Writes static/styles/<style>.webp. Each style has a subject that shows what it does; the same seeds
give the same files.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

from .engine import draw

FOLDER = Path(__file__).parents[3] / "static" / "styles"
SIDE = 192  # shown at 96 CSS pixels
DRAWN = (576, 576)
MOST_BYTES = 8000
QUALITIES = range(78, 20, -6)
SAMPLES = {
    "3d-model": ("a robot in a garden", 34),
    "analog-film": ("a bicycle by the sea at golden hour", 36),
    "anime": ("a cherry tree by a lake in spring", 33),
    "cinematic": ("a castle on a hill at sunset", 4),
    "comic-book": ("a superhero in the city at noon", 5),
    "digital-art": ("a lighthouse by the sea at sunset", 11),
    "enhance": ("a tiger in the jungle", 37),
    "fantasy-art": ("a unicorn in a meadow, magic", 15),
    "isometric": ("a house on a hill at noon", 2),
    "line-art": ("a sailing ship at sea", 27),
    "low-poly": ("a bear in a meadow at noon", 8),
    "modeling-compound": ("a corgi in a meadow in the morning", 5),
    "neon-punk": ("a city street in the rain at night", 8),
    "origami": ("a swan on a lake", 28),
    "photographic": ("a cup of coffee on a wooden table", 2),
    "pixel-art": ("a panda in a bamboo forest", 6),
    "tile-texture": ("sunflowers", 18),
}


def sample(style: str) -> Image.Image:
    prompt, seed = SAMPLES[style]
    drawing = draw(prompt, style_preset=style, seed=seed, quality="best", size=DRAWN)
    return drawing.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def packed(picture: Image.Image) -> bytes:
    """As good as it is in eight kilobytes."""
    for quality in QUALITIES:
        file = BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()


def main() -> None:
    for style in SAMPLES:
        (FOLDER / f"{style}.webp").write_bytes(packed(sample(style)))
    total = sum((FOLDER / f"{style}.webp").stat().st_size for style in SAMPLES)
    print(f"{len(SAMPLES)} samples, {total / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
