"""The files of a picture: where they are, the URLs browsers load them from, how they are deleted.

They are `pictures/<owner>/<picture>/original.png`, `working.png` and `<width>.avif|webp` in the
private bucket. Browsers load them through presigned URLs; only what is published is copied to the
public bucket. No picture byte passes through Django.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients, queue
from generation.library.models import Picture

WIDTHS = (320, 640, 1024)
FORMATS = {"avif": "image/avif", "webp": "image/webp"}
ORIGINAL = "original.png"
WORKING = "working.png"  # the original with its recipe inside
# What somebody downloads: to share it, or to go on working with it.
SHARE = "share"
WORK = "working"
COPIES = {SHARE: ORIGINAL, WORK: WORKING}
# A page that was opened may be looked at for a while; a link that leaks is worthless soon after.
URL_SECONDS = 1200
# Within this window the same picture has the same address, so that browsers keep it.
SAME_URL_SECONDS = 600
# Longer than a request may last, so that a chore never overtakes what it belongs to.
DELETE_DELAY_SECONDS = 20
# A browser keeps its copy; an edge asks every minute whether the file is still there, so that what
# was taken down, hidden or erased is gone everywhere a minute later.
PUBLIC_CACHE_CONTROL = "public, max-age=31536000, s-maxage=60, immutable"


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
    """The variant_widths in pixels of the variants of a picture this wide; nothing is enlarged."""
    return sorted({min(width, each) for each in WIDTHS})


def folder(owner_id: str, picture_id: str) -> str:
    return f"pictures/{owner_id}/{picture_id}/"


def private_sources(owner_id: str, picture_id: str, width: int, height: int) -> Sources:
    """Presigned addresses, good for at least ten minutes."""
    window = int(time.time() // SAME_URL_SECONDS)
    base = folder(owner_id, picture_id)
    return _sources(
        {name: _signed(base + name, window) for name in variant_names(width)}, width, height
    )


def public_sources(base: str, width: int, height: int) -> Sources:
    """Addresses in the public bucket, under the folder `base` (it ends with a slash)."""
    return _sources(
        {name: f"{settings.MEDIA_URL}{base}{name}" for name in variant_names(width)}, width, height
    )


def variant_names(width: int) -> list[str]:
    return [f"{each}.{kind}" for each in variant_widths(width) for kind in FORMATS]


def sources_of(picture: Picture) -> Sources:
    return private_sources(picture.owner_id, picture.id, int(picture.width), int(picture.height))


def download_url(picture: Picture, copy: str) -> str:
    """Where a browser saves it from. A picture of before there were working copies has none."""
    name = COPIES[copy] if copy == SHARE or _stored(picture, COPIES[copy]) else ORIGINAL
    disposition = f'attachment; filename="apt-magic-{picture.id.lower()}.png"'
    url: str = clients.client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.PRIVATE_BUCKET,
            "Key": folder(picture.owner_id, picture.id) + name,
            "ResponseContentDisposition": disposition,
        },
        ExpiresIn=URL_SECONDS,
    )
    return url


def _stored(picture: Picture, name: str) -> bool:
    key = folder(picture.owner_id, picture.id) + name
    try:
        clients.client("s3").head_object(Bucket=settings.PRIVATE_BUCKET, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


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
    clients.client("s3").copy_object(
        CopySource={"Bucket": settings.PRIVATE_BUCKET, "Key": origin},
        Bucket=settings.PUBLIC_BUCKET,
        Key=target,
        MetadataDirective="REPLACE",
        ContentType=FORMATS[target.rsplit(".", 1)[1]],
        CacheControl=PUBLIC_CACHE_CONTROL,
    )


def delete_later(bucket: str, base: str, *, unless: tuple[str, str] | None = None) -> None:
    """Leave it to the chores queue, which repeats until every file under `base` is gone.

    `unless` is the key of an item of `content` that keeps the files while it is there.
    """
    queue.enqueue(
        "delete_files",
        delay=DELETE_DELAY_SECONDS,
        bucket=bucket,
        base=base,
        unless=list(unless or []),
    )


def delete_public_later(base: str) -> None:
    delete_later(settings.PUBLIC_BUCKET, base)


def delete_folder(bucket: str, base: str, unless: list[str] | None = None) -> int:
    """Delete every file under `base`; the number of files that were there."""
    if not base.endswith("/"):
        raise ValueError(f"not a folder: {base}")
    if unless and Picture.find(unless[0], unless[1], consistent=True):
        return 0
    pages = (
        clients.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=base)
    )
    return sum(
        _delete(bucket, [item["Key"] for item in page.get("Contents", [])]) for page in pages
    )


def _delete(bucket: str, keys: list[str]) -> int:
    if keys:
        wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        answer = clients.client("s3").delete_objects(Bucket=bucket, Delete=wanted)
        if answer.get("Errors"):
            raise RuntimeError(f"{len(answer['Errors'])} files of {bucket} were not deleted")
    return len(keys)


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


@lru_cache(maxsize=16384)
def _signed(key: str, window: int) -> str:
    """`window` keeps an address for a while and lets it go before it expires."""
    url: str = clients.client("s3").generate_presigned_url(
        "get_object",
        Params={"Bucket": settings.PRIVATE_BUCKET, "Key": key},
        ExpiresIn=URL_SECONDS,
    )
    return url
