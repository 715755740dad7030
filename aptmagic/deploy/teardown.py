"""What would keep a stage from being taken away, and what goes on costing once it is gone."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import cloudformation, templates
from aptmagic.deploy.cloudformation import Say
from aptmagic.deploy.templates import CannotDeploy


def release_protections(stage: str, outputs: Mapping[str, str], say: Say) -> None:
    """Let go of what CloudFormation cannot delete while it is held.

    Raises CannotDeploy, before anything of the stage is gone, while CloudFront's plan lasts.
    """
    _end_plan(stage, outputs.get("DistributionId", ""))
    _let_draw(stage, outputs.get("NoMorePicturesPolicyArn", ""), say)


def _end_plan(stage: str, distribution: str) -> None:
    """CloudFront deletes no distribution while a flat-rate plan covers it.

    A plan that is cancelled lasts to the end of the month that is paid for.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html
    """
    if settings.AWS_ENDPOINT_URL or not distribution:
        return  # the embedded cloud knows no plans
    if not (plan := _plan(distribution)):
        return
    if not plan.get("scheduledChange"):
        _plans().cancel_subscription(arn=plan["arn"], ifMatch=plan["eTag"])
        plan = _plan(distribution)
    if plan:
        raise CannotDeploy(
            f"CloudFront's {plan['planTier']} plan covers the distribution of {stage}, which "
            f"cannot be deleted until it ends. The plan is cancelled and ends {_when(plan)}. "
            f"Nothing else was changed: undeploy {stage} again after that."
        )


def _plans() -> Any:
    return clients.client("pricing-plan-manager", templates.EDGE_REGION)


def _plan(distribution: str) -> dict[str, Any] | None:
    pages = _plans().get_paginator("list_subscriptions").paginate()
    for plan in (each for page in pages for each in page["subscriptionSummaries"]):
        if any(arn.endswith(f":distribution/{distribution}") for arn in plan["resourceArns"]):
            return dict(plan)
    return None


def _when(plan: Mapping[str, Any]) -> str:
    day = plan.get("scheduledChange", {}).get("effectiveDate")
    return f"on {day:%d %B %Y}" if day else "with the month that is paid for"


def _let_draw(stage: str, policy: str, say: Say) -> None:
    """A policy that the budget has attached keeps its role and itself from being deleted."""
    if not policy:
        return
    iam, role = clients.client("iam"), f"{stage}-worker"
    try:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":  # it was not attached
            raise
    else:
        say(f"{role}: what the budget had forbidden is allowed again")


# What stays -------------------------------------------------------------------------------------
def retained_resources(stage: str, outputs: Mapping[str, str], *, data_too: bool) -> Iterator[str]:
    """What is still there, what it costs in a month, and how it goes."""
    if not data_too:
        yield (
            f"Tables, buckets, people and secrets of {stage} are as they were. They cost what they "
            "hold, and the two secrets and their key $1.80 a month: "
            f"make undeploy STAGE={stage} DATA_TOO={stage} says how to remove them."
        )
    else:
        yield (
            f"The tables, buckets and user pool of {stage} are still there, in no stack any more, "
            "and cost what they hold: delete them by hand, or keep them."
        )
        if key := outputs.get("KeyArn"):
            yield _secrets(stage, key)
    if cloudformation.describe(stage, templates.ACCOUNT):
        yield _account(stage)


def _secrets(stage: str, key: str) -> str:
    where = settings.AWS_REGION
    return (
        f"The secrets {stage}/site and {stage}/origin and their key cost $1.80 a month until: "
        f"aws secretsmanager delete-secret --region {where} --secret-id {stage}/site; "
        f"aws secretsmanager delete-secret --region {where} --secret-id {stage}/origin; "
        f"aws kms schedule-key-deletion --region {where} --key-id {key}"
    )


def _account(stage: str) -> str:
    where, stack = (
        templates.region(templates.ACCOUNT),
        templates.stack_name(stage, templates.ACCOUNT),
    )
    return (
        f"{stack} serves every stage of this account and stays, at about $1 a month for GuardDuty: "
        f"aws cloudformation delete-stack --region {where} --stack-name {stack} removes it."
    )
