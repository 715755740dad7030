"""Static files: collected under hashed names, and uploaded to the bucket that CloudFront reads."""

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files import File

from aptmagic.aws.django_storage import BucketStorage
from aptmagic.aws.storage import Bucket
from aptmagic.deploy import Echo
from aptmagic.deploy.errors import PackagingError

PREFIX = "static/"
MANIFEST = "staticfiles.json"
HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.\w+$")
# A hashed name never changes its content; the other names do, with a release.
HASHED_CACHE_CONTROL = "public, max-age=31536000, immutable"
UNHASHED_CACHE_CONTROL = "public, max-age=3600"
# Types that `mimetypes` does not know on every system.
CONTENT_TYPES = {
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}


def collect(folder: Path) -> Path:
    """Collect the static files into `folder`; the path of the manifest of their hashed names.

    Raises PackagingError when a file refers to one that does not exist.
    """
    storage = ManifestStaticFilesStorage(location=str(folder), base_url="/static/")
    found = dict(sorted(_find_all()))
    for name, (source, path) in found.items():
        with source.open(path) as file:
            storage.save(name, file)
    for name, _, outcome in storage.post_process({name: (storage, name) for name in found}):
        if isinstance(outcome, Exception):
            raise PackagingError(
                f"The static file {name} could not be collected: {outcome}"
            ) from outcome
    return folder / storage.manifest_name


def _find_all() -> Iterator[tuple[str, tuple[Any, str]]]:
    for finder in get_finders():
        for path, source in finder.list([]):
            yield "/".join(filter(None, (getattr(source, "prefix", ""), path))), (source, path)


class StaticFilesStorage(BucketStorage):
    """`static/` in a stage's public bucket."""

    location = PREFIX

    def get_object_parameters(self, name: str) -> dict[str, str]:
        hashed = HASHED_NAME.search(name)
        return {
            "ContentType": _content_type(Path(name)),
            "CacheControl": HASHED_CACHE_CONTROL if hashed else UNHASHED_CACHE_CONTROL,
        }


def upload(folder: Path, bucket: str, echo: Echo) -> None:
    """Upload what changed to `static/`. Files of earlier releases stay, for their rollback."""
    storage, uploaded = StaticFilesStorage(bucket_name=bucket), 0
    existing = {file.key for file in Bucket(bucket).list_files(PREFIX)}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == MANIFEST or (f"{PREFIX}{name}" in existing and HASHED_NAME.search(name)):
            continue
        with path.open("rb") as file:
            storage.save(name, File(file))
        uploaded += 1
    echo(f"s3://{bucket}/{PREFIX}: uploaded {uploaded} files")


def _content_type(path: Path) -> str:
    known = CONTENT_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    content_type = known or "binary/octet-stream"
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
