"""The embedded cloud keeps its promises: it stays on this machine and forgets nothing."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import override_settings

from aptmagic.aws import clients
from aptmagic.deploy import errors, infra, stacks
from aptmagic.local import attach, prompt_preview, running_cloud, worker_function
from aptmagic.local.processes import wait_until
from tests.embedded_cloud import EmbeddedCloud, saved

SECONDS_TO_SAVE = 5
SWEEP = '{"command": "sweep", "input": {}}'
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


@pytest.fixture
def own(new_cloud: Callable[[], EmbeddedCloud]) -> EmbeddedCloud:
    return new_cloud()


def write_a_little(name: str) -> None:
    clients.client("dynamodb").create_table(TableName=name, **TABLE)
    clients.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": "ada"}})
    clients.client("s3").create_bucket(Bucket=name)
    clients.client("s3").put_object(Bucket=name, Key="a/picture.png", Body=b"picture")
    queue = clients.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    clients.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")


def everything_is_there(name: str) -> bool:
    item = clients.client("dynamodb").get_item(TableName=name, Key={"pk": {"S": "ada"}}).get("Item")
    picture = clients.client("s3").get_object(Bucket=name, Key="a/picture.png")["Body"].read()
    queue = clients.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    messages = clients.client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
    return (item, picture, len(messages)) == ({"pk": {"S": "ada"}}, b"picture", 1)


def test_nothing_is_lost_when_it_is_stopped_and_started(own: EmbeddedCloud) -> None:
    with own.attached():
        write_a_little("kept")
        own.stop()
        own.start()
        assert everything_is_there("kept")


def test_what_was_written_five_seconds_ago_survives_a_kill(own: EmbeddedCloud) -> None:
    with own.attached():
        write_a_little("kept")
        assert wait_until(lambda: "ada" in saved(own, "dynamodb"), seconds=SECONDS_TO_SAVE)
        assert wait_until(lambda: "hello" in saved(own, "sqs"), seconds=SECONDS_TO_SAVE)
        own.kill()
        own.start()
        assert everything_is_there("kept")


def test_a_killed_cloud_leaves_no_process_behind(own: EmbeddedCloud) -> None:
    with own.attached():
        answer = clients.client("bedrock-runtime").apply_guardrail(
            guardrailIdentifier="embedded",
            guardrailVersion="1",
            source="INPUT",
            content=[{"text": {"text": "a fox"}}],
        )
        assert answer["action"] == "NONE"
        family = descendants(own.pid)
        own.kill()
        assert wait_until(lambda: not any(map(is_alive, family)), seconds=10)


def test_a_damaged_file_does_not_stop_the_start(own: EmbeddedCloud) -> None:
    with own.attached():
        write_a_little("first")
        assert wait_until(lambda: "ada" in saved(own, "dynamodb"), seconds=SECONDS_TO_SAVE)
        write_a_little("second")
        own.stop()
        state = own.folder / "cloud" / "state" / "dynamodb.json"
        state.write_bytes(state.read_bytes()[:100])
        own.start()
        assert everything_is_there("first")


def test_it_listens_on_this_machine_only(cloud: EmbeddedCloud) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("this system does not tell who listens where")
    places = [place for pid in descendants(cloud.pid) for place in listening(pid)]
    assert places
    assert {host for host, _ in places} == {"127.0.0.1"}


def test_it_tells_what_its_engine_will_not_draw(cloud: EmbeddedCloud) -> None:
    question = json.dumps({"prompt": "a quixotic fox"}).encode()
    with urlopen(cloud.endpoint + prompt_preview.PATH, question, timeout=10) as answer:
        assert json.load(answer) == {"not_drawn": ["quixotic"]}


def test_a_port_in_use_is_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        port = somebody_else.getsockname()[1]
        ended = start_in_vain(tmp_path, port=port)
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        f"Port {port} cannot be used for the embedded cloud (Address already in use); "
        f"choose another: make run CLOUD_PORT={port + 1}."
    )
    assert running_cloud.find(tmp_path) is None


def test_a_second_cloud_in_the_same_folder_is_refused(cloud: EmbeddedCloud) -> None:
    ended = start_in_vain(cloud.folder)
    assert ended.returncode == 2
    assert "already running" in ended.stderr
    assert str(cloud.pid) in ended.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = start_in_vain(tmp_path / "file")
    assert ended.returncode == 2
    assert ended.stderr.startswith("Cannot write to ")
    assert ended.stderr.count("\n") == 1


def test_a_process_attaches_itself_to_a_living_cloud_only(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    attach.save_outputs(cloud.folder, {"PUBLIC_BUCKET": "pictures"})
    (tmp_path / "cloud.json").write_text((cloud.folder / "cloud.json").read_text())
    (tmp_path / "cloud.lock").touch()
    with mock.patch.dict(os.environ):  # whatever is set in here is gone afterwards
        for name in (*attach.OWN_CREDENTIALS, "AWS_ENDPOINT_URL", "PUBLIC_BUCKET"):
            os.environ.pop(name, None)
        assert not attach.attach(tmp_path)
        os.environ["AWS_PROFILE"] = "mine"
        assert not attach.attach(cloud.folder)
        del os.environ["AWS_PROFILE"]
        assert attach.attach(cloud.folder)
        assert os.environ["AWS_ENDPOINT_URL"] == cloud.endpoint
        assert os.environ["PUBLIC_BUCKET"] == "pictures"


def test_whoever_asks_for_this_cloud_by_name_is_let_in_and_says_the_stage(
    cloud: EmbeddedCloud,
) -> None:
    attach.save_outputs(cloud.folder, {"PUBLIC_BUCKET": "pictures"})
    with mock.patch.dict(os.environ):
        for name in (*attach.OWN_CREDENTIALS, attach.ATTACHED, "PUBLIC_BUCKET"):
            os.environ.pop(name, None)
        os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        attach.attach(cloud.folder)
        assert "AWS_ACCESS_KEY_ID" not in os.environ
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint
        attach.attach(cloud.folder)
        assert os.environ["AWS_ACCESS_KEY_ID"] == "test"
        assert "PUBLIC_BUCKET" not in os.environ
        assert attach.ATTACHED not in os.environ


# Stacks -----------------------------------------------------------------------------------------
def test_a_second_deployment_changes_nothing(cloud: EmbeddedCloud) -> None:
    said: list[str] = []
    assert worker_function.deploy("local", echo=said.append) == cloud.environment
    assert said == []
    assert worker_function.cached_environment("local") == cloud.environment


def test_the_site_may_move_to_another_port(own: EmbeddedCloud) -> None:
    own.deploy()
    with own.attached(), override_settings(SITE_URL="http://127.0.0.1:8123"):
        assert worker_function.cached_environment("local") is None
        moved = worker_function.deploy("local", echo=lambda _: None)
        assert moved["SITE_URL"] == "http://127.0.0.1:8123"
        cors = clients.client("s3").get_bucket_cors(Bucket=moved["PRIVATE_BUCKET"])["CORSRules"]
        assert cors[0]["AllowedOrigins"] == ["http://127.0.0.1:8123"]
        assert worker_function.cached_environment("local") == moved


def test_a_table_is_never_replaced(
    cloud: EmbeddedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in infra.FOLDER.glob("*.yaml"):
        changed = path.read_text().replace('"${Stage}-ledger"', '"${Stage}-ledger2"')
        (tmp_path / path.name).write_text(changed)
    monkeypatch.setattr(infra, "FOLDER", tmp_path)
    with pytest.raises(errors.DeploymentError, match=r"Ledger \(AWS::DynamoDB::Table\)"):
        stacks.deploy("local", only=["data"], echo=lambda _: None)
    tables = clients.client("dynamodb").list_tables()["TableNames"]
    assert "local-ledger" in tables
    assert "local-ledger2" not in tables


def test_published_pictures_can_be_read_and_private_ones_cannot(cloud: EmbeddedCloud) -> None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    for bucket in ("PUBLIC_BUCKET", "PRIVATE_BUCKET"):
        clients.client("s3").put_object(Bucket=cloud.environment[bucket], Key="a.png", Body=b"a")
    with urlopen(f"{cloud.environment['MEDIA_URL']}a.png") as answer:
        assert answer.read() == b"a"
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{cloud.endpoint}/{cloud.environment['PRIVATE_BUCKET']}/a.png")
    assert refused.value.code == 403
    refused.value.close()


# Small things -----------------------------------------------------------------------------------
def start_in_vain(folder: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aptmagic.local.cloud", f"--port={port}", f"--dir={folder}"]
    return subprocess.run(
        command, cwd=running_cloud.PROJECT, capture_output=True, text=True, timeout=30, check=False
    )


def descendants(pid: int) -> set[int]:
    """The process and all that it has started, and those have started."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def listening(pid: int) -> list[tuple[str, int]]:
    """Addresses and ports at which the process listens."""
    sockets = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(handle))
        except OSError:
            continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in sockets:
                host, port = columns[1].split(":")
                found.append((_dotted(host), int(port, 16)))
    return found


def _dotted(host: str) -> str:
    if len(host) == 8:
        return socket.inet_ntop(socket.AF_INET, bytes.fromhex(host)[::-1])
    return f"v6 {host}"


def test_queues_have_their_readers_at_another_port(own: EmbeddedCloud) -> None:
    own.deploy()
    own.stop()
    own.start_elsewhere()
    own.deploy()
    with own.attached():
        sqs, queue = clients.client("sqs"), settings.TASKS_QUEUE_URL
        sqs.send_message(QueueUrl=queue, MessageBody=SWEEP)
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

        def left() -> int:
            said = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
            return sum(int(said[name]) for name in counts)

        assert wait_until(lambda: left() == 0, seconds=60, pause=0.2)
