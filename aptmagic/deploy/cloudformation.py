"""One stack in CloudFormation: brought up by a change set, and by none that loses people's data."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from aptmagic.aws import clients
from aptmagic.deploy import templates
from aptmagic.deploy.templates import CannotDeploy

# Losing one of these loses what people made, or who they are. Each with what it is known by: a
# change set often says "Conditional" for other properties, which are changed in place.
PRECIOUS = {
    "AWS::DynamoDB::Table": {"TableName", "KeySchema", "LocalSecondaryIndexes"},
    "AWS::S3::Bucket": {"BucketName"},
    "AWS::Cognito::UserPool": {"UsernameAttributes", "AliasAttributes", "UsernameConfiguration"},
}
GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
UNBORN = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}
DELETE = "aws cloudformation delete-stack --region {region} --stack-name {stack}"
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "an update could not be taken back; end that with "
    "`aws cloudformation continue-update-rollback --region {region} --stack-name {stack}` "
    "and deploy again",
    "DELETE_FAILED": f"it could not be deleted; see why in its events, try `{DELETE}` once more, "
    "and deploy again",
    **dict.fromkeys(
        ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"),
        "its creation failed and was taken back; see why in its events, delete what is left with "
        f"`{DELETE}`, and deploy again",
    ),
}
UNPROTECT = {
    "AWS::DynamoDB::Table": "aws dynamodb update-table --region {region} --table-name {id} "
    "--no-deletion-protection-enabled",
    "AWS::Cognito::UserPool": "aws cognito-idp update-user-pool --region {region} "
    "--user-pool-id {id} --deletion-protection INACTIVE",
}

Say = Callable[[str], object]


# What is there ----------------------------------------------------------------------------------
def describe(stage: str, name: str) -> dict[str, Any] | None:
    try:
        stacks = _cloud(name).describe_stacks(StackName=templates.stack_name(stage, name))["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stacks[0] if stacks else None


def outputs(stage: str, name: str) -> dict[str, str]:
    stack = describe(stage, name)
    return _values(stack, "Output") if stack else {}


def check_state(stage: str, name: str) -> dict[str, Any] | None:
    """The stack, if there is one; what it takes first where it cannot be changed now."""
    stack = describe(stage, name)
    status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
    if status in GOOD | UNBORN:
        return stack
    way_out = STUCK.get(status, "somebody is changing it; wait until that is done and deploy again")
    where = {"region": templates.region(name), "stack": templates.stack_name(stage, name)}
    first = "".join(f" First: `{command}`." for command in _let_go(stage, name, status))
    raise CannotDeploy(f"{where['stack']} is {status}: {way_out.format(**where)}.{first}")


def _let_go(stage: str, name: str, status: str) -> list[str]:
    """Commands without which a stack whose creation failed cannot be deleted.

    What is protected against deletion is so from its first moment, empty as it is.
    """
    if status not in ("ROLLBACK_FAILED", "DELETE_FAILED"):
        return []
    stack = templates.stack_name(stage, name)
    pages = _cloud(name).get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        UNPROTECT[each["ResourceType"]].format(
            region=templates.region(name), id=each["PhysicalResourceId"]
        )
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] in UNPROTECT and each["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _values(stack: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {item[f"{kind}Key"]: item[f"{kind}Value"] for item in stack.get(f"{kind}s", [])}


# Up ---------------------------------------------------------------------------------------------
def deploy_stack(stage: str, name: str, values: Mapping[str, str], say: Say) -> None:
    """Make the stack, or change what differs; nothing at all where nothing does."""
    template = templates.text(name)
    stack = check_state(stage, name)
    if stack and _is_current(stage, name, stack, template, values):
        return
    new = stack is None or stack["StackStatus"] in UNBORN
    change_set = _change_set(stage, name, template, values, new=new)
    if change_set is None:
        return
    changes = change_set["Changes"]
    _refuse_losses(stage, name, change_set, changes)
    say(f"{templates.stack_name(stage, name)}: {_told(changes)}")
    _execute(stage, name, change_set)


def _is_current(
    stage: str, name: str, stack: Mapping[str, Any], template: str, values: Mapping[str, str]
) -> bool:
    defaults = {k: p.default for k, p in templates.parameters(name).items() if p.has_default}
    if stack["StackStatus"] not in GOOD or _values(stack, "Parameter") != {**defaults, **values}:
        return False
    cloud = _cloud(name)
    body = cloud.get_template(StackName=templates.stack_name(stage, name), TemplateStage="Original")
    return bool(body["TemplateBody"] == template)


def _change_set(
    stage: str, name: str, template: str, values: Mapping[str, str], *, new: bool
) -> dict[str, Any] | None:
    """A change set that is ready, with all its changes; None when there is nothing to change."""
    cloud = _cloud(name)
    made = cloud.create_change_set(
        StackName=templates.stack_name(stage, name),
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateBody=template,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        # The budget counts by it, once it is switched on as a cost allocation tag.
        Tags=[
            {
                "Key": "aptmagic:stage",
                "Value": templates.ACCOUNT if name == templates.ACCOUNT else stage,
            }
        ],
    )
    name_of_it = {"ChangeSetName": made["Id"]}
    for found in _watch(lambda: cloud.describe_change_set(**name_of_it)):
        if found["Status"] == "CREATE_COMPLETE":
            pages = cloud.get_paginator("describe_change_set").paginate(**name_of_it)
            return {**found, "Changes": [change for page in pages for change in page["Changes"]]}
        if found["Status"] == "FAILED":
            cloud.delete_change_set(**name_of_it)
            reason = found.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                return None
            raise CannotDeploy(f"{templates.stack_name(stage, name)}: {reason}")
    raise AssertionError("watching never ends by itself")


def _refuse_losses(
    stage: str, name: str, change_set: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> None:
    lost = [r for c in changes if _loses(r := c["ResourceChange"])]
    if lost:
        _cloud(name).delete_change_set(ChangeSetName=change_set["ChangeSetId"])
        names = ", ".join(f"{r['LogicalResourceId']} ({r['ResourceType']})" for r in lost)
        raise CannotDeploy(
            f"{templates.stack_name(stage, name)}: this would replace or remove {names} and "
            "what is in it, so nothing was changed. Add the new one beside it and move the data "
            "first."
        )


def _loses(change: Mapping[str, Any]) -> bool:
    known_by = PRECIOUS.get(change["ResourceType"])
    if known_by is None:
        return False
    if change["Action"] == "Remove" or change.get("Replacement") == "True":
        return True
    touched = {detail["Target"].get("Name") for detail in change.get("Details", [])}
    return change.get("Replacement") == "Conditional" and bool(touched & known_by)


def _told(changes: Sequence[Mapping[str, Any]]) -> str:
    by_action: dict[str, list[str]] = {}
    for change in changes:
        resource = change["ResourceChange"]
        by_action.setdefault(resource["Action"], []).append(resource["LogicalResourceId"])
    return "; ".join(f"{action} {', '.join(ids)}" for action, ids in by_action.items()) or "tags"


def _execute(stage: str, name: str, change_set: Mapping[str, Any]) -> None:
    # What a failed creation has made is empty: it goes again, though it be marked to be kept.
    _cloud(name).execute_change_set(
        ChangeSetName=change_set["ChangeSetId"], RetainExceptOnCreate=True
    )
    for stack in _watch(lambda: describe(stage, name)):
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            raise CannotDeploy(
                f"{templates.stack_name(stage, name)}: {_why(stage, name) or status}"
            )


# Away -------------------------------------------------------------------------------------------
def delete_stack(stage: str, name: str) -> bool:
    """Delete the stack if it is there, and wait; its tables and buckets stay by their policy."""
    if describe(stage, name) is None:
        return False
    _cloud(name).delete_stack(StackName=templates.stack_name(stage, name))
    for stack in _watch(lambda: describe(stage, name)):
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            return True
        if status != "DELETE_IN_PROGRESS":
            raise CannotDeploy(
                f"{templates.stack_name(stage, name)}: {_why(stage, name) or status}"
            )
    raise AssertionError("watching never ends by itself")


# Small things -----------------------------------------------------------------------------------
def _cloud(name: str) -> Any:
    return clients.client("cloudformation", templates.region(name))


def _why(stage: str, name: str) -> str:
    stack = templates.stack_name(stage, name)
    events = _cloud(name).describe_stack_events(StackName=stack)["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return ""
    first = failed[-1]  # the newest comes first
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def _watch(look: Callable[[], Any]) -> Iterator[Any]:
    """Look again and again, soon at first and then with patience."""
    pause = 0.02
    while True:
        yield look()
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
