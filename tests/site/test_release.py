"""The real packages, deployed by Zappa's command line into an embedded cloud, and rolled back."""

import base64
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.management import CommandError, call_command

from aptmagic.aws import clients
from aptmagic.deploy import aliases, cloudformation, packages, releases, smoke, source_files, stacks
from aptmagic.local.processes import wait_until
from tests.embedded_cloud import EmbeddedCloud
from tests.packages import STAGE

CODE = "123456"
PASSWORD = "a fox in the snow"


class Deployed:
    """The stage as it is deployed."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.refresh(outputs)

    def refresh(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs
        self.site = outputs["SiteUrl"]
        self.origin_secret = stacks.environment(STAGE, outputs)["ORIGIN_SECRET"].partition(",")[0]

    def live(self, path: str, secret: str | None = None) -> smoke.Answer:
        api = smoke.api_url(self.outputs["ApiId"])
        return smoke.get(api + path, self.origin_secret if secret is None else secret)

    def versions(self) -> dict[str, str | None]:
        return {name: aliases.version(STAGE, name, "live") for name in packages.FUNCTIONS}

    def code(self) -> dict[str, str]:
        """The hash of each function's live code."""
        functions = clients.client("lambda")
        return {
            name: functions.get_function_configuration(
                FunctionName=f"{STAGE}-{name}", Qualifier="live"
            )["CodeSha256"]
            for name in packages.FUNCTIONS
        }


class Visitor:
    """A browser behind CloudFront: it keeps cookies and submits forms."""

    def __init__(self, deployed: Deployed) -> None:
        self.deployed = deployed
        self.cookies: dict[str, str] = {}
        self.path, self.body, self.status = "", "", 0

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def submit(self, path: str, **filled: str) -> str:
        """Submit the form of the page at `path`, and follow one redirect."""
        page = self.get(path)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = urlencode({**{k: unescape(v) for k, v in hidden.items()}, **filled})
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: str | None = None) -> str:
        address = urlsplit(smoke.api_url(self.deployed.outputs["ApiId"]))
        connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request(method, address.path + path, form, self._headers(form))
        answer = connection.getresponse()
        self.path, self.status, self.body = path, answer.status, answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            assert "Secure" in cookie or "Max-Age=0" in cookie
            self.cookies[name] = value
        location = answer.headers["Location"]
        connection.close()
        return (
            self._ask("GET", location.removeprefix(self.deployed.site)) if location else self.body
        )

    def _headers(self, form: str | None) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"X-Origin-Secret": self.deployed.origin_secret, "Cookie": cookies}
        if form is not None:
            headers |= {"Origin": self.deployed.site}
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        return headers


@pytest.fixture(scope="module")
def deployed(new_cloud: Callable[[], EmbeddedCloud], zips: dict[str, Path]) -> Iterator[Deployed]:
    """Stage `dev` in an embedded cloud, deployed by `zappa deploy` from the packages."""
    with new_cloud().attached():
        output = zappa("update", STAGE)
        assert "dev is not deployed yet. Run zappa deploy dev first." in output.stderr
        assert zappa("deploy", STAGE, "--zip", str(packages.DIST)).returncode == 0
        yield Deployed(stacks.all_outputs(STAGE))


