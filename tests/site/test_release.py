"""The real packages, deployed by Zappa's command line into a cloud of their own, and back."""

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
from aptmagic.deploy import cloudformation, packages, releases, smoke, stacks
from aptmagic.local.processes import wait_until
from tests.embedded import EmbeddedCloud
from tests.packages import STAGE

CODE = "123456"
PASSWORD = "a fox in the snow"


class Deployed:
    """A stage that was deployed by the real command."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.look_again(outputs)

    def look_again(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs
        self.site = outputs["SiteUrl"]
        self.word = stacks.environment(STAGE, outputs)["ORIGIN_SECRET"].partition(",")[0]

    def live(self, path: str, word: str | None = None) -> smoke.Answer:
        api = smoke.address(self.outputs["ApiId"])
        return smoke.get(api + path, self.word if word is None else word)

    def versions(self) -> dict[str, str | None]:
        return {name: releases._version(STAGE, name, "live") for name in packages.FUNCTIONS}

    def code(self) -> dict[str, str]:
        """What of the code is live, by its hash."""
        functions = clients.client("lambda")
        return {
            name: functions.get_function_configuration(
                FunctionName=f"{STAGE}-{name}", Qualifier="live"
            )["CodeSha256"]
            for name in packages.FUNCTIONS
        }


class Visitor:
    """A browser behind CloudFront: it keeps cookies, and fills in the forms it is given."""

    def __init__(self, deployed: Deployed) -> None:
        self.deployed = deployed
        self.cookies: dict[str, str] = {}
        self.at, self.body, self.status = "", "", 0

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def submit(self, path: str, **filled: str) -> str:
        """Fill in the form of the page at `path`; follows one redirect."""
        page = self.get(path)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = urlencode({**{k: unescape(v) for k, v in hidden.items()}, **filled})
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: str | None = None) -> str:
        address = urlsplit(smoke.address(self.deployed.outputs["ApiId"]))
        door = HTTPConnection(address.hostname or "", address.port, timeout=60)
        door.request(method, address.path + path, form, self._headers(form))
        answer = door.getresponse()
        self.at, self.status, self.body = path, answer.status, answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            assert "Secure" in cookie or "Max-Age=0" in cookie
            self.cookies[name] = value
        location = answer.headers["Location"]
        door.close()
        return (
            self._ask("GET", location.removeprefix(self.deployed.site)) if location else self.body
        )

    def _headers(self, form: str | None) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"X-Origin-Secret": self.deployed.word, "Cookie": cookies}
        if form is not None:
            headers |= {"Origin": self.deployed.site}
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        return headers


@pytest.fixture(scope="module")
def deployed(new_cloud: Callable[[], EmbeddedCloud], zips: dict[str, Path]) -> Iterator[Deployed]:
    """Stage `dev` in a cloud of its own, brought up by `zappa deploy`, from the packages."""
    with new_cloud().attached():
        told = zappa("update", STAGE)
        assert "dev is not deployed yet. Run zappa deploy dev first." in told.stderr
        assert zappa("deploy", STAGE, "--zip", str(packages.DIST)).returncode == 0
        yield Deployed(stacks.all_outputs(STAGE))


def zappa(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Zappa's own command line, as somebody types it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("zappa"), *arguments],
        cwd=packages.PROJECT,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def change(zips: dict[str, Path]) -> Iterator[Callable[[str, bytes], None]]:
    """Changes a file of the web function's package; afterwards it is as it was."""
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
    releases.deploy(STAGE, packed=True, say=said.append)
    return said


# What is deployed -------------------------------------------------------------------------------
def test_their_variables_are_encrypted_with_the_stages_own_key(deployed: Deployed) -> None:
    """Some of them are secret: whoever may look at a function and not use the key sees none."""
    for name in packages.FUNCTIONS:
        found = clients.client("lambda").get_function_configuration(
            FunctionName=f"{STAGE}-{name}", Qualifier="live"
        )
        assert found["KMSKeyArn"] == deployed.outputs["KeyArn"]


def test_a_page_is_answered_through_the_http_api(deployed: Deployed) -> None:
    answer = deployed.live("/")
    assert answer.status == 200
    assert "</html>" in answer.body
    assert json.loads(deployed.live("/healthz").body)["ok"] is True
    assert json.loads(deployed.live("/api/v1/models/").body)["items"]


