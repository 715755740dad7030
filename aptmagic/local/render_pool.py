"""Draws in processes of their own, so that nobody else who asks the cloud waits for a picture."""

import asyncio
import gc
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import connection, get_context, parent_process
from typing import Any
from xml.sax.saxutils import escape

WORKERS = 2
NICENESS = 10  # the site and the worker come first
DESCRIPTION = 270  # the EXIF tag ImageDescription
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


@dataclass(frozen=True)
class Commission:
    """What to draw in the place of which model, and how well.

    `image` is a picture file to start from, `remark` goes along with the note.
    """

    prompt: str
    negative_prompt: str
    aspect_ratio: str
    style_preset: str | None
    model: str
    quality: str
    seed: int
    output_format: str
    image: bytes | None = None
    strength: float | None = None
    remark: str = ""
    crash: bool = False


class Easel:
    """A pool of drawing processes that replaces itself when one of them dies."""

    def __init__(self) -> None:
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_settle_in)

    def warm_up(self) -> None:
        """Load the studio before the first wish."""
        for _ in range(WORKERS):
            self._pool.submit(_load)

    async def draw(self, commission: Commission) -> bytes:
        """The finished file. Raises BrokenProcessPool when the process died over it."""
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(draw, commission))
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._new()
            raise

    def close(self) -> None:
        """Drop everything, half-finished pictures too: whoever wished for one will ask again."""
        for process in list(self._pool._processes.values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        del self._pool
        gc.collect()  # its semaphores go with it


def draw(commission: Commission) -> bytes:
    """Draw it, here and now."""
    if commission.crash:
        os._exit(1)
    from PIL import Image

    from aptmagic.local import renderer

    start = Image.open(BytesIO(commission.image)).convert("RGB") if commission.image else None
    drawn = renderer.draw(
        commission.prompt,
        negative_prompt=commission.negative_prompt,
        aspect_ratio=commission.aspect_ratio,
        style_preset=commission.style_preset,
        model=commission.model,
        quality=commission.quality,
        seed=commission.seed,
        image=start,
        strength=commission.strength,
    )
    note = f"{drawn.note} {commission.remark}".strip()
    return encoded(drawn.image, note, commission.output_format)


def encoded(image: Any, note: str, output_format: str) -> bytes:
    """The picture as a file that says of itself what it is."""
    from PIL.PngImagePlugin import PngInfo

    file = BytesIO()
    if output_format == "png":
        text = PngInfo()
        text.add_itxt("Description", note)
        image.save(file, "PNG", pnginfo=text, compress_level=3)
    else:
        exif = image.getexif()
        exif[DESCRIPTION] = note
        xmp = XMP.format(escape(note)).encode()
        image.convert("RGB").save(file, output_format.upper(), quality=92, exif=exif, xmp=xmp)
    return file.getvalue()


def _settle_in() -> None:
    os.nice(NICENESS)
    threading.Thread(target=_leave_with_the_cloud, daemon=True).start()


def _leave_with_the_cloud() -> None:
    """A cloud that was killed cannot say goodbye."""
    cloud = parent_process()
    if cloud is not None:
        connection.wait([cloud.sentinel])
        os._exit(0)


def _load() -> None:
    from aptmagic.local import renderer  # noqa: F401  its import is the point