def zappa(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Zappa's command line, as a user types it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("zappa"), *arguments],
        cwd=source_files.PROJECT,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def change(zips: dict[str, Path]) -> Iterator[Callable[[str, bytes], None]]:
    """Replaces a file in the web function's package until the test ends."""
    package = zips["web"]
    before = package.read_bytes()

    def rewrite(name: str, content: bytes) -> None:
        with zipfile.ZipFile(package) as archive:
            files = {entry: archive.read(entry) for entry in archive.namelist()}
        assert name in files
        with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
            for entry, had in files.items():
                archive.writestr(entry, content if entry == name else had)

    yield rewrite
    package.write_bytes(before)


def deploy() -> list[str]:
    said: list[str] = []
    releases.deploy(STAGE, packed=True, echo=said.append)
    return said


# What is deployed -------------------------------------------------------------------------------
def test_variables_are_encrypted_with_the_stages_own_key(deployed: Deployed) -> None:
    """Some are secret: reading a function's configuration must not be enough to see them."""
    for name in packages.FUNCTIONS:
        found = clients.client("lambda").get_function_configuration(
            FunctionName=f"{STAGE}-{name}", Qualifier="live"
        )
        assert found["KMSKeyArn"] == deployed.outputs["KeyArn"]


def test_the_http_api_answers(deployed: Deployed) -> None:
    answer = deployed.live("/")
    assert answer.status == 200
    assert "</html>" in answer.body
    assert json.loads(deployed.live("/healthz").body)["ok"] is True
    assert json.loads(deployed.live("/api/v1/models/").body)["items"]


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_the_http_api_answers_nobody_but_cloudfront(deployed: Deployed, secret: str) -> None:
    for path in ("/", "/healthz", "/api/v1/models/", "/nowhere"):
        assert deployed.live(path, secret).status == 403


def test_static_files_are_uploaded_and_cached_for_good(deployed: Deployed) -> None:
    names = re.findall(r'(?:href|src)="/(static/[^"#]+)"', deployed.live("/").body)
    assert len(names) > 5
    for name in names:
        found = clients.client("s3").head_object(Bucket=deployed.outputs["PublicBucket"], Key=name)
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert "immutable" in found["CacheControl"]
        assert found["ContentType"] != "binary/octet-stream"


def test_a_prompt_becomes_a_picture(deployed: Deployed) -> None:
    ada = Visitor(deployed)
    ada.submit("/sign-up/", handle="ada_deployed", email="ada@example.org", password=PASSWORD)
    assert ada.path.startswith("/sign-up/confirm/")
    ada.submit(ada.path, email="ada@example.org", code=CODE)
    if "__Host-apt" not in ada.cookies:
        ada.submit("/sign-in/", email="ada@example.org", password=PASSWORD)
    assert "__Host-apt" in ada.cookies
    form = {"prompt": "a lighthouse at night", "model": "fast", "aspect_ratio": "1:1", "count": "1"}
    ada.submit("/create/", **form)
    assert ada.path.startswith("/jobs/"), ada.body
    job = ada.path
    assert wait_until(lambda: "/pictures/" in ada.get(job), seconds=60, pause=0.5), ada.body
    steps = clients.client("stepfunctions")
    [run] = steps.list_executions(stateMachineArn=deployed.outputs["WorkflowArn"])["executions"]
    assert wait_until(
        lambda: steps.describe_execution(executionArn=run["executionArn"])["status"] == "SUCCEEDED",
        seconds=30,
    )


def test_a_message_reaches_the_worker(deployed: Deployed) -> None:
    s3, bucket = clients.client("s3"), deployed.outputs["PublicBucket"]
    s3.put_object(Bucket=bucket, Key="p/GONE/320.webp", Body=b"x")
    chore = {"command": "delete_files", "input": {"bucket": bucket, "base": "p/GONE/"}}
    queue = deployed.outputs["TasksQueueUrl"]
    clients.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(chore))

    def gone() -> bool:
        return not s3.list_objects_v2(Bucket=bucket, Prefix="p/GONE/").get("Contents")

    assert wait_until(gone, seconds=30)


def test_the_functions_have_the_settings_of_zappa_settings(deployed: Deployed) -> None:
    functions = clients.client("lambda")
    for name in packages.FUNCTIONS:
        found = functions.get_function_configuration(FunctionName=f"{STAGE}-{name}")
        assert found["Role"].endswith(f"/{STAGE}-{name}")
        assert found["TracingConfig"]["Mode"] == "Active"
        assert found["Environment"]["Variables"]["LOG_FORMAT"] == "json"
        variables = found["Environment"]["Variables"]
        assert len(json.dumps(variables)) < 4096  # Lambda takes no more
    web = functions.get_function_configuration(FunctionName=f"{STAGE}-web")
    assert web["SnapStart"]["ApplyOn"] == "PublishedVersions"


