"""Files that have to go for good: every version of them, where a bucket keeps versions."""

from collections.abc import Iterator
from typing import Any

from aptmagic.aws import clients

# As many as S3 deletes in one request.
MAX_KEYS_PER_REQUEST = 1000


def erase_all_versions(bucket: str, folder: str) -> bool:
    """Delete up to a thousand files and former files under `folder`. True when none are left."""
    if not folder.endswith("/"):
        raise ValueError(f"not a folder: {folder}")
    return _erase(bucket, folder)


def erase_file(bucket: str, key: str) -> None:
    """Delete one file for good; no other may have a name that begins with its name."""
    while not _erase(bucket, key):
        pass


def _erase(bucket: str, prefix: str) -> bool:
    found = clients.client("s3").list_object_versions(
        Bucket=bucket, Prefix=prefix, MaxKeys=MAX_KEYS_PER_REQUEST
    )
    if wanted := list(_named(found)):
        answer = clients.client("s3").delete_objects(
            Bucket=bucket, Delete={"Objects": wanted, "Quiet": True}
        )
        if answer.get("Errors"):
            raise RuntimeError(f"{len(answer['Errors'])} files of {bucket} were not deleted")
    return not found.get("IsTruncated")


def _named(found: dict[str, Any]) -> Iterator[dict[str, str]]:
    for each in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
        yield {"Key": each["Key"], "VersionId": each["VersionId"]}
