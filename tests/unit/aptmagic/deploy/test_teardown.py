"""Removing a stage: what blocks its deletion is detached, and what remains is listed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber
from django.test import override_settings
from moto import mock_aws

from aptmagic.aws import clients
from aptmagic.deploy import infra, teardown
from aptmagic.deploy.errors import DeploymentError

DISTRIBUTION = "E2EXAMPLE"
PLAN = {
    "arn": "arn:aws:pricing-plan-manager:us-east-1:123456789012:subscription/one",
    "planFamily": "CloudFront",
    "planTier": "FREE",
    "status": "ACTIVE",
    "resourceArns": [f"arn:aws:cloudfront::123456789012:distribution/{DISTRIBUTION}"],
    "createdAt": datetime(2026, 11, 1, tzinfo=UTC),
    "updatedAt": datetime(2026, 11, 1, tzinfo=UTC),
    "eTag": "as-it-was",
}
CANCELLED = {
    "subscription": {key: value for key, value in PLAN.items() if key != "eTag"},
    "eTag": "later",
}
ENDS = {"changeType": "CANCEL", "effectiveDate": datetime(2026, 12, 1, tzinfo=UTC)}
OTHER = {**PLAN, "resourceArns": ["arn:aws:cloudfront::123456789012:distribution/E9OTHER"]}


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    clients.reset_clients()
    with mock_aws(), override_settings(AWS_ENDPOINT_URL=""):
        yield
    clients.reset_clients()


@pytest.fixture
def plans() -> Iterator[Stubber]:
    with Stubber(clients.client("pricing-plan-manager", infra.EDGE_REGION)) as stub:
        yield stub
        stub.assert_no_pending_responses()


def listed(*plans: dict[str, Any]) -> dict[str, Any]:
    return {"subscriptionSummaries": list(plans)}


def release(**outputs: str) -> list[str]:
    printed: list[str] = []
    teardown.release_protections("trial", outputs, printed.append)
    return printed


# CloudFront's plan --------------------------------------------------------------------------------
def test_a_plan_is_cancelled_and_its_end_is_reported(plans: Stubber) -> None:
    plans.add_response("list_subscriptions", listed(OTHER, PLAN))
    plans.add_response(
        "cancel_subscription",
        CANCELLED,
        {"arn": PLAN["arn"], "ifMatch": "as-it-was"},
    )
    plans.add_response("list_subscriptions", listed(OTHER, {**PLAN, "scheduledChange": ENDS}))
    with pytest.raises(
        DeploymentError, match=r"FREE plan .* ends on 01 December 2026\. Nothing else"
    ):
        release(DistributionId=DISTRIBUTION)


def test_a_cancelled_plan_is_not_cancelled_twice(plans: Stubber) -> None:
    plans.add_response("list_subscriptions", listed({**PLAN, "scheduledChange": ENDS}))
    with pytest.raises(DeploymentError, match="ends on 01 December 2026"):
        release(DistributionId=DISTRIBUTION)


def test_a_plan_that_ends_at_once_does_not_block(plans: Stubber) -> None:
    plans.add_response("list_subscriptions", listed(PLAN))
    plans.add_response("cancel_subscription", CANCELLED)
    plans.add_response("list_subscriptions", listed())
    assert release(DistributionId=DISTRIBUTION) == []


def test_a_service_failure_is_raised(plans: Stubber) -> None:
    plans.add_client_error("list_subscriptions", "ThrottlingException", http_status_code=429)
    with pytest.raises(Exception, match="ThrottlingException"):
        release(DistributionId=DISTRIBUTION)


# The budget's policy ------------------------------------------------------------------------------
def test_the_policy_that_the_budget_attached_is_detached() -> None:
    iam = clients.client("iam")
    nobody = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="trial-worker", AssumeRolePolicyDocument=nobody)
    denied = {"Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "*"}
    policy = iam.create_policy(
        PolicyName="trial-no-more-pictures",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )["Policy"]["Arn"]
    assert release(NoMorePicturesPolicyArn=policy) == []
    iam.attach_role_policy(RoleName="trial-worker", PolicyArn=policy)
    assert release(NoMorePicturesPolicyArn=policy) == [
        "trial-worker: detached the policy with which the budget stops generation"
    ]
    assert iam.list_attached_role_policies(RoleName="trial-worker")["AttachedPolicies"] == []


def test_a_stage_without_edge_and_budget_has_nothing_to_detach() -> None:
    assert release() == []


# What remains -------------------------------------------------------------------------------------
def remains(*, data_too: bool, **outputs: str) -> str:
    return "\n".join(teardown.retained_resources("trial", outputs, data_too=data_too))


def test_retained_resources_are_listed_with_their_price() -> None:
    printed = remains(data_too=False)
    assert "The tables, buckets, user pool and secrets of trial remain" in printed
    assert "$1.80 a month" in printed and "DATA_TOO=trial" in printed
    assert "aptmagic-account" not in printed


def test_secrets_come_with_the_commands_that_delete_them() -> None:
    printed = remains(data_too=True, KeyArn="arn:aws:kms:us-east-1:123456789012:key/k")
    for command in (
        "delete-secret --region us-east-1 --secret-id trial/site",
        "delete-secret --region us-east-1 --secret-id trial/origin",
        "schedule-key-deletion --region us-east-1 --key-id arn:aws:kms:",
    ):
        assert command in printed


def test_the_account_stack_comes_with_the_command_that_deletes_it() -> None:
    topic = '{"Resources": {"X": {"Type": "AWS::SNS::Topic"}}}'
    clients.client("cloudformation").create_stack(StackName="aptmagic-account", TemplateBody=topic)
    assert "--region us-east-1 --stack-name aptmagic-account" in remains(data_too=False)