# Zappa's commands -------------------------------------------------------------------------------
def test_a_deployed_stage_cannot_be_deployed_again_by_mistake(deployed: Deployed) -> None:
    output = zappa("deploy", STAGE)
    assert output.returncode == 1
    assert output.stderr == "Error: dev is already deployed. Did you mean zappa update dev?\n"


def test_status_describes_every_function(deployed: Deployed) -> None:
    output = json.loads(zappa("status", STAGE, "--json").stdout)
    assert output["url"] == deployed.site
    assert {*output["functions"]} == {*packages.FUNCTIONS}
    for name, version in deployed.versions().items():
        assert output["functions"][name]["aliases"]["live"] == version
    for_people = zappa("status", STAGE).stdout
    for name, version in deployed.versions().items():
        assert f"Status for {STAGE}-{name}" in for_people
        assert f"live: version {version}" in for_people


def test_the_worker_runs_commands_and_no_python(deployed: Deployed) -> None:
    output = zappa("invoke", STAGE, "sweep")
    assert (output.returncode, json.loads(output.stdout.splitlines()[-1])) == (0, {"jobs": 0})
    output = zappa("invoke", STAGE, "print(1)")
    assert output.returncode == 1
    assert "This event names no command that may run here." in output.stderr
    output = zappa("invoke", STAGE, "print(1)", "--raw")
    assert output.returncode == 1
    assert "never Python from an event" in output.stderr


def test_manage_runs_commands_on_the_stages_data(deployed: Deployed) -> None:
    output = zappa("manage", STAGE, "ledger check")
    assert (output.returncode, "all balanced" in output.stdout) == (0, True)
    output = zappa("manage", STAGE, "token", "nobody")
    assert output.returncode == 1
    assert "Nobody here has the handle @nobody." in output.stderr


def test_tail_prints_the_logs_of_all_functions_by_time(deployed: Deployed) -> None:
    logs, now = clients.client("logs"), int(time.time() * 1000)
    for name, ago in (("web", 200), ("worker", 100), ("web", 0)):
        group = {"logGroupName": f"/aws/lambda/{STAGE}-{name}", "logStreamName": f"tail-{ago}"}
        logs.create_log_stream(**group)
        line = {"timestamp": now - ago, "message": f"{ago} ms ago"}
        logs.put_log_events(**group, logEvents=[line])
    output = zappa("tail", STAGE, "--disable-keep-open", "--no-color", "--filter", "ago").stdout
    assert re.findall(r"(web|worker): (\d+) ms ago", output) == [
        ("web", "200"),
        ("worker", "100"),
        ("web", "0"),
    ]


# Update and rollback ----------------------------------------------------------------------------
def test_the_same_commit_again_changes_nothing(deployed: Deployed) -> None:
    deploy()  # another test may have deployed something else
    before = deployed.versions()
    assert not [line for line in deploy() if "Modify" in line or "Add" in line]
    assert deployed.versions() == before


def test_a_release_that_fails_its_checks_never_goes_live(
    deployed: Deployed, change: Callable[[str, bytes], None]
) -> None:
    before = deployed.versions()
    change("templates/gallery/explore.html", b"{% extends 'nothing.html' %}")
    with pytest.raises(CommandError, match="failed its checks and did not go live"):
        call_command("release", "deploy", "--stage", STAGE, "--packed")
    assert deployed.versions() == before
    assert deployed.live("/").status == 200


