"""AWS inside one process, laid out by our own templates, and two people to tell stories about."""

import json
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from django.conf import settings as site
from django.test import Client
from moto import mock_aws
from moto.cloudformation.utils import yaml_tag_constructor

from accounts.current_user import CurrentUser
from accounts.identity import devices, session_cookies, sessions
from accounts.profiles import confirmation, profiles, unconfirmed
from accounts.profiles.models import Profile
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id, reset_connections
from aptmagic.service_backends import load_backend
from gallery.audience import Viewer
from tests.unit.fake_identity_provider import PASSWORD, FakeIdentityProvider
from tests.unit.fake_services import FakeImageProvider
from tests.unit.posts_and_queues import (  # noqa: F401  fixtures for every test
    before,
    busy,
    clock,
    draw,
    events,
    hook,
    public_files,
    requests,
    share,
    task_queue,
)
from tests.users import with_session

INFRA = Path(__file__).resolve().parents[2] / "infra"


class Visitor(NamedTuple):
    """Somebody signed in, and the browser they use."""

    user_id: str
    client: Client
    person: CurrentUser

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.user_id)

    @property
    def profile(self) -> Profile:
        return profiles.get_own(self.user_id)


@pytest.fixture(scope="package")
def moto_clients() -> Iterator[None]:
    """Clients and connections that moto answers; making them takes longer than most tests."""
    _forget()
    with pytest.MonkeyPatch.context() as patch:
        # As does reading the template in Python; libyaml takes a tenth of the time.
        yaml.CLoader.add_multi_constructor("", yaml_tag_constructor)
        patch.setattr(yaml, "Loader", yaml.CLoader)
        yield
    _forget()


@pytest.fixture
def aws(
    moto_clients: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Any]]:
    """Our tables, buckets, topic and queues as deployed; gives `aptmagic.aws.clients.client`."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # a running cloud, or somebody's real account
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    settings.AWS_ENDPOINT_URL, settings.MEDIA_URL = "", "/media/"
    with mock_aws():
        load_backend.cache_clear()
        for output, value in stack("data", SiteUrl="http://testserver").items():
            setattr(settings, output, value)
        yield clients.client
    load_backend.cache_clear()


def stack(template: str, **parameters: str) -> dict[str, str]:
    """Deploy one of our templates; its outputs, named as the settings they become."""
    cloudformation = clients.client("cloudformation")
    with warnings.catch_warnings():
        # Policies and subscriptions are tried in the embedded cloud; moto only notes them.
        warnings.simplefilter("ignore", UserWarning)
        logging.getLogger("moto").setLevel(logging.ERROR)
        cloudformation.create_stack(
            StackName=f"local-aptmagic-{template}",
            TemplateBody=(INFRA / f"{template}.yaml").read_text(),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in {"Stage": "local", **parameters}.items()
            ],
        )
    found = cloudformation.describe_stacks(StackName=f"local-aptmagic-{template}")["Stacks"][0]
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", output["OutputKey"]).upper(): output["OutputValue"]
        for output in found["Outputs"]
    }


def _forget() -> None:
    """Those of other tests speak to another cloud."""
    reset_connections()
    clients.reset_clients()
    load_backend.cache_clear()


@pytest.fixture
def join(aws: Any) -> Callable[..., Visitor]:
    """`join("ada")`: a confirmed person with their free credits, signed in without Cognito."""

    def joined(handle: str, *, groups: tuple[str, ...] = ()) -> Visitor:
        person = with_session(
            CurrentUser(_newcomer(handle), handle, handle, groups, new_id(), new_id())
        )
        return Visitor(person.id, browser_of(person), person)

    return joined


def _newcomer(handle: str) -> str:
    user_id = f"{handle}-{new_id().lower()}"
    unconfirmed.claim(user_id, handle, f"{handle}@example.org")
    confirmation.confirm(user_id, f"{handle}@example.org")
    return user_id


def browser_of(person: CurrentUser, **options: Any) -> Client:
    client = Client(**options)
    client.cookies[site.SESSION_COOKIE] = session_cookies.make(person)
    return client


@pytest.fixture
def ada(join: Callable[..., Visitor]) -> Visitor:
    """She is signed in."""
    return join("ada")


@pytest.fixture
def bob(join: Callable[..., Visitor]) -> Visitor:
    """He is not her friend."""
    return join("bob")


@pytest.fixture
def fake_provider(aws: Any, settings: Any) -> Iterator[type[FakeIdentityProvider]]:
    """An identity provider in memory instead of Cognito."""
    backend_of = {
        "BACKEND": "tests.unit.fake_identity_provider.FakeIdentityProvider",
        "OPTIONS": {},
    }
    settings.IDENTITY_PROVIDER = backend_of
    load_backend.cache_clear()
    FakeIdentityProvider.clear()
    yield FakeIdentityProvider
    load_backend.cache_clear()


@pytest.fixture
def signed_in_user(fake_provider: type[FakeIdentityProvider]) -> Callable[..., Visitor]:
    """`signed_in_user("ada")`: a confirmed person who has come in by the door, with a session."""

    def came_in(handle: str, *, password: str = PASSWORD, **more: Any) -> Visitor:
        user_id = _newcomer(handle)
        known = fake_provider.add_user(user_id, f"{handle}@example.org", password)
        for name, value in more.items():
            setattr(known, name, value)
        return another_browser(user_id)

    return came_in


def another_browser(user_id: str, where: devices.ClientInfo = devices.UNKNOWN_CLIENT) -> Visitor:
    """They sign in once more, before the FakeIdentityProvider."""
    known = next(each for each in FakeIdentityProvider.users if each.user_id == user_id)
    profile: Any = profiles.get(user_id)
    person = sessions.start(FakeIdentityProvider().issue_tokens(known), profile, where)
    return Visitor(user_id, browser_of(person), person)


def grow_stale(client: Client) -> None:
    """As when the claims of the cookie have grown old."""
    claims = session_cookies.read(client.cookies[site.SESSION_COOKIE].value)
    assert claims is not None
    client.cookies[site.SESSION_COOKIE] = session_cookies.make(
        claims.person, lasts=timedelta(seconds=-1)
    )


@pytest.fixture
def fake_services(aws: Callable[[str], Any], settings: Any) -> None:
    """A fake image provider and moderation, and a workflow that starts and does nothing."""
    for setting, service in (
        ("MODERATION", "FakeModeration"),
        ("IMAGE_PROVIDERS", "FakeImageProvider"),
    ):
        entry = {"BACKEND": f"tests.unit.fake_services.{service}", "OPTIONS": {}}
        setattr(settings, setting, entry if setting == "MODERATION" else {"bedrock": entry})
    FakeImageProvider.calls.clear()
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    rest = {"StartAt": "Rest", "States": {"Rest": {"Type": "Pass", "End": True}}}
    settings.WORKFLOW_ARN = aws("stepfunctions").create_state_machine(
        name="local-generation", definition=json.dumps(rest), roleArn=role
    )["stateMachineArn"]
