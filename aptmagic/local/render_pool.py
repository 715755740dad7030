"""Renders pictures in separate processes, so that the cloud keeps answering meanwhile."""

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
class RenderRequest:
    """What to render, in place of which model, at which quality.

    `image` is an image file to start from; `extra_note` is appended to the note.
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
    extra_note: str = ""
    crash: bool = False


class RenderPool:
    """A process pool that is replaced when one of its processes dies."""

    def __init__(self) -> None:
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            WORKERS, mp_context=get_context("spawn"), initializer=_start_renderer
        )

    def warm_up(self) -> None:
        """Load the renderer before the first request."""
        for _ in range(WORKERS):
            self._pool.submit(_load)

    async def draw(self, request: RenderRequest) -> bytes:
        """The finished file. Raises BrokenProcessPool when the process died."""
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(render, request))
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._new()
            raise

    def close(self) -> None:
        """Stop at once; unfinished pictures are requested again by the workflow."""
        for process in list(self._pool._processes.values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        del self._pool
        gc.collect()  # frees its semaphores


def render(request: RenderRequest) -> bytes:
    """Render in this process."""
    if request.crash:
        os._exit(1)
    from PIL import Image

    from aptmagic.local import renderer

    start = Image.open(BytesIO(request.image)).convert("RGB") if request.image else None
    drawn = renderer.draw(
        request.prompt,
        negative_prompt=request.negative_prompt,
        aspect_ratio=request.aspect_ratio,
        style_preset=request.style_preset,
        model=request.model,
        quality=request.quality,
        seed=request.seed,
        image=start,
        strength=request.strength,
    )
    note = f"{drawn.note} {request.extra_note}".strip()
    return encode(drawn.image, note, request.output_format)


def encode(image: Any, note: str, output_format: str) -> bytes:
    """The image file, with `note` in its metadata."""
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


def _start_renderer() -> None:
    os.nice(NICENESS)
    threading.Thread(target=_exit_with_the_cloud, daemon=True).start()


def _exit_with_the_cloud() -> None:
    """Exit when the cloud process does, even if it was killed."""
    cloud = parent_process()
    if cloud is not None:
        connection.wait([cloud.sentinel])
        os._exit(0)


def _load() -> None:
    from aptmagic.local import renderer  # noqa: F401  its import is the point
