"""One stack of a stage: deployed by a change set, unless that would lose data."""

import time
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from botocore.exceptions import ClientError, WaiterError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import Echo, infra
from aptmagic.deploy.errors import DeploymentError

# Resources that hold data, each with the properties whose change replaces it. A change set often
# says "Conditional" for other properties too, which are in fact updated in place.
STATEFUL_RESOURCES = {
    "AWS::DynamoDB::Table": {"TableName", "KeySchema", "LocalSecondaryIndexes"},
    "AWS::S3::Bucket": {"BucketName"},
    "AWS::Cognito::UserPool": {"UsernameAttributes", "AliasAttributes", "UsernameConfiguration"},
}
# Seconds. The embedded cloud needs less than one for a stack, CloudFront on AWS some minutes.
POLLING_DELAY, EMBEDDED_POLLING_DELAY = 5, 0.1
LONGEST_OPERATION = 2 * 60 * 60
STABLE_STATUSES = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
}
ABSENT_STATUSES = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}
DELETE_COMMAND = "aws cloudformation delete-stack --region {region} --stack-name {stack}"
RECOVERY_STEPS = {
    "UPDATE_ROLLBACK_FAILED": "an update could not be rolled back. Finish the rollback with "
    "`aws cloudformation continue-update-rollback --region {region} --stack-name {stack}` "
    "and deploy again",
    "DELETE_FAILED": "it could not be deleted. See why in its events, delete it with "
    f"`{DELETE_COMMAND}` and deploy again",
    **dict.fromkeys(
        ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"),
        "its creation failed and was rolled back. See why in its events, delete what is left with "
        f"`{DELETE_COMMAND}` and deploy again",
    ),
}
IN_PROGRESS_STEPS = "an operation is in progress. Wait until it has finished and deploy again"
DISABLE_DELETION_PROTECTION = {
    "AWS::DynamoDB::Table": "aws dynamodb update-table --region {region} --table-name {id} "
    "--no-deletion-protection-enabled",
    "AWS::Cognito::UserPool": "aws cognito-idp update-user-pool --region {region} "
    "--user-pool-id {id} --deletion-protection INACTIVE",
}


# State ------------------------------------------------------------------------------------------
def describe(stage: str, name: str) -> dict[str, Any] | None:
    """CloudFormation's description of the stack; None if there is none."""
    try:
        stacks = _client(name).describe_stacks(StackName=infra.stack_name(stage, name))["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stacks[0] if stacks else None


def outputs(stage: str, name: str) -> dict[str, str]:
    stack = describe(stage, name)
    return _key_values(stack, "Output") if stack else {}


def check_state(stage: str, name: str) -> dict[str, Any] | None:
    """The stack, if there is one. Raises DeploymentError if it cannot be updated now."""
    stack = describe(stage, name)
    status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
    if status in STABLE_STATUSES | ABSENT_STATUSES:
        return stack
    steps = RECOVERY_STEPS.get(status, IN_PROGRESS_STEPS)
    where = {
        "region": infra.region(name),
        "stack": infra.stack_name(stage, name),
    }
    first = "".join(f" First: `{command}`." for command in _unprotect_commands(stage, name, status))
    raise DeploymentError(f"{where['stack']} is {status}: {steps.format(**where)}.{first}")


def _unprotect_commands(stage: str, name: str, status: str) -> list[str]:
    """Commands that turn off deletion protection, which keeps the stack from being deleted.

    The resources of a failed creation are protected too, empty as they are.
    """
    if status not in ("ROLLBACK_FAILED", "DELETE_FAILED"):
        return []
    stack = infra.stack_name(stage, name)
    pages = _client(name).get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        DISABLE_DELETION_PROTECTION[each["ResourceType"]].format(
            region=infra.region(name), id=each["PhysicalResourceId"]
        )
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] in DISABLE_DELETION_PROTECTION
        and each["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _key_values(stack: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {item[f"{kind}Key"]: item[f"{kind}Value"] for item in stack.get(f"{kind}s", [])}


# Create and update ------------------------------------------------------------------------------
def deploy_stack(stage: str, name: str, values: Mapping[str, str], echo: Echo) -> None:
    """Create the stack, or update it if anything differs. Raises DeploymentError."""
    template = infra.read(name)
    stack = check_state(stage, name)
    if stack and _is_current(stage, name, stack, template, values):
        return
    new = stack is None or stack["StackStatus"] in ABSENT_STATUSES
    change_set = _create_change_set(stage, name, template, values, new=new)
    if change_set is None:
        return
    changes = change_set["Changes"]
    _reject_data_loss(stage, name, change_set, changes)
    echo(f"{infra.stack_name(stage, name)}: {_describe_changes(changes)}")
    _execute(stage, name, change_set, new=new)


def _is_current(
    stage: str, name: str, stack: Mapping[str, Any], template: str, values: Mapping[str, str]
) -> bool:
    defaults = {k: p.default for k, p in infra.parameters(name).items() if p.has_default}
    if stack["StackStatus"] not in STABLE_STATUSES:
        return False
    if _key_values(stack, "Parameter") != {**defaults, **values}:
        return False
    stack_name = infra.stack_name(stage, name)
    body = _client(name).get_template(StackName=stack_name, TemplateStage="Original")
    return bool(body["TemplateBody"] == template)


def _create_change_set(
    stage: str, name: str, template: str, values: Mapping[str, str], *, new: bool
) -> dict[str, Any] | None:
    """A change set that can be executed, with its changes; None if there is nothing to change."""
    made = _client(name).create_change_set(
        StackName=infra.stack_name(stage, name),
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateBody=template,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        # budget.yaml filters by this tag, once it is activated as a cost allocation tag.
        Tags=[{"Key": "aptmagic:stage", "Value": name if name == infra.ACCOUNT else stage}],
    )
    return _await_change_set(stage, name, made["Id"])


def _await_change_set(stage: str, name: str, change_set: str) -> dict[str, Any] | None:
    cloud = _client(name)
    try:
        _wait(name, "change_set_create_complete", ChangeSetName=change_set)
    except WaiterError as error:
        if error.last_response.get("Status") != "FAILED":
            raise
        cloud.delete_change_set(ChangeSetName=change_set)
        reason = error.last_response.get("StatusReason", "")
        if "didn't contain changes" in reason or "No updates" in reason:
            return None
        raise DeploymentError(f"{infra.stack_name(stage, name)}: {reason}") from error
    pages = [*cloud.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)]
    return {**pages[0], "Changes": [change for page in pages for change in page["Changes"]]}


