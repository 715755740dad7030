"""When the disk is full nothing is said to be kept that is not, and nobody pays for it."""

import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from accounts.billing import ledger
from accounts.profiles import confirmation, unconfirmed
from aptmagic.aws import clients
from aptmagic.local.processes import wait_until
from generation.jobs import jobs, outcome_messages, submission
from generation.jobs.models import JobState
from generation.library import picture_files, pictures
from generation.operations.validation import validate
from tests.embedded_cloud import EmbeddedCloud
from tests.site.test_embedded_cloud import descendants
from tests.site.test_make_run import House, command_of, open_house

__all__ = ["open_house"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux limits the files of another process"
)


@contextmanager
def full_disk(pid: int, *, left: int = 0) -> Iterator[None]:
    """No file can grow beyond `left` bytes: writing fails as it does when the disk is full."""
    former = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (left, former[1]))
    try:
        yield
    finally:
        for each in {pid, *descendants(pid)}:  # those it has started have the limit, too
            with suppress(ProcessLookupError):
                resource.prlimit(each, resource.RLIMIT_FSIZE, former)


@pytest.fixture(scope="module")
def own(new_cloud: Callable[..., EmbeddedCloud]) -> Iterator[EmbeddedCloud]:
    # Python would leave half a compiled module behind, and every later run would stumble on it.
    cloud = new_cloud(PYTHONDONTWRITEBYTECODE="1")
    cloud.deploy()
    with cloud.attached():
        yield cloud


def body(bucket: str, key: str) -> bytes:
    return bytes(clients.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


@pytest.mark.parametrize("versioned", [True, False])
def test_what_cannot_be_stored_is_refused_and_what_was_there_stays(
    own: EmbeddedCloud, versioned: bool
) -> None:
    s3, bucket = clients.client("s3"), f"full-{versioned}".lower()
    s3.create_bucket(Bucket=bucket)
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="kept", Body=b"first", ContentType="image/png")
    with full_disk(own.pid):
        for key in ("kept", "new"):
            with pytest.raises(ClientError) as failed:
                s3.put_object(Bucket=bucket, Key=key, Body=b"second")
            assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        with pytest.raises(ClientError):
            s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "kept"})
    for _ in ("before a restart", "after it"):
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        assert [each["Key"] for each in listed] == ["kept"]
        assert body(bucket, "kept") == b"first"
        about = s3.head_object(Bucket=bucket, Key="kept")
        assert (about["ContentType"], about["ContentLength"]) == ("image/png", 5)
        if versioned:
            versions = s3.list_object_versions(Bucket=bucket)["Versions"]
            assert [each["IsLatest"] for each in versions] == [True]
            assert versions[0]["VersionId"] == about["VersionId"]
        own.stop()
        own.start()
    s3.put_object(Bucket=bucket, Key="kept", Body=b"second")
    assert body(bucket, "kept") == b"second"


def test_a_picture_that_cannot_be_stored_is_a_failure_that_costs_nothing(
    own: EmbeddedCloud,
) -> None:
    unconfirmed.claim("ada", "ada_lovelace", "ada@example.org")
    confirmation.confirm("ada", "ada@example.org")
    wish = validate(model="fast", prompt="a fox")
    with full_disk(own.pid, left=20_000):  # a worker starts, a picture does not fit
        job = submission.submit("ada", wish, key="k")
        assert wait_until(lambda: jobs.get("ada", job.id).ended, seconds=90)
    ended = jobs.get("ada", job.id)
    assert ended.state == JobState.FAILED
    assert "You weren’t charged." in outcome_messages.outcome_message(ended)
    assert ledger.get_balance("ada") == ledger.CreditBalance(25, 0)
    assert all(books.balanced for books in ledger.check_all())
    assert list(pictures.list_pictures("ada").items) == []

    again = submission.retry("ada", job.id)
    assert wait_until(lambda: jobs.get("ada", again.id).ended, seconds=90)
    assert jobs.get("ada", again.id).state == JobState.READY
    assert ledger.get_balance("ada") == ledger.CreditBalance(22, 0)
    own.stop()
    own.start()
    [picture] = pictures.list_pictures("ada").items
    key = picture_files.folder("ada", picture.id) + picture_files.ORIGINAL
    assert len(body(settings.PRIVATE_BUCKET, key)) > 1000


def test_whoever_stops_it_then_is_told_what_is_not_saved(
    open_house: Callable[..., House],
) -> None:
    house = open_house().until_ready()
    cloud = next(pid for pid in house.family() if "aptmagic.local.cloud" in command_of(pid))
    with full_disk(cloud):
        house.send("/password/forgot/", email="ada@example.org")  # it is counted
        house.process.send_signal(signal.SIGINT)
        house.process.wait(30)
    assert "Stopped. Could not save the last changes in " in house.said
    assert "Your data is kept in" not in house.said
