"""Draw once, by a maintainer, the pictograms that nouns.txt names, into pictograms.zip.

In a folder outside the repository:

    npm install @iconify-json/fluent-emoji-flat
    pip install pyvips pyvips-binary pillow numpy
    python <repository>/aptmagic/local/renderer/build_pictograms.py node_modules

Every picture is cut to its ink, so that its lowest row is where it touches the ground. The site
itself needs only numpy and Pillow to read the result.
"""

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyvips
from PIL import Image

HERE = Path(__file__).parent
PACKAGE = "@iconify-json/fluent-emoji-flat"
LONG_SIDE = 384
SKINS = ("medium-light", "medium", "medium-dark", "light", "dark")


def wanted() -> list[str]:
    """The pictograms of nouns.txt, in its order."""
    lines = (HERE / "nouns.txt").read_text("utf-8").splitlines()
    entries = [line.split()[0] for line in lines if line.strip() and line[0] not in "#["]
    return list(dict.fromkeys(name for name in entries if not name.startswith("@")))


def body_of(name: str, turn: int, icons: Mapping[str, Mapping[str, str]]) -> str:
    """People come in five skins; each takes the next one, so that the town is mixed."""
    for skin in (SKINS[(turn + step) % len(SKINS)] for step in range(len(SKINS))):
        if f"{name}-{skin}" in icons:
            return icons[f"{name}-{skin}"]["body"]
    return icons[name]["body"]


def rasterise(body: str) -> Image.Image:
    box = 'viewBox="0 0 32 32" width="32" height="32"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{body}</svg>'
    drawn = pyvips.Image.svgload_buffer(svg.encode(), scale=LONG_SIDE * 1.25 / 32)
    picture = Image.fromarray(drawn.numpy(), "RGBA")
    picture = picture.crop(picture.getbbox())
    scale = LONG_SIDE / max(picture.size)
    return picture.resize(
        [max(1, round(side * scale)) for side in picture.size], Image.Resampling.LANCZOS
    )


def packed(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=82, alpha_quality=80, method=2)
    return file.getvalue()


def main(node_modules: Path) -> None:
    icons = json.loads((node_modules / PACKAGE / "icons.json").read_text("utf-8"))["icons"]
    names = wanted()
    if missing := [name for name in names if name not in icons]:
        sys.exit(f"These pictograms of nouns.txt do not exist: {' '.join(missing)}.")
    with zipfile.ZipFile(HERE / "pictograms.zip", "w", zipfile.ZIP_STORED) as archive:
        for turn, name in enumerate(names):
            entry = zipfile.ZipInfo(f"{name}.webp", date_time=(2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, packed(rasterise(body_of(name, turn, icons))))
    size = (HERE / "pictograms.zip").stat().st_size
    print(f"{len(names)} pictograms, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
