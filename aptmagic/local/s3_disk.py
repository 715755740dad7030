"""How the embedded S3 writes objects: a full disk is an error, and never a lost object.

ministack logs that an object could not be written and returns 200; the object is gone after the
next start. Here both files of an object are written before either replaces the old one; if that
fails, nothing has changed and the request gets InternalError. This uses private functions, so
ministack is pinned.
"""

import json
import logging
import os
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

SIDECAR = ".meta.json"
STORED_FIELDS = (
    *("content_type", "content_encoding", "etag", "last_modified", "size", "metadata"),
    *("preserved_headers", "storage_class", "checksums"),
)


def install(s3: Any) -> None:
    """Apply this to `s3`, ministack's module."""

    def persist(bucket: str, key: str, record: dict[str, Any]) -> None:
        try:
            _write(s3, bucket, key, record)
        except OSError as error:
            logger.error("could not store %s/%s: %s", bucket, key, error.strerror)
            _undo(s3, bucket, key, record)
            raise

    s3._persist_object = persist


def _write(s3: Any, bucket: str, key: str, record: dict[str, Any]) -> None:
    path = s3._object_disk_path(bucket, key)
    if path is None:
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    about = {**s3._object_meta_from_record(record), **s3._key_history_meta(bucket, key), "key": key}
    files = {path + SIDECAR: json.dumps(about).encode()}
    if record.get("body") is not None:
        files = {path: record["body"], **files}
    _replace(files)
    record["body"] = None  # it is on disk
    base = os.path.join(s3.DATA_DIR, s3.get_account_id(), bucket)
    s3._remove_key_files(s3._other_key_disk_path(base, key, path))


def _replace(files: dict[str, bytes]) -> None:
    """Replace all of them or none. Raises OSError."""
    drafts = {path: f"{path}.tmp" for path in files}
    try:
        for path, content in files.items():
            handle = os.open(drafts[path], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except OSError:
        for draft in drafts.values():
            with suppress(OSError):
                os.remove(draft)
        raise
    for path, draft in drafts.items():
        os.replace(draft, path)


def _undo(s3: Any, bucket: str, key: str, record: dict[str, Any]) -> None:
    """Restore the object in memory to what is on disk."""
    versions = s3._object_versions.get((bucket, key)) or []
    if versions and versions[-1]["version_id"] == record.get("version_id"):
        versions.pop()
        for version in versions[-1:]:
            version["is_latest"] = True
    objects = s3._buckets[bucket]["objects"]
    if objects.get(key) is record:
        del objects[key]
        if stored := _stored_record(s3._object_disk_path(bucket, key)):
            objects[key] = stored


def _stored_record(path: str) -> dict[str, Any] | None:
    """The record of the object on disk; None if there is none, or it was deleted."""
    try:
        with open(path + SIDECAR, encoding="utf-8") as file:
            about = json.load(file)
    except (OSError, ValueError):
        return None
    if about.get("is_delete_marker") or not os.path.exists(path):
        return None
    found = {name: about.get(name) for name in STORED_FIELDS} | {"body": None}
    return found | ({"version_id": about["version_id"]} if about.get("version_id") else {})
