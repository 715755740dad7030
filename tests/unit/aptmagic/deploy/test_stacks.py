"""A deployment refuses before it loses something, and says what is missing before it begins."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings
from moto import mock_aws

from aptmagic.aws import clients
from aptmagic.deploy import cloudformation, stacks, templates
from aptmagic.local import attach


@pytest.mark.parametrize(
    ("change", "loses"),
    [
        ({"Action": "Modify", "Replacement": "True"}, True),
        ({"Action": "Remove"}, True),
        ({"Action": "Modify", "Replacement": "False"}, False),
        ({"Action": "Add"}, False),
    ],
)
@pytest.mark.parametrize("kind", sorted(cloudformation.PRECIOUS))
def test_replacing_what_holds_data_is_a_loss(
    kind: str, change: dict[str, str], loses: bool
) -> None:
    assert cloudformation._loses({"ResourceType": kind, **change}) is loses
    assert not cloudformation._loses({"ResourceType": "AWS::SQS::Queue", **change})


@pytest.mark.parametrize(
    ("kind", "touched", "loses"),
    [
        ("AWS::S3::Bucket", "CorsConfiguration", False),
        ("AWS::S3::Bucket", "BucketName", True),
        ("AWS::DynamoDB::Table", "AttributeDefinitions", False),
        ("AWS::DynamoDB::Table", "KeySchema", True),
    ],
)
def test_a_replacement_that_depends_is_a_loss_when_it_touches_the_name(
    kind: str, touched: str, loses: bool
) -> None:
    details = [{"Target": {"Attribute": "Properties", "Name": touched}}]
    change = {"Action": "Modify", "Replacement": "Conditional", "Details": details}
    assert cloudformation._loses({"ResourceType": kind, **change}) is loses


def test_without_credentials_nothing_is_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in attach.OWN_CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
    clients.reset_clients()
    with pytest.raises(templates.CannotDeploy, match="There are no AWS credentials here"):
        stacks.deploy("trial")
    clients.reset_clients()


def test_a_profile_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    clients.reset_clients()
    with pytest.raises(templates.CannotDeploy, match=r"profile \(nobody\) could not be found"):
        stacks.deploy("trial")
    clients.reset_clients()


@override_settings(AWS_ENDPOINT_URL="127.0.0.1:4566")
def test_an_endpoint_is_an_address() -> None:
    with pytest.raises(templates.CannotDeploy, match=r"write it like http://127\.0\.0\.1:4566\."):
        stacks.deploy("trial")


def test_another_stage_does_not_end_up_in_the_embedded_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(attach.ATTACHED, "http://127.0.0.1:4566")
    with pytest.raises(CommandError, match=r"AWS_ENDPOINT_URL=http://127\.0\.0\.1:4566\."):
        call_command("stack", "deploy", "--stage", "prod")


def test_the_local_stage_is_not_deployed_to_aws() -> None:
    with pytest.raises(templates.CannotDeploy, match="lives in the embedded cloud"):
        stacks.deploy("local")


@pytest.mark.parametrize(
    ("output", "variable"),
    [
        ("PublicBucket", "PUBLIC_BUCKET"),
        ("EventsTopicArn", "EVENTS_TOPIC_ARN"),
        ("CognitoPoolId", "COGNITO_POOL_ID"),
    ],
)
def test_an_output_becomes_a_variable(output: str, variable: str) -> None:
    assert stacks._variable(output) == variable


# The account ------------------------------------------------------------------------------------
@pytest.fixture
def fresh_account() -> Iterator[None]:
    clients.reset_clients()
    with mock_aws():
        yield
    clients.reset_clients()


@pytest.mark.usefixtures("fresh_account")
@override_settings(AWS_ENDPOINT_URL="")
def test_a_second_detector_is_told_before_anything_changes() -> None:
    clients.client("guardduty").create_detector(Enable=True)
    with pytest.raises(templates.CannotDeploy, match=r'write GuardDuty = "off" under \[account\]'):
        stacks.deploy("production", only=["account"])
    assert cloudformation.describe("production", "account") is None


@pytest.mark.usefixtures("fresh_account")
@override_settings(AWS_ENDPOINT_URL="")
def test_a_second_trail_is_told_with_its_price_before_anything_changes() -> None:
    clients.client("s3").create_bucket(Bucket="theirs")
    clients.client("cloudtrail").create_trail(Name="theirs", S3BucketName="theirs")
    with pytest.raises(templates.CannotDeploy, match=r"the trail theirs already.*\$2 for 100,000"):
        stacks.deploy("production", only=["account"], given={"GuardDuty": "off"})


@pytest.mark.usefixtures("fresh_account")
def test_the_account_is_brought_up_by_name_and_with_no_stage() -> None:
    handle = '{"Resources": {"X": {"Type": "AWS::SNS::Topic"}}}'
    for name in ("account", "delivery"):
        stack = templates.stack_name("production", name)
        clients.client("cloudformation").create_stack(StackName=stack, TemplateBody=handle)
    assert "delivery" in stacks.usual("production")
    assert "account" not in stacks.usual("production")


# What a first deployment meets -------------------------------------------------------------------
def test_before_cloudfront_has_a_name_the_site_has_one_that_cognito_takes() -> None:
    """Callback addresses have to be https; a laptop's own address is no stage's."""
    assert stacks._site_url("staging", {}, {}) == "https://not-yet.invalid"
    assert stacks._site_url("local", {}, {}) == settings.SITE_URL
    known = {"SiteUrl": "https://d1.cloudfront.net"}
    assert stacks._site_url("staging", {}, known) == "https://d1.cloudfront.net"
    assert stacks._site_url("staging", {"DomainName": "a.example"}, known) == "https://a.example"


@pytest.mark.parametrize("allowed", [True, False])
@override_settings(AWS_ENDPOINT_URL="")
def test_letters_that_the_sandbox_keeps_back_are_told(fresh_account: None, allowed: bool) -> None:
    said: list[str] = []
    with Stubber(clients.client("sesv2")) as ses:
        ses.add_response("get_account", {"ProductionAccessEnabled": allowed})
        stacks._say_sandbox({"MailDomain": "art.example.org"}, said.append)
    assert [sentence for sentence in said if "production access" in sentence] == said
    assert len(said) == (0 if allowed else 1)


@pytest.mark.parametrize(
    ("status", "protected"), [("ROLLBACK_FAILED", True), ("ROLLBACK_COMPLETE", False)]
)
def test_a_protected_table_of_a_failed_creation_is_named_with_the_way_out(
    fresh_account: None, status: str, protected: bool
) -> None:
    stack = {"StackName": "s", "StackStatus": status, "CreationTime": datetime(2026, 11, 1)}
    table = {
        "LogicalResourceId": "Ledger",
        "PhysicalResourceId": "staging-ledger",
        "ResourceType": "AWS::DynamoDB::Table",
        "ResourceStatus": "DELETE_FAILED",
        "LastUpdatedTimestamp": datetime(2026, 11, 1),
    }
    with Stubber(clients.client("cloudformation", settings.AWS_REGION)) as cloud:
        cloud.add_response("describe_stacks", {"Stacks": [stack]})
        cloud.add_response("list_stack_resources", {"StackResourceSummaries": [table]})
        with pytest.raises(templates.CannotDeploy) as refused:
            cloudformation.check_state("staging", "data")
    command = "--table-name staging-ledger --no-deletion-protection-enabled"
    assert (command in str(refused.value)) is protected
    assert "delete-stack" in str(refused.value)
