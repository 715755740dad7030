"""The roles of web and worker allow what the code does, and nothing that it never does.

A whole evening on the site is played with the web role's own credentials, while the worker has its
own. The embedded cloud refuses what a role does not allow, and every call is written down.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore import signers
from botocore.client import BaseClient
from django.conf import settings
from django.test import Client

from accounts.identity import recovery_codes
from accounts.identity.cognito.protocol import identity_provider
from accounts.privacy import imports
from aptmagic.aws import clients, queue, uploads
from aptmagic.aws.dynamodb import new_id, now
from aptmagic.local import worker_function
from aptmagic.local.processes import wait_until
from aptmagic.web import health
from generation.jobs import leases, workflow
from generation.library import picture_files
from tests import iam_actions
from tests.embedded_cloud import EmbeddedCloud, credentials_of, forget
from tests.unit.aptmagic.deploy.test_infra_templates import actions, template
from tests.unit.fake_services import png
from tests.users import User, with_authenticator

RECORDING = """\
import os, sys
sys.path.insert(0, os.environ["PROJECT_ROOT"])
from tests import iam_actions
iam_actions.record(os.environ["CALLS"])
"""
PASSWORD = "a fox in the snow"

# Allowed, though nobody asks for it in an evening.
UNSEEN = {
    ("dynamodb:UpdateItem", "local-users"): "a session, when the pool hands out a new token",
    ("dynamodb:ConditionCheckItem", "local-feeds"): "an alert that was told and read before",
    ("dynamodb:GetItem", "local-ephemeral"): "a bucket that others took from; a letter sent before",
    ("dynamodb:DeleteItem", "local-ephemeral"): "a letter that SES did not take this time",
    ("ses:SendRawEmail", ""): "what SES wants for a letter that we have put together ourselves",
    ("logs:CreateLogStream", ""): "Lambda writes our lines with our role",
    ("logs:PutLogEvents", ""): "Lambda writes our lines with our role",
    ("xray:PutTraceSegments", ""): "Lambda traces with our role",
    ("xray:PutTelemetryRecords", ""): "Lambda traces with our role",
    ("sqs:ReceiveMessage", ""): "Lambda reads the queues with our role",
    ("sqs:DeleteMessage", ""): "Lambda reads the queues with our role",
    ("sqs:ChangeMessageVisibility", ""): "Lambda reads the queues with our role",
    ("sqs:GetQueueAttributes", ""): "Lambda reads the queues with our role",
    ("s3:ListBucket", ""): "else a file that is not there is answered like one that is forbidden",
}


@dataclass
class Diary:
    """Who asked for what, and the sessions of both."""

    web: Path
    worker: Path
    sessions: dict[str, boto3.Session] = field(default_factory=dict)


@pytest.fixture(scope="module")
def diary(
    new_cloud: Callable[[], EmbeddedCloud], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Diary]:
    """An evening on the site, with everything that web and worker asked for."""
    folder = tmp_path_factory.mktemp("calls")
    diary = Diary(folder / "web", folder / "worker")
    cloud = new_cloud()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_function, "CODE", RECORDING + worker_function.CODE)
        variables = worker_function._variables
        patch.setattr(
            worker_function,
            "_variables",
            lambda *args: {**variables(*args), "CALLS": str(diary.worker)},
        )
        cloud.deploy()
    with cloud.attached(), pytest.MonkeyPatch.context() as patch:
        for role in ("web", "worker"):
            diary.sessions[role] = credentials_of(f"local-{role}")
        # As the schedule does: not in the site's name, and not written down.
        invoke = partial(BaseClient._make_api_call, clients.client("lambda"), "Invoke")
        patch.setattr(BaseClient, "_make_api_call", BaseClient._make_api_call)
        patch.setattr(signers, "generate_presigned_url", signers.generate_presigned_url)
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers whose credentials it had
        patch.setattr(picture_files, "DELETE_DELAY_SECONDS", 0)
        iam_actions.record(str(diary.web))
        given = diary.sessions["web"].get_credentials()
        assert given
        patch.setenv("AWS_ACCESS_KEY_ID", given.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", given.secret_key)
        patch.setenv("AWS_SESSION_TOKEN", given.token or "")
        forget()
        an_evening(partial(sweep, invoke), patch)
    with cloud.attached():
        yield diary


def sweep(invoke: Callable[[dict[str, Any]], Any], command: str = "sweep") -> None:
    event = json.dumps({"command": command, "input": {}})
    answer = invoke({"FunctionName": "local-worker", "Payload": event})
    assert "FunctionError" not in answer, answer["Payload"].read()


# The evening ------------------------------------------------------------------------------------
@dataclass
class Visitor:
    name: str
    browser: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.handle = f"{self.name}_{new_id()[-10:].lower()}"
        self.email = f"{self.handle}@example.org"

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.browser.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.content[-600:])
        return answer

    def post(self, path: str, **said: Any) -> Any:
        answer = self.browser.post(path, said)
        assert answer.status_code in (302, 303), (path, answer.status_code, answer.content[-600:])
        return answer.headers.get("Location", "")

    def comes_in(self) -> None:
        form = {"handle": self.handle, "email": self.email, "password": PASSWORD}
        self.post("/sign-up/", **form)
        self.post("/sign-up/", **form)  # the first one was never confirmed: it gives way
        self.post("/sign-up/resend/", email=self.email)
        self.post("/sign-up/confirm/", email=self.email, code="123456")
        self.post("/sign-out/")
        self.post("/sign-in/", email=self.email, password=PASSWORD)

    def makes(self, prompt: str, **more: Any) -> str:
        form = {"prompt": prompt, "model": "fast", "aspect_ratio": "1:1", "count": 1, **more}
        return str(self.post("/create/", **form, key=new_id()))

    def waits_for(self, job: str, *, told: bool = False) -> Any:
        """With `told` she looks at it after the worker has told her: it then checks, as it writes,
        that she had not seen it."""
        seen: list[Any] = []

        def ended() -> bool:
            seen.append(self.get(f"/api/v1/generations/{job.split('/')[2]}/").json())
            return seen[-1]["state"] in ("ready", "partial", "failed", "cancelled")

        assert wait_until(ended, seconds=120), seen[-1]
        if told:
            bell = "/api/v1/notifications/"
            assert wait_until(lambda: job in self.get(bell).content.decode(), seconds=60)
        self.get(job)
        return seen[-1]


def an_evening(sweep: Callable[..., None], patch: pytest.MonkeyPatch) -> None:
    ada, bob = Visitor("ada"), Visitor("bob")
    health.clear_cache()
    said = Client().get("/healthz").json()
    assert said["ok"], said
    ada.comes_in()
    bob.comes_in()
    other_ways_in(bob)
    never_confirmed(Visitor("cy"))
    confirmed_elsewhere(Visitor("dee"))
    made = ada.waits_for(ada.makes("a lighthouse at night", count=2), told=True)
    assert made["state"] == "ready", made
    ada.get("/library/")
    first, second = (each["id"] for each in ada.get("/api/v1/pictures/").json()["items"])
    a_post(ada, bob, first)
    ada.get(f"/pictures/{second}/download/", status=303)
    ada.post(f"/pictures/{second}/delete/")
    as_she_likes_it(ada)
    herself(ada)
    mishaps(ada, sweep, patch)
    for path in ("/", "/notifications/", "/api/v1/me/", "/api/v1/me/credits/", "/api/v1/models/"):
        ada.get(path)
    there_and_back(ada)
    goodbye(ada, sweep, patch)


def herself(ada: Visitor) -> None:
    """Name, handle and face; her posts hear of each."""
    me = ada.get("/api/v1/me/").json()
    ada.post("/settings/profile/", name="Ada Lovelace", private="on")
    ada.post("/settings/profile/", name="Ada Lovelace")
    ada.handle = f"{ada.handle}x"
    ada.post("/settings/profile/handle/", handle=ada.handle)
    for picture in (png(1, (96, 96)), png(2, (96, 96))):
        offer = uploads.create_form(me["id"], uploads.PICTURE)
        form = {**offer.fields, "file": ("me.png", picture, "image/png")}
        assert urllib3.request("POST", offer.url, fields=form).status in (200, 204)
        path = f"/settings/profile/picture/{offer.id}/"
        assert wait_until(lambda path=path: ada.browser.get(path).status_code == 303, seconds=60)
    ada.post("/settings/profile/picture/off/")


def other_ways_in(bob: Visitor) -> None:
    """A forgotten password, an authenticator, and the day the phone is gone."""
    bob.post("/sign-out/")
    bob.post("/password/forgot/", email=bob.email)
    said = {"email": bob.email, "password": PASSWORD}
    bob.post("/password/reset/", **said, code="654321")
    account = identity_provider().find(bob.email)
    assert account
    careful = with_authenticator(User(bob.handle, bob.email, account.user_id))
    codes = recovery_codes.create(account.user_id)
    bob.post("/sign-in/", **said)
    bob.post("/sign-in/code/", code=careful.code)
    bob.post("/sign-out/")
    bob.post("/sign-in/", **said)
    bob.post("/sign-in/recovery/", recovery_code=codes[0], password=PASSWORD)
    identity_provider().disable_totp(account.user_id)


def never_confirmed(cy: Visitor) -> None:
    """Two days later."""
    cy.post("/sign-up/", handle=cy.handle, email=cy.email, password=PASSWORD)
    account = identity_provider().find(cy.email)
    assert account
    queue.enqueue("delete_unconfirmed_account", user_id=account.user_id, at=now().isoformat())
    assert wait_until(lambda: identity_provider().find(cy.email) is None, seconds=60)


def confirmed_elsewhere(dee: Visitor) -> None:
    dee.post("/sign-up/", handle=dee.handle, email=dee.email, password=PASSWORD)
    phone = Visitor("dee")
    phone.post("/sign-up/confirm/", email=dee.email, code="123456", password=PASSWORD)


def a_post(ada: Visitor, bob: Visitor, picture: str) -> None:
    ada.get(f"/pictures/{picture}/")
    said = {"caption": "Home", "tags": "sea", "alt": "A tower", "prompt_visibility": "public"}
    post = ada.post(f"/pictures/{picture}/publish/", **said, visibility="private")
    ada.post(f"{post}edit/", **said, visibility="public")
    for path in ("/", post, f"/@{ada.handle}/"):
        bob.get(path)
    bob.post(f"{post}like/", on="1")
    bob.post(f"{post}like/", on="0")
    bob.post(f"{post}like/", on="1")
    assert wait_until(lambda: ada.get("/api/v1/notifications/").json()["items"], seconds=60)
    ada.get("/notifications/")
    ada.post(f"{post}delete/")
    bob.get(post, status=410)


def as_she_likes_it(ada: Visitor) -> None:
    """Her settings, and a program of hers that asks for a picture which is refused."""
    ada.post("/settings/privacy/", visibility="public", prompt_visibility="me", discoverable="on")
    ada.post("/settings/notifications/", bell_like="on", bell_job="on", mail_digest="on")
    key = new_id()
    wish = {"name": "Pi", "scopes": ["read", "generate"], "days": "7", "cap": "3", "key": key}
    made = ada.browser.post("/settings/tokens/new/", wish, follow=True)
    program = Client(headers={"Authorization": f"Bearer {made.context['secret']}"})
    said = {"prompt": "a fox [[filter-prompt]]", "model": "fast"}
    asked = program.post("/api/v1/generations/", said, content_type="application/json")
    assert asked.status_code == 202, asked.content
    ada.waits_for(f"/jobs/{asked.json()['id']}/")
    assert "0 of 3 credits" in ada.get("/settings/tokens/").content.decode()
    ada.post(f"/settings/tokens/{key}/revoke/")


def mishaps(ada: Visitor, sweep: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    failed = ada.makes("a fox [[filter-prompt]]")
    assert ada.waits_for(failed)["state"] == "failed"
    ada.waits_for(ada.post(f"{failed}retry/"))
    patch.setattr(leases, "QUEUED_SECONDS", -1)
    with patch.context() as lost:  # somebody dies between the job and its start
        lost.setattr(workflow, "start", lambda job: None)
        job = ada.makes("a fox who was lost")
    sweep()
    ada.waits_for(job)
    crowd = [ada.makes(f"a fox in weather {n}", seed=n) for n in range(1, 6)]  # two have to wait
    ada.post(f"{crowd[0]}cancel/")
    for job in crowd:
        ada.waits_for(job)


def there_and_back(ada: Visitor) -> None:
    """An archive is made and fetched, a picture lost, and brought back with the archive."""
    ada.post("/settings/data/archive/")
    ready = '<span class="export-size">'
    assert wait_until(lambda: ready in ada.get("/settings/data/").content.decode(), seconds=60)
    [archive] = ada.get("/api/v1/me/export/").json()["parts"]
    content = urllib3.request("GET", archive["url"]).data
    lost = ada.get("/api/v1/pictures/").json()["items"][0]["id"]
    ada.post(f"/pictures/{lost}/delete/")
    ada.get("/settings/data/bring/")
    account = identity_provider().find(ada.email)
    assert account
    offer = imports.upload_form(account.user_id)
    form = {**offer.fields, "file": ("archive.zip", content, "application/zip")}
    assert urllib3.request("POST", offer.url, fields=form, redirect=False).status == 303
    came = f"/settings/data/bring/{offer.id}/"
    assert wait_until(lambda: "added to your library" in ada.get(came).content.decode(), seconds=60)


def goodbye(ada: Visitor, sweep: Callable[..., None], patch: pytest.MonkeyPatch) -> None:
    """She leaves, stays, and leaves on the spot."""
    picture = ada.get("/api/v1/pictures/").json()["items"][0]["id"]
    said = {"caption": "Last", "visibility": "private", "prompt_visibility": "public"}
    post = ada.post(f"/pictures/{picture}/publish/", **said)
    ada.post(f"{post}like/", on="1")
    ada.get("/settings/data/leave/")
    ada.post("/settings/data/leave/")
    ada.post("/sign-in/", email=ada.email, password=PASSWORD)
    ada.post("/settings/data/stay/")
    patch.setattr(settings, "ACCOUNT_DELETION_DAYS", 0, raising=False)
    ada.post("/settings/data/leave/")
    sweep("dispatch_scheduled_tasks")
    assert wait_until(lambda: identity_provider().find(ada.email) is None, seconds=60)


# What was written down ----------------------------------------------------------------------------
def allowed(role: str) -> set[iam_actions.Action]:
    """What the template allows, a table each where it speaks of tables."""
    policies = template("roles")["Resources"][role.capitalize()]["Properties"]["Policies"]
    return {
        (action, table)
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in actions(statement)
        for table in (tables_of(statement) if action.startswith("dynamodb:") else [""])
    }


def tables_of(statement: dict[str, Any]) -> list[str]:
    places = [place["Sub"].split(":table/${Stage}-")[1] for place in statement["Resource"]]
    return [f"local-{place.split('/')[0]}" for place in places]


def written(path: Path, *, until: set[iam_actions.Action]) -> set[iam_actions.Action]:
    """Queues take their time."""
    wait_until(lambda: iam_actions.recorded(path) >= until, seconds=45)
    return iam_actions.recorded(path)


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_role_allows_what_its_code_does_and_nothing_else(diary: Diary, role: str) -> None:
    wanted = allowed(role) - UNSEEN.keys()
    asked = written(getattr(diary, role), until=wanted)
    # Asked for and not allowed; allowed and never asked for.
    assert (sorted(asked - allowed(role)), sorted(wanted - asked)) == ([], [])


@pytest.mark.parametrize(
    ("role", "service", "operation", "given"),
    [
        ("web", "dynamodb", "delete_item", {"TableName": "local-ledger", "Key": {}}),
        ("web", "dynamodb", "get_item", {"TableName": "local-audit", "Key": {}}),
        ("web", "s3", "delete_object", {"Bucket": "PUBLIC", "Key": "p/1/320.webp"}),
        ("web", "sqs", "purge_queue", {"QueueUrl": "local-tasks"}),
        ("worker", "dynamodb", "delete_item", {"TableName": "local-ledger", "Key": {}}),
        ("worker", "dynamodb", "put_item", {"TableName": "local-users", "Item": {}}),
        ("worker", "iam", "list_users", {}),
    ],
)
def test_what_is_not_allowed_is_refused(
    diary: Diary, role: str, service: str, operation: str, given: dict[str, Any]
) -> None:
    client = diary.sessions[role].client(service)
    if "Bucket" in given:
        given = {**given, "Bucket": settings.PUBLIC_BUCKET}
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        getattr(client, operation)(**given)
