"""Removes what would block the deletion of a stage, and lists what remains and what it costs."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import Echo, cloudformation, infra
from aptmagic.deploy.errors import DeploymentError


def release_protections(stage: str, outputs: Mapping[str, str], echo: Echo) -> None:
    """Detach or cancel what keeps CloudFormation from deleting the stage's resources.

    Raises DeploymentError, before anything is deleted, while a CloudFront plan has not ended.
    """
    _cancel_cloudfront_plan(stage, outputs.get("DistributionId", ""))
    _detach_budget_policy(stage, outputs.get("NoMorePicturesPolicyArn", ""), echo)


def _cancel_cloudfront_plan(stage: str, distribution: str) -> None:
    """A distribution cannot be deleted while a flat-rate plan covers it.

    A cancelled plan lasts until the end of the month that is paid for.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html
    """
    if settings.AWS_ENDPOINT_URL or not distribution:
        return  # the embedded cloud has no plans
    if not (plan := _subscription(distribution)):
        return
    if not plan.get("scheduledChange"):
        _pricing_plans().cancel_subscription(arn=plan["arn"], ifMatch=plan["eTag"])
        plan = _subscription(distribution)
    if plan:
        raise DeploymentError(
            f"CloudFront's {plan['planTier']} plan covers the distribution of {stage}, which "
            f"cannot be deleted before the plan ends. The plan was cancelled and ends "
            f"{_end_of_plan(plan)}. Nothing else was changed. Undeploy {stage} again after that."
        )


def _pricing_plans() -> Any:
    return clients.client("pricing-plan-manager", infra.EDGE_REGION)


def _subscription(distribution: str) -> dict[str, Any] | None:
    pages = _pricing_plans().get_paginator("list_subscriptions").paginate()
    for plan in (each for page in pages for each in page["subscriptionSummaries"]):
        if any(arn.endswith(f":distribution/{distribution}") for arn in plan["resourceArns"]):
            return dict(plan)
    return None


def _end_of_plan(plan: Mapping[str, Any]) -> str:
    day = plan.get("scheduledChange", {}).get("effectiveDate")
    return f"on {day:%d %B %Y}" if day else "at the end of the month that is paid for"


def _detach_budget_policy(stage: str, policy: str, echo: Echo) -> None:
    """Neither a role nor a policy can be deleted while the budget's action has attached it."""
    if not policy:
        return
    iam, role = clients.client("iam"), f"{stage}-worker"
    try:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":  # it was not attached
            raise
    else:
        echo(f"{role}: detached the policy with which the budget stops generation")


# What remains -----------------------------------------------------------------------------------
def retained_resources(stage: str, outputs: Mapping[str, str], *, data_too: bool) -> Iterator[str]:
    """Sentences on what remains, what it costs a month, and how to delete it."""
    if not data_too:
        yield (
            f"The tables, buckets, user pool and secrets of {stage} remain. They are billed by "
            "what they store; the two secrets and their key cost $1.80 a month. To delete their "
            f"stacks: make undeploy STAGE={stage} DATA_TOO={stage}"
        )
    else:
        yield (
            f"The tables, buckets and user pool of {stage} remain without a stack. They are billed "
            "by what they store. Delete them by hand when you no longer need them."
        )
        if key := outputs.get("KeyArn"):
            yield _secret_costs(stage, key)
    if cloudformation.describe(stage, infra.ACCOUNT):
        yield _account_costs(stage)


def _secret_costs(stage: str, key: str) -> str:
    where = settings.AWS_REGION
    return (
        f"The secrets {stage}/site and {stage}/origin and their key cost $1.80 a month. To delete "
        "them: "
        f"aws secretsmanager delete-secret --region {where} --secret-id {stage}/site; "
        f"aws secretsmanager delete-secret --region {where} --secret-id {stage}/origin; "
        f"aws kms schedule-key-deletion --region {where} --key-id {key}"
    )


def _account_costs(stage: str) -> str:
    where, stack = (
        infra.region(infra.ACCOUNT),
        infra.stack_name(stage, infra.ACCOUNT),
    )
    return (
        f"{stack} is shared by all stages of this account and remains, at about $1 a month for "
        "GuardDuty. To delete it: "
        f"aws cloudformation delete-stack --region {where} --stack-name {stack}"
    )
