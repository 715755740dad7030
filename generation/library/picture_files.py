"""The files of a picture: where they are, the URLs browsers load them from, how they are deleted.

They are `pictures/<owner>/<picture>/original.png`, `working.png` and `<width>.avif|webp` in the
private bucket. Browsers load them through presigned URLs; only what is published is copied to the
public bucket. No picture byte passes through Django.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aptmagic.aws import queue, storage
from generation.library.models import Picture

WIDTHS = (320, 640, 1024)
FORMATS = {"avif": "image/avif", "webp": "image/webp"}
ORIGINAL = "original.png"
WORKING = "working.png"  # the original with its recipe inside
# The two copies offered for download: to share, or to keep working with.
SHARE = "share"
WORK = "working"
COPIES = {SHARE: ORIGINAL, WORK: WORKING}
# Longer than a request may take, so that a task never runs before its transaction.
DELETE_DELAY_SECONDS = 20


@dataclass(frozen=True)
class Sources:
    """What a `<picture>` needs: two srcsets, a fallback, the largest, the real size in pixels."""

    avif: str
    webp: str
    src: str
    full: str
    width: int
    height: int


def variant_widths(width: int) -> list[int]:
    """Widths in pixels of the variants of a picture this wide; none is larger than the original."""
    return sorted({min(width, each) for each in WIDTHS})


def folder(owner_id: str, picture_id: str) -> str:
    return f"pictures/{owner_id}/{picture_id}/"


def private_sources(owner_id: str, picture_id: str, width: int, height: int) -> Sources:
    """Presigned URLs, valid for at least ten minutes."""
    base, bucket = folder(owner_id, picture_id), storage.private()
    return _sources({name: bucket.url(base + name) for name in variant_names(width)}, width, height)


def public_sources(base: str, width: int, height: int) -> Sources:
    """URLs in the public bucket, under the folder `base`, which ends with a slash."""
    return _sources(
        {name: storage.public_url(base + name) for name in variant_names(width)}, width, height
    )


def variant_names(width: int) -> list[str]:
    return [f"{each}.{kind}" for each in variant_widths(width) for kind in FORMATS]


def sources_of(picture: Picture) -> Sources:
    return private_sources(picture.owner_id, picture.id, int(picture.width), int(picture.height))


def download_url(picture: Picture, copy: str) -> str:
    """A URL that downloads the picture; the original if it has no working copy."""
    base, bucket = folder(picture.owner_id, picture.id), storage.private()
    name = COPIES[copy] if copy == SHARE or bucket.exists(base + COPIES[copy]) else ORIGINAL
    return bucket.download_url(base + name, f"apt-magic-{picture.id.lower()}.png")


def store(base: str, files: Mapping[str, bytes]) -> None:
    """Store a picture's files under `base` in the private bucket, by their names."""
    for name, body in files.items():
        storage.private().put(
            base + name,
            body,
            content_type=content_type(name),
            cache_control=storage.PRIVATE_CACHE,
        )


def content_type(name: str) -> str:
    return FORMATS.get(name.rpartition(".")[2], "image/png")


def copy_to_public(picture: Picture, base: str) -> None:
    """Copy the variants (never the original) under `base` in the public bucket; safe to repeat."""
    origin = folder(picture.owner_id, picture.id)
    with ThreadPoolExecutor(max_workers=6) as together:
        list(
            together.map(
                lambda name: _copy(origin + name, base + name), variant_names(int(picture.width))
            )
        )


def _copy(origin: str, target: str) -> None:
    storage.private().copy(
        origin,
        storage.public(),
        target,
        content_type=content_type(target),
        cache_control=storage.PUBLIC_CACHE,
    )


def delete_later(bucket: str, base: str, *, unless: tuple[str, str] | None = None) -> None:
    """Enqueue the deletion of every file under `base`; the queue retries until all are gone.

    `unless` is the key of an item of `content` that keeps the files while it is there.
    """
    queue.enqueue(
        "delete_files",
        delay=DELETE_DELAY_SECONDS,
        bucket=bucket,
        base=base,
        unless=list(unless or []),
    )


def delete_folder(bucket: str, base: str, unless: list[str] | None = None) -> int:
    """Delete every file under `base`, which ends with a slash; returns how many.

    Deletes nothing and returns 0 while the `content` item `unless` exists.
    """
    if unless and Picture.find(unless[0], unless[1], consistent=True):
        return 0
    return storage.Bucket(bucket).delete_folder(base)


def _sources(urls: dict[str, str], width: int, height: int) -> Sources:
    sizes = variant_widths(width)
    middle = sizes[min(1, len(sizes) - 1)]
    return Sources(
        avif=_srcset(urls, sizes, "avif"),
        webp=_srcset(urls, sizes, "webp"),
        src=urls[f"{middle}.webp"],
        full=urls[f"{sizes[-1]}.webp"],
        width=width,
        height=height,
    )


def _srcset(urls: dict[str, str], sizes: Iterable[int], kind: str) -> str:
    return ", ".join(f"{urls[f'{size}.{kind}']} {size}w" for size in sizes)