def test_a_rollback_restores_the_previous_release_with_the_current_origin_secret(
    deployed: Deployed, change: Callable[[str, bytes], None]
) -> None:
    before = deployed.code()
    page = b"<!doctype html><html><title>Another one</title></html>"
    change("templates/404.html", page)
    assert zappa("update", STAGE, "--zip", str(packages.DIST)).returncode == 0
    assert "Another one" in deployed.live("/nowhere").body
    assert deployed.code() != before
    rotate(deployed)
    output = zappa("rollback", STAGE)
    assert (output.returncode, "live again" in output.stdout) == (0, True), output.stderr
    assert "Another one" not in deployed.live("/nowhere").body
    assert deployed.live("/").status == 200  # by an origin secret newer than this release
    assert deployed.code() == before
    assert_only_needed_versions_are_kept(deployed)
    output = zappa("rollback", STAGE)
    assert "dev has no previous release to roll back to." in output.stderr


def rotate(deployed: Deployed) -> None:
    """Rotate the origin secret, as happens every 30 days; no earlier version knows the new one."""
    old = deployed.origin_secret
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        event = {
            "SecretId": deployed.outputs["OriginSecretArn"],
            "Step": step,
            "ClientRequestToken": "1" * 32,
        }
        answer = clients.client("lambda").invoke(
            FunctionName=f"{STAGE}-rotate-origin", Payload=json.dumps(event)
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
    deployed.refresh(stacks.all_outputs(STAGE))
    assert deployed.origin_secret != old


def assert_only_needed_versions_are_kept(deployed: Deployed) -> None:
    functions, digests = clients.client("lambda"), set[str]()
    for name in packages.FUNCTIONS:
        function = f"{STAGE}-{name}"
        aliases = functions.list_aliases(FunctionName=function)["Aliases"]
        assert {alias["Name"] for alias in aliases} <= {"live", "candidate", "previous"}
        every = functions.list_versions_by_function(FunctionName=function)["Versions"]
        named = {alias["FunctionVersion"] for alias in aliases}
        assert {version["Version"] for version in every} == {"$LATEST"} | named
        digests |= {base64.b64decode(v["CodeSha256"]).hex() for v in every}
    kept = clients.client("s3").list_objects_v2(
        Bucket=deployed.outputs["PackagesBucket"], Prefix="releases/"
    )["Contents"]
    assert {Path(item["Key"]).stem for item in kept} == digests


# Mistakes, and undeploy -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy", "--stage", "prod"), "no stage 'prod'; its stages are dev,"),
        (("package", "--stage", ""), "zappa_settings.json has no stage ''"),
        (("rollback", "--stage", "local"), "no stage 'local'"),
        (("rollback", "--stage", "staging"), "staging has no previous release"),
        (("undeploy", "--stage", STAGE, "--data-too", "staging"), "confirm the name of the stage"),
    ],
)
def test_a_mistake_is_reported_before_anything_changes(
    deployed: Deployed, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("release", *arguments)
    assert deployed.live("/healthz").status == 200


def test_undeploy_retains_all_data(deployed: Deployed) -> None:
    assert zappa("undeploy", STAGE, answer="n\n").returncode == 0
    assert deployed.live("/healthz").status == 200
    assert zappa("undeploy", STAGE, "--yes").returncode == 0
    tables = clients.client("dynamodb").list_tables()["TableNames"]
    assert {f"{STAGE}-content", f"{STAGE}-ledger", f"{STAGE}-users"} <= {*tables}
    clients.client("s3").head_bucket(Bucket=deployed.outputs["PrivateBucket"])
    functions = {f["FunctionName"] for f in clients.client("lambda").list_functions()["Functions"]}
    assert not {f"{STAGE}-web", f"{STAGE}-worker"} & functions
    assert cloudformation.describe(STAGE, "data") and not cloudformation.describe(STAGE, "api")
    deploy()  # again, with the same data; other tests use it
    deployed.refresh(stacks.all_outputs(STAGE))
    assert deployed.live("/healthz").status == 200
