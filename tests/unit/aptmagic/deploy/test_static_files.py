"""Static files are uploaded with the right headers, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from aptmagic.aws import clients
from aptmagic.deploy import static_files

BUCKET = "public"
HASHED = "css/base.0123456789ab.css"


@pytest.fixture(autouse=True)
def bucket() -> Iterator[None]:
    clients.reset_clients()
    with mock_aws():
        clients.client("s3").create_bucket(Bucket=BUCKET)
        yield
    clients.reset_clients()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (HASHED, "css/base.css", "fonts/a.0123456789ab.woff2", "staticfiles.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("content")
    return tmp_path


def head(name: str) -> Any:
    return clients.client("s3").head_object(Bucket=BUCKET, Key=f"static/{name}")


def test_each_file_has_its_type_and_the_cache_control_of_its_name(folder: Path) -> None:
    static_files.upload(folder, BUCKET, print)
    assert head(HASHED)["CacheControl"] == "public, max-age=31536000, immutable"
    assert head(HASHED)["ContentType"] == "text/css; charset=utf-8"
    assert head("css/base.css")["CacheControl"] == "public, max-age=3600"
    assert head("fonts/a.0123456789ab.woff2")["ContentType"] == "font/woff2"


def test_the_manifest_is_not_uploaded(folder: Path) -> None:
    static_files.upload(folder, BUCKET, print)
    keys = {o["Key"] for o in clients.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert "static/staticfiles.json" not in keys
    assert len(keys) == 3


def test_a_second_upload_skips_hashed_names_and_keeps_files_of_earlier_releases(
    folder: Path,
) -> None:
    printed: list[str] = []
    static_files.upload(folder, BUCKET, printed.append)
    (folder / HASHED).unlink()
    (folder / "css/base.fedcba987654.css").write_text("new")
    static_files.upload(folder, BUCKET, printed.append)
    assert printed == [
        "s3://public/static/: uploaded 3 files",
        "s3://public/static/: uploaded 2 files",  # the new one, and the one without a hash
    ]
    assert head(HASHED)
