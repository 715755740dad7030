"""A deployment refuses to lose data, and checks what it needs before it changes anything."""

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
from aptmagic.deploy import cloudformation, errors, infra, stacks
from aptmagic.local import attach


@pytest.mark.parametrize(
    ("change", "destroys"),
    [
        ({"Action": "Modify", "Replacement": "True"}, True),
        ({"Action": "Remove"}, True),
        ({"Action": "Modify", "Replacement": "False"}, False),
        ({"Action": "Add"}, False),
    ],
)
@pytest.mark.parametrize("kind", sorted(cloudformation.STATEFUL_RESOURCES))
def test_replacing_or_deleting_a_stateful_resource_destroys_data(
    kind: str, change: dict[str, str], destroys: bool
) -> None:
    assert cloudformation._destroys_data({"ResourceType": kind, **change}) is destroys
    assert not cloudformation._destroys_data({"ResourceType": "AWS::SQS::Queue", **change})


@pytest.mark.parametrize(
    ("kind", "touched", "destroys"),
    [
        ("AWS::S3::Bucket", "CorsConfiguration", False),
        ("AWS::S3::Bucket", "BucketName", True),
        ("AWS::DynamoDB::Table", "AttributeDefinitions", False),
        ("AWS::DynamoDB::Table", "KeySchema", True),
    ],
)
def test_a_conditional_replacement_destroys_data_if_an_identifying_property_changes(
    kind: str, touched: str, destroys: bool
) -> None:
    details = [{"Target": {"Attribute": "Properties", "Name": touched}}]
    change = {"Action": "Modify", "Replacement": "Conditional", "Details": details}
    assert cloudformation._destroys_data({"ResourceType": kind, **change}) is destroys


def test_missing_credentials_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in attach.OWN_CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
    clients.reset_clients()
    with pytest.raises(errors.DeploymentError, match="No AWS credentials found"):
        stacks.deploy("trial")
    clients.reset_clients()


def test_a_missing_profile_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    clients.reset_clients()
    with pytest.raises(errors.DeploymentError, match=r"profile \(nobody\) could not be found"):
        stacks.deploy("trial")
    clients.reset_clients()


@override_settings(AWS_ENDPOINT_URL="127.0.0.1:4566")
def test_an_endpoint_has_to_be_a_url() -> None:
    with pytest.raises(
        errors.DeploymentError, match=r"it has to be a URL, like http://127\.0\.0\.1:4566\."
    ):
        stacks.deploy("trial")


def test_another_stage_is_not_deployed_to_the_embedded_cloud_by_accident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(attach.ATTACHED, "http://127.0.0.1:4566")
    with pytest.raises(CommandError, match=r"AWS_ENDPOINT_URL=http://127\.0\.0\.1:4566\."):
        call_command("stack", "deploy", "--stage", "prod")


def test_the_local_stage_is_not_deployed_to_aws() -> None:
    with pytest.raises(errors.DeploymentError, match="exists in the embedded cloud only"):
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
    assert stacks._variable_name(output) == variable


# The account ------------------------------------------------------------------------------------
@pytest.fixture
def fresh_account() -> Iterator[None]:
    clients.reset_clients()
    with mock_aws():
        yield
    clients.reset_clients()


@pytest.mark.usefixtures("fresh_account")
@override_settings(AWS_ENDPOINT_URL="")
def test_an_existing_detector_stops_the_account_stack() -> None:
    clients.client("guardduty").create_detector(Enable=True)
    with pytest.raises(errors.DeploymentError, match=r'Set GuardDuty = "off" under \[account\]'):
        stacks.deploy("production", only=["account"])
    assert cloudformation.describe("production", "account") is None


@pytest.mark.usefixtures("fresh_account")
@override_settings(AWS_ENDPOINT_URL="")
def test_an_existing_trail_stops_the_account_stack_and_states_the_price() -> None:
    clients.client("s3").create_bucket(Bucket="theirs")
    clients.client("cloudtrail").create_trail(Name="theirs", S3BucketName="theirs")
    with pytest.raises(errors.DeploymentError, match=r"has the trail theirs.*\$2 per 100,000"):
        stacks.deploy("production", only=["account"], given={"GuardDuty": "off"})


@pytest.mark.usefixtures("fresh_account")
def test_the_account_stack_is_never_deployed_by_default() -> None:
    handle = '{"Resources": {"X": {"Type": "AWS::SNS::Topic"}}}'
    for name in ("account", "delivery"):
        stack = infra.stack_name("production", name)
        clients.client("cloudformation").create_stack(StackName=stack, TemplateBody=handle)
    assert "delivery" in stacks.default_templates("production")
    assert "account" not in stacks.default_templates("production")


# A first deployment ------------------------------------------------------------------------------
def test_the_site_has_a_placeholder_url_until_cloudfront_has_a_name() -> None:
    """Cognito requires https callback URLs; a laptop's URL would be wrong for a stage."""
    assert stacks._known_site_url("staging", {}, {}) == "https://not-yet.invalid"
    assert stacks._known_site_url("local", {}, {}) == settings.SITE_URL
    known = {"SiteUrl": "https://d1.cloudfront.net"}
    assert stacks._known_site_url("staging", {}, known) == "https://d1.cloudfront.net"
    assert (
        stacks._known_site_url("staging", {"DomainName": "a.example"}, known) == "https://a.example"
    )


@pytest.mark.parametrize("allowed", [True, False])
@override_settings(AWS_ENDPOINT_URL="")
def test_the_ses_sandbox_is_reported(fresh_account: None, allowed: bool) -> None:
    printed: list[str] = []
    with Stubber(clients.client("sesv2")) as ses:
        ses.add_response("get_account", {"ProductionAccessEnabled": allowed})
        stacks._warn_about_ses_sandbox({"MailDomain": "art.example.org"}, printed.append)
    assert [sentence for sentence in printed if "production access" in sentence] == printed
    assert len(printed) == (0 if allowed else 1)


@pytest.mark.parametrize(
    ("status", "protected"), [("ROLLBACK_FAILED", True), ("ROLLBACK_COMPLETE", False)]
)
def test_a_protected_table_of_a_failed_creation_comes_with_the_command_to_unprotect_it(
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
        with pytest.raises(errors.DeploymentError) as refused:
            cloudformation.check_state("staging", "data")
    command = "--table-name staging-ledger --no-deletion-protection-enabled"
    assert (command in str(refused.value)) is protected
    assert "delete-stack" in str(refused.value)