@pytest.mark.parametrize("word", ["", "wrong"])
def test_the_api_itself_answers_nobody_but_cloudfront(deployed: Deployed, word: str) -> None:
    for path in ("/", "/healthz", "/api/v1/models/", "/nowhere"):
        assert deployed.live(path, word).status == 403


def test_static_files_are_where_the_page_says_and_stay_for_good(deployed: Deployed) -> None:
    names = re.findall(r'(?:href|src)="/(static/[^"#]+)"', deployed.live("/").body)
    assert len(names) > 5
    for name in names:
        found = clients.client("s3").head_object(Bucket=deployed.outputs["PublicBucket"], Key=name)
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert "immutable" in found["CacheControl"]
        assert found["ContentType"] != "binary/octet-stream"


def test_words_become_a_picture_in_the_deployed_functions(deployed: Deployed) -> None:
    ada = Visitor(deployed)
    ada.submit("/sign-up/", handle="ada_deployed", email="ada@example.org", password=PASSWORD)
    assert ada.at.startswith("/sign-up/confirm/")
    ada.submit(ada.at, email="ada@example.org", code=CODE)
    if "__Host-apt" not in ada.cookies:
        ada.submit("/sign-in/", email="ada@example.org", password=PASSWORD)
    assert "__Host-apt" in ada.cookies
    wish = {"prompt": "a lighthouse at night", "model": "fast", "aspect_ratio": "1:1", "count": "1"}
    ada.submit("/create/", **wish)
    assert ada.at.startswith("/jobs/"), ada.body
    job = ada.at
    assert wait_until(lambda: "/pictures/" in ada.get(job), seconds=60, pause=0.5), ada.body
    steps = clients.client("stepfunctions")
    [run] = steps.list_executions(stateMachineArn=deployed.outputs["WorkflowArn"])["executions"]
    assert wait_until(
        lambda: steps.describe_execution(executionArn=run["executionArn"])["status"] == "SUCCEEDED",
        seconds=30,
    )


def test_a_message_reaches_the_deployed_worker(deployed: Deployed) -> None:
    s3, bucket = clients.client("s3"), deployed.outputs["PublicBucket"]
    s3.put_object(Bucket=bucket, Key="p/GONE/320.webp", Body=b"x")
    chore = {"command": "delete_files", "input": {"bucket": bucket, "base": "p/GONE/"}}
    queue = deployed.outputs["TasksQueueUrl"]
    clients.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(chore))

    def gone() -> bool:
        return not s3.list_objects_v2(Bucket=bucket, Prefix="p/GONE/").get("Contents")

    assert wait_until(gone, seconds=30)


def test_the_functions_are_what_the_settings_say(deployed: Deployed) -> None:
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
def test_what_is_deployed_is_not_deployed_again_by_mistake(deployed: Deployed) -> None:
    told = zappa("deploy", STAGE)
    assert told.returncode == 1
    assert told.stderr == "Error: dev is already deployed. Did you mean zappa update dev?\n"


def test_status_tells_of_every_function_of_the_stage(deployed: Deployed) -> None:
    told = json.loads(zappa("status", STAGE, "--json").stdout)
    assert told["url"] == deployed.site
    assert {*told["functions"]} == {*packages.FUNCTIONS}
    for name, version in deployed.versions().items():
        assert told["functions"][name]["aliases"]["live"] == version
    for_people = zappa("status", STAGE).stdout
    for name, version in deployed.versions().items():
        assert f"Status for {STAGE}-{name}" in for_people
        assert f"live: version {version}" in for_people


def test_a_command_runs_in_the_deployed_worker_and_nothing_else_does(deployed: Deployed) -> None:
    told = zappa("invoke", STAGE, "sweep")
    assert (told.returncode, json.loads(told.stdout.splitlines()[-1])) == (0, {"jobs": 0})
    told = zappa("invoke", STAGE, "print(1)")
    assert told.returncode == 1
    assert "This event names no command that may be run here." in told.stderr
    told = zappa("invoke", STAGE, "print(1)", "--raw")
    assert told.returncode == 1
    assert "never Python from an event" in told.stderr


def test_manage_runs_djangos_commands_on_the_stages_data(deployed: Deployed) -> None:
    told = zappa("manage", STAGE, "ledger check")
    assert (told.returncode, "all balanced" in told.stdout) == (0, True)
    told = zappa("manage", STAGE, "token", "nobody")
    assert told.returncode == 1
    assert "Nobody here has the handle @nobody." in told.stderr


