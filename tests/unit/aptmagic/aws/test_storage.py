"""Files go to the right bucket with their headers, and a failure of S3 is never an answer."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from aptmagic.aws import clients, storage
from tests.unit.failures import failing, says

ROOT = Path(__file__).resolve().parents[4]
Aws = Callable[[str], Any]
# What can be asked of a file, and what S3 says when it is in trouble.
READS: list[Callable[[storage.Bucket], object]] = [
    lambda bucket: bucket.exists("a.txt"),
    lambda bucket: bucket.size("a.txt"),
    lambda bucket: bucket.metadata("a.txt"),
    lambda bucket: bucket.read("a.txt"),
]
TROUBLE = [("AccessDenied", 403), ("SlowDown", 503), ("InternalError", 500)]


def put(bucket: storage.Bucket, *keys: str) -> None:
    for key in keys:
        bucket.put(key, b"file", content_type="text/plain")


def keys(bucket: storage.Bucket, prefix: str = "") -> list[str]:
    return [file.key for file in bucket.list_files(prefix)]


def test_a_file_is_stored_with_its_headers(aws: Aws) -> None:
    bucket = storage.private()
    about = {"content_type": "image/webp", "cache_control": storage.PRIVATE_CACHE}
    bucket.put("p/a.webp", b"a fox", **about, metadata={"note": "x"})
    stored = aws("s3").get_object(Bucket=bucket.name, Key="p/a.webp")
    assert stored["ContentType"] == "image/webp"
    assert stored["CacheControl"] == storage.PRIVATE_CACHE
    assert (bucket.size("p/a.webp"), bucket.metadata("p/a.webp")) == (5, {"note": "x"})
    assert (bucket.read("p/a.webp"), bucket.read("p/a.webp", max_bytes=2)) == (b"a fox", b"a ")


def test_a_file_that_does_not_exist_is_not_found(aws: Aws) -> None:
    assert not storage.private().exists("a.txt")
    for read in READS[1:]:
        with pytest.raises(FileNotFoundError):
            read(storage.private())


@pytest.mark.parametrize(("code", "status"), TROUBLE)
def test_a_failure_of_s3_does_not_mean_that_a_file_is_missing(
    aws: Aws, code: str, status: int
) -> None:
    put(storage.private(), "a.txt")
    for read in READS:
        with failing(aws("s3"), kind=says(code, status)), pytest.raises(ClientError):
            read(storage.private())


def test_a_copy_has_headers_of_its_own(aws: Aws) -> None:
    put(storage.private(), "a")
    headers = {"content_type": "image/webp", "cache_control": storage.PUBLIC_CACHE}
    storage.private().copy("a", storage.public(), "p/a.webp", **headers)
    copied = aws("s3").get_object(Bucket=storage.public().name, Key="p/a.webp")
    assert (copied["ContentType"], copied["CacheControl"]) == tuple(headers.values())
    assert copied["Body"].read() == b"file"


def test_a_url_stays_the_same_for_ten_minutes_and_works_for_at_least_ten(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def url_at(seconds: int) -> str:
        moment = datetime.fromtimestamp(6_000_000 + seconds, UTC)
        monkeypatch.setattr(storage.time, "time", moment.timestamp)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
        return storage.private().url("a.webp")

    assert url_at(0) == url_at(599) != url_at(600)
    [lifetime] = parse_qs(urlparse(url_at(0)).query)["X-Amz-Expires"]
    assert int(lifetime) >= storage.SAME_URL_SECONDS + 600


def test_a_download_is_saved_under_its_name(aws: Aws) -> None:
    query = parse_qs(urlparse(storage.private().download_url("a", "fox.png", seconds=60)).query)
    assert query["response-content-disposition"] == ['attachment; filename="fox.png"']
    assert query["X-Amz-Expires"] == ["60"]


def test_a_folder_is_deleted_without_its_neighbours(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MAX_KEYS_PER_REQUEST", 2)
    put(storage.public(), "p/1/a", "p/1/b", "p/1/c", "p/10/a")
    assert storage.public().delete_folder("p/1/") == 3
    assert storage.public().delete_folder("p/1/") == 0
    assert keys(storage.public()) == ["p/10/a"]
    for delete in (storage.public().delete_folder, storage.public().erase_folder):
        with pytest.raises(ValueError, match="not a folder"):
            delete("p/1")


def test_erasing_leaves_no_version(aws: Aws) -> None:
    bucket = storage.private()
    for _ in range(2):
        put(bucket, "p/1/a", "p/1/b", "p/2/a")
    bucket.delete(["p/1/a"])
    assert bucket.erase_folder("p/1/")
    assert keys(bucket) == ["p/2/a"]
    bucket.erase("p/2/a")
    versions = aws("s3").list_object_versions(Bucket=bucket.name)
    assert "Versions" not in versions and "DeleteMarkers" not in versions


def test_a_folder_is_erased_when_no_version_is_left(aws: Aws) -> None:
    """moto lists all versions at once: the first page, which is not the last, is made up."""
    put(storage.private(), "p/1/a", "p/1/b")

    def first_page(**_: Any) -> Any:
        [version, *_others] = aws("s3").list_object_versions(Bucket=bucket.name)["Versions"]
        about = {"Versions": [version], "IsTruncated": True, "ResponseMetadata": {}}
        return says("", 200)()[0], about

    bucket = storage.private()
    with failing(aws("s3"), kind=first_page, operation="ListObjectVersions", times=1):
        assert not bucket.erase_folder("p/1/")
    assert keys(bucket) == ["p/1/b"]
    assert bucket.erase_folder("p/1/") and keys(bucket) == []


def test_a_file_that_cannot_be_deleted_is_an_error(aws: Aws) -> None:
    put(storage.public(), "p/1/a")
    errors = [{"Key": "p/1/a", "Code": "InternalError"}]

    def fail(**_: Any) -> Any:
        response, _parsed = says("", 200)()
        return response, {"Errors": errors, "ResponseMetadata": {}}

    failed = failing(aws("s3"), kind=fail, operation="DeleteObjects")
    with failed, pytest.raises(RuntimeError, match="1 files"):
        storage.public().delete_folder("p/1/")
    assert keys(storage.public()) == ["p/1/a"]


def test_every_other_module_leaves_s3_sqs_and_sns_to_aptmagic_aws() -> None:
    direct = re.compile(r"""client\(["'](s3|sqs|sns)["']\)""")
    callers = {
        path.relative_to(ROOT).as_posix()
        for app in ("accounts", "aptmagic", "gallery", "generation")
        for path in (ROOT / app).rglob("*.py")
        if direct.search(path.read_text())
    }
    assert {path for path in callers if not path.startswith("aptmagic/aws/")} == set()


# Django's storage API -----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["private", "public"])
def test_django_stores_in_the_same_buckets_through_the_same_client(aws: Aws, name: str) -> None:
    bucket = getattr(storage, name)()
    assert storages[name].connection.meta.client is clients.client("s3")
    assert storages[name].save("exports/a.zip", ContentFile(b"zip")) == "exports/a.zip"
    assert storages[name].save("exports/a.zip", ContentFile(b"newer")) == "exports/a.zip"
    stored = aws("s3").get_object(Bucket=bucket.name, Key="exports/a.zip")
    assert (stored["ContentType"], stored["Body"].read()) == ("application/zip", b"newer")
    assert storages[name].exists("exports/a.zip") and storages[name].size("exports/a.zip") == 5
    storages[name].delete("exports/a.zip")
    assert not bucket.exists("exports/a.zip")


def test_a_public_file_has_a_lasting_url_and_a_private_one_a_presigned_url(aws: Aws) -> None:
    assert storages["public"].url("p/a.webp") == "/media/p/a.webp" == storage.public_url("p/a.webp")
    assert storages["private"].url("a.webp") == storage.private().url("a.webp")
    storages["public"].save("p/a.webp", ContentFile(b"webp"))
    stored = aws("s3").head_object(Bucket=storage.public().name, Key="p/a.webp")
    assert stored["CacheControl"] == storage.PUBLIC_CACHE
