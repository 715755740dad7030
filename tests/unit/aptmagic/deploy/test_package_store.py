"""The packages of releases: found by the version they belong to, and pruned."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from aptmagic.aws import clients
from aptmagic.deploy import package_store
from aptmagic.deploy.errors import DeploymentError

DIGEST = hashlib.sha256(b"package").hexdigest()
KEY = f"releases/dev-web/{DIGEST}.zip"
CONFIGURATION = {"CodeSha256": base64.b64encode(bytes.fromhex(DIGEST)).decode()}


@pytest.fixture(autouse=True)
def packages_bucket() -> Iterator[None]:
    clients.reset_clients()
    with mock_aws():
        clients.client("s3").create_bucket(Bucket="packages")
        yield
    clients.reset_clients()


@pytest.fixture
def s3() -> Iterator[Stubber]:
    with Stubber(clients.client("s3")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def version_7() -> Iterator[None]:
    with Stubber(clients.client("lambda")) as stub:
        asked = {"FunctionName": "dev-web", "Qualifier": "7"}
        stub.add_response("get_function_configuration", CONFIGURATION, asked)
        yield


def stored() -> list[str]:
    found = clients.client("s3").list_objects_v2(Bucket="packages").get("Contents", [])
    return [each["Key"] for each in found]


def test_an_upload_is_named_by_its_digest_and_found_by_its_version(
    tmp_path: Path, version_7: None
) -> None:
    (tmp_path / "dev-web.zip").write_bytes(b"package")
    url = package_store.upload("dev-web", tmp_path / "dev-web.zip", "packages")
    assert url == f"s3://packages/{KEY}"
    assert stored() == [KEY]
    assert package_store.key_of("dev-web", "7", "packages") == KEY


def test_a_package_that_is_gone_stops_the_rollback(version_7: None) -> None:
    with pytest.raises(DeploymentError, match=f"{KEY}, no longer exists. Nothing was changed"):
        package_store.key_of("dev-web", "7", "packages")


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_service_error_is_not_taken_for_a_missing_package(
    s3: Stubber, version_7: None, status: int
) -> None:
    s3.add_client_error("head_object", str(status), http_status_code=status)
    with pytest.raises(ClientError):
        package_store.key_of("dev-web", "7", "packages")


def test_only_packages_to_keep_survive() -> None:
    another = KEY.replace("dev-web", "dev-worker")
    for key in ("releases/dev-web/a.zip", "releases/dev-web/b.zip", KEY, another):
        clients.client("s3").put_object(Bucket="packages", Key=key, Body=b"package")
    package_store.prune("dev-web", "packages", keep={DIGEST})
    assert stored() == [KEY, another]