def test_tail_shows_the_logs_of_all_functions_in_their_order(deployed: Deployed) -> None:
    logs, now = clients.client("logs"), int(time.time() * 1000)
    for name, ago in (("web", 200), ("worker", 100), ("web", 0)):
        group = {"logGroupName": f"/aws/lambda/{STAGE}-{name}", "logStreamName": f"tail-{ago}"}
        logs.create_log_stream(**group)
        line = {"timestamp": now - ago, "message": f"{ago} ms ago"}
        logs.put_log_events(**group, logEvents=[line])
    told = zappa("tail", STAGE, "--disable-keep-open", "--no-color", "--filter", "ago").stdout
    assert re.findall(r"(web|worker): (\d+) ms ago", told) == [
        ("web", "200"),
        ("worker", "100"),
        ("web", "0"),
    ]


# On and back ------------------------------------------------------------------------------------
def test_the_same_commit_again_changes_nothing(deployed: Deployed) -> None:
    deploy()  # whatever another test had deployed before
    before = deployed.versions()
    assert not [line for line in deploy() if "Modify" in line or "Add" in line]
    assert deployed.versions() == before


def test_a_release_that_is_not_well_is_never_live(
    deployed: Deployed, change: Callable[[str, bytes], None]
) -> None:
    before = deployed.versions()
    change("templates/gallery/explore.html", b"{% extends 'nothing.html' %}")
    with pytest.raises(CommandError, match="failed its checks and did not go live"):
        call_command("release", "deploy", "--stage", STAGE, "--packed")
    assert deployed.versions() == before
    assert deployed.live("/").status == 200


def test_one_command_goes_back_to_the_release_before_though_cloudfronts_word_is_another(
    deployed: Deployed, change: Callable[[str, bytes], None]
) -> None:
    before = deployed.code()
    page = b"<!doctype html><html><title>Another one</title></html>"
    change("templates/404.html", page)
    assert zappa("update", STAGE, "--zip", str(packages.DIST)).returncode == 0
    assert "Another one" in deployed.live("/nowhere").body
    assert deployed.code() != before
    rotate(deployed)
    told = zappa("rollback", STAGE)
    assert (told.returncode, "live again" in told.stdout) == (0, True), told.stderr
    assert "Another one" not in deployed.live("/nowhere").body
    assert deployed.live("/").status == 200  # by the word that came after this release
    assert deployed.code() == before
    assert_only_what_is_needed_is_kept(deployed)
    told = zappa("rollback", STAGE)
    assert "There is no release of dev before the one that is live." in told.stderr


def rotate(deployed: Deployed) -> None:
    """CloudFront says a new word from now on, as each month; no earlier version knows it."""
    old = deployed.word
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
    deployed.look_again(stacks.all_outputs(STAGE))
    assert deployed.word != old


def assert_only_what_is_needed_is_kept(deployed: Deployed) -> None:
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


# Bad input, and the end -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy", "--stage", "prod"), "no stage 'prod' in zappa_settings.json; there are dev,"),
        (("package", "--stage", ""), "no stage '' in zappa_settings.json"),
        (("rollback", "--stage", "local"), "no stage 'local'"),
        (("rollback", "--stage", "staging"), "no release of staging before"),
        (("undeploy", "--stage", STAGE, "--data-too", "staging"), "say its name twice"),
    ],
)
def test_what_is_wrong_is_said_before_anything_changes(
    deployed: Deployed, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("release", *arguments)
    assert deployed.live("/healthz").status == 200


def test_a_stage_that_goes_leaves_everything_that_people_made(deployed: Deployed) -> None:
    assert zappa("undeploy", STAGE, answer="n\n").returncode == 0
    assert deployed.live("/healthz").status == 200
    assert zappa("undeploy", STAGE, "--yes").returncode == 0
    tables = clients.client("dynamodb").list_tables()["TableNames"]
    assert {f"{STAGE}-content", f"{STAGE}-ledger", f"{STAGE}-users"} <= {*tables}
    clients.client("s3").head_bucket(Bucket=deployed.outputs["PrivateBucket"])
    functions = {f["FunctionName"] for f in clients.client("lambda").list_functions()["Functions"]}
    assert not {f"{STAGE}-web", f"{STAGE}-worker"} & functions
    assert cloudformation.describe(STAGE, "data") and not cloudformation.describe(STAGE, "api")
    deploy()  # and it can come back, to the same data; other tests go on with it
    deployed.look_again(stacks.all_outputs(STAGE))
    assert deployed.live("/healthz").status == 200
