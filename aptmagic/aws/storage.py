"""Files in S3: the private bucket, and the public one that CloudFront serves.

Pages and the worker use `Bucket`, which needs nothing but the S3 client. Django's storage API for
the same buckets is in `aptmagic.aws.django_storage`.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients

# Browsers keep public files for good, CloudFront asks S3 again every minute: what is unpublished,
# hidden or erased is gone everywhere a minute later.
PUBLIC_CACHE = "public, max-age=31536000, s-maxage=60, immutable"
PRIVATE_CACHE = "private, max-age=31536000, immutable"
# A presigned URL outlives a page that stays open for a while; a leaked one soon stops working.
URL_SECONDS = 1200
# Within this window a file has the same URL, so that browsers can cache it.
SAME_URL_SECONDS = 600
MAX_KEYS_PER_REQUEST = 1000  # S3's limit for listing and for deleting
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True)
class StoredFile:
    key: str
    size: int  # bytes


@dataclass(frozen=True)
class Bucket:
    """A bucket, by its name. If S3 fails, every method raises botocore's error."""

    name: str

    def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Store a file, in place of any under the same key. Metadata values are ASCII."""
        headers = {"CacheControl": cache_control} if cache_control else {}
        clients.client("s3").put_object(
            Bucket=self.name,
            Key=key,
            Body=body,
            ContentType=content_type,
            Metadata=dict(metadata or {}),
            **headers,
        )

    def read(self, key: str, *, max_bytes: int | None = None) -> bytes:
        """The file's content, or its first `max_bytes`. Raises FileNotFoundError."""
        with _missing_as_file_not_found(key):
            stored = clients.client("s3").get_object(Bucket=self.name, Key=key)
        content: bytes = stored["Body"].read(max_bytes)
        return content

    def download_to(self, key: str, file: Any) -> None:
        """Write the content into an open file, in chunks. Raises FileNotFoundError."""
        with _missing_as_file_not_found(key):
            clients.client("s3").download_fileobj(self.name, key, file)

    def size(self, key: str) -> int:
        """In bytes. Raises FileNotFoundError."""
        return int(self._head(key)["ContentLength"])

    def metadata(self, key: str) -> dict[str, str]:
        """What `put` stored beside the file. Raises FileNotFoundError."""
        found: dict[str, str] = self._head(key)["Metadata"]
        return found

    def exists(self, key: str) -> bool:
        try:
            self._head(key)
        except FileNotFoundError:
            return False
        return True

    def copy(
        self, key: str, target: "Bucket", target_key: str, *, content_type: str, cache_control: str
    ) -> None:
        """Copy a file inside S3, with headers of its own."""
        clients.client("s3").copy_object(
            CopySource={"Bucket": self.name, "Key": key},
            Bucket=target.name,
            Key=target_key,
            MetadataDirective="REPLACE",
            ContentType=content_type,
            CacheControl=cache_control,
        )

    def url(self, key: str) -> str:
        """A presigned URL that works for 10 to 20 minutes and stays the same for up to 10."""
        return _presigned_url(self.name, key, int(time.time() // SAME_URL_SECONDS))

    def download_url(self, key: str, filename: str, *, seconds: int = URL_SECONDS) -> str:
        """A presigned URL under which a browser saves the file as `filename`."""
        disposition = f'attachment; filename="{filename}"'
        return _presign(self.name, key, seconds, ResponseContentDisposition=disposition)

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        """The files whose keys begin with `prefix`, in order of their keys."""
        pages = clients.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.name, Prefix=prefix):
            yield from (StoredFile(item["Key"], item["Size"]) for item in page.get("Contents", ()))

    def delete(self, keys: Iterable[str]) -> int:
        """Delete files; a versioned bucket keeps former versions until they expire. How many."""
        return sum(self._delete([{"Key": key} for key in some]) for some in _batches(keys))

    def delete_folder(self, folder: str) -> int:
        """Delete every file under `folder`; how many there were."""
        return self.delete(file.key for file in self.list_files(_checked(folder)))

    def erase_folder(self, folder: str) -> bool:
        """Erase up to a thousand files and former versions under `folder`. True if none are left.

        django-storages and `delete` only hide a file of a versioned bucket.
        """
        return self._erase(_checked(folder))

    def erase(self, key: str) -> None:
        """Erase every version of a file. No other key may begin with this one."""
        while not self._erase(key):
            pass

    def check(self) -> None:
        """Raise unless the bucket exists and answers."""
        clients.client("s3").head_bucket(Bucket=self.name)

    def _head(self, key: str) -> dict[str, Any]:
        with _missing_as_file_not_found(key):
            found: dict[str, Any] = clients.client("s3").head_object(Bucket=self.name, Key=key)
        return found

    def _erase(self, prefix: str) -> bool:
        found = clients.client("s3").list_object_versions(
            Bucket=self.name, Prefix=prefix, MaxKeys=MAX_KEYS_PER_REQUEST
        )
        versions = (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))
        self._delete([{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions])
        return not found.get("IsTruncated")

    def _delete(self, objects: list[dict[str, str]]) -> int:
        if objects:
            wanted = {"Objects": objects, "Quiet": True}
            answer = clients.client("s3").delete_objects(Bucket=self.name, Delete=wanted)
            if answer.get("Errors"):
                raise RuntimeError(f"{len(answer['Errors'])} files of {self.name} not deleted")
        return len(objects)


def private() -> Bucket:
    """Originals and everything unpublished. Browsers get presigned URLs."""
    return Bucket(settings.PRIVATE_BUCKET)


def public() -> Bucket:
    """Copies of what is published. Browsers read them at `public_url`."""
    return Bucket(settings.PUBLIC_BUCKET)


def public_url(key: str) -> str:
    return f"{settings.MEDIA_URL}{key}"


@contextmanager
def _missing_as_file_not_found(key: str) -> Iterator[None]:
    """Only a 404 counts: our roles may list the buckets, so S3 has no reason to answer 403."""
    try:
        yield
    except ClientError as error:
        if clients.error_code(error) in MISSING:
            raise FileNotFoundError(key) from error
        raise


@lru_cache(maxsize=16384)
def _presigned_url(bucket: str, key: str, window: int) -> str:
    """`window` is the number of the time window: the URL changes with it."""
    return _presign(bucket, key, URL_SECONDS)


def _presign(bucket: str, key: str, seconds: int, **response: str) -> str:
    url: str = clients.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key, **response}, ExpiresIn=seconds
    )
    return url


def _checked(folder: str) -> str:
    """The prefix `pictures/ada` would include `pictures/ada2/`. Raises ValueError."""
    if not folder.endswith("/"):
        raise ValueError(f"not a folder: {folder}")
    return folder


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, MAX_KEYS_PER_REQUEST)):
        yield batch