def _reject_data_loss(
    stage: str, name: str, change_set: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> None:
    lost = [r for c in changes if _destroys_data(r := c["ResourceChange"])]
    if lost:
        _client(name).delete_change_set(ChangeSetName=change_set["ChangeSetId"])
        names = ", ".join(f"{r['LogicalResourceId']} ({r['ResourceType']})" for r in lost)
        raise DeploymentError(
            f"{infra.stack_name(stage, name)}: this would replace or delete {names} and the data "
            "in it. Nothing was changed. Add the new resource beside the old one, and move the "
            "data first."
        )


def _destroys_data(change: Mapping[str, Any]) -> bool:
    replacing = STATEFUL_RESOURCES.get(change["ResourceType"])
    if replacing is None:
        return False
    if change["Action"] == "Remove" or change.get("Replacement") == "True":
        return True
    changed = {detail["Target"].get("Name") for detail in change.get("Details", [])}
    return change.get("Replacement") == "Conditional" and bool(changed & replacing)


def _describe_changes(changes: Sequence[Mapping[str, Any]]) -> str:
    by_action: dict[str, list[str]] = {}
    for change in changes:
        resource = change["ResourceChange"]
        by_action.setdefault(resource["Action"], []).append(resource["LogicalResourceId"])
    return "; ".join(f"{action} {', '.join(ids)}" for action, ids in by_action.items()) or "tags"


def _execute(stage: str, name: str, change_set: Mapping[str, Any], *, new: bool) -> None:
    # If the creation fails, delete what it made, even if the template retains it: it is empty.
    _client(name).execute_change_set(
        ChangeSetName=change_set["ChangeSetId"], RetainExceptOnCreate=True
    )
    _wait_for_stack(stage, name, "stack_create_complete" if new else "stack_update_complete")


# Delete -----------------------------------------------------------------------------------------
def delete_stack(stage: str, name: str) -> bool:
    """Delete the stack and wait; False if there is none. Retained resources remain."""
    if describe(stage, name) is None:
        return False
    _client(name).delete_stack(StackName=infra.stack_name(stage, name))
    _wait_for_stack(stage, name, "stack_delete_complete")
    return True


# Shared -----------------------------------------------------------------------------------------
def _client(name: str) -> Any:
    return clients.client("cloudformation", infra.region(name))


def _wait_for_stack(stage: str, name: str, waiter: str) -> None:
    """Raises DeploymentError when CloudFormation gives up."""
    stack = infra.stack_name(stage, name)
    try:
        _wait(name, waiter, StackName=stack)
    except WaiterError as error:
        if "Stacks" not in error.last_response:
            raise  # not an outcome, but an error of the call
        status = error.last_response["Stacks"][0]["StackStatus"]
        raise DeploymentError(f"{stack}: {_failure_reason(stage, name) or status}") from error


def _wait(name: str, waiter: str, **arguments: str) -> None:
    """Raises WaiterError."""
    delay = EMBEDDED_POLLING_DELAY if settings.AWS_ENDPOINT_URL else POLLING_DELAY
    config = {"Delay": delay, "MaxAttempts": int(LONGEST_OPERATION / delay)}
    _client(name).get_waiter(waiter).wait(**arguments, WaiterConfig=config)


def _failure_reason(stage: str, name: str) -> str:
    """The first failure since the operation began; later ones are its consequences."""
    stack = infra.stack_name(stage, name)
    events = _client(name).describe_stack_events(StackName=stack)["StackEvents"]  # newest first
    latest = takewhile(lambda event: event.get("ResourceStatusReason") != "User Initiated", events)
    failed = [event for event in latest if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return ""
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
