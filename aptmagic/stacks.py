"""Deploys `infra/`: by change sets, in order, and never replacing what holds people's data."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

from aptmagic import aws

FOLDER = Path(__file__).resolve().parent.parent / "infra"
ORDER = ("data", "identity", "moderation", "worker", "workflow")

# Losing one of these loses what people made, or who they are. Each with what it is known by: a
# change set often says "Conditional" for other properties, which are changed in place.
PRECIOUS = {
    "AWS::DynamoDB::Table": {"TableName", "KeySchema", "LocalSecondaryIndexes"},
    "AWS::S3::Bucket": {"BucketName"},
    "AWS::Cognito::UserPool": {"UsernameAttributes", "AliasAttributes", "UsernameConfiguration"},
}
STAGE = re.compile(r"[a-z][a-z0-9-]{2,19}")
GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
UNBORN = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}

Say = Callable[[str], object]


class CannotDeploy(Exception):
    """Why nothing (more) was changed, in a sentence."""


def deploy(
    stage: str,
    *,
    only: Sequence[str] = ORDER,
    before: Mapping[str, Callable[[Mapping[str, str]], object]] | None = None,
    say: Say = print,
) -> dict[str, str]:
    """Bring the stacks up to the templates and give all outputs.

    `before` names things to do with the outputs so far before a template's turn: the workflow's
    queue mappings need a function that somebody else brings.
    """
    _check(stage, only)
    outputs: dict[str, str] = {}
    for name in ORDER:
        if name in only:
            if before and name in before:
                before[name](outputs)
            _bring_up(stage, name, outputs, say)
        outputs |= _outputs(_describe(stage, name))
    return outputs


def environment(stage: str, outputs: Mapping[str, str] | None = None) -> dict[str, str]:
    """The stage's outputs as the environment variables that settings read."""
    found = outputs if outputs is not None else all_outputs(stage)
    variables = {_variable(key): _reachable(value) for key, value in found.items()}
    variables["STAGE"] = stage
    variables["MEDIA_URL"] = _media_url(variables.get("PUBLIC_BUCKET", ""))
    if {"COGNITO_POOL_ID", "COGNITO_CLIENT_ID"} <= variables.keys():
        variables["COGNITO_CLIENT_SECRET"] = _client_secret(variables)
    return variables


def all_outputs(stage: str) -> dict[str, str]:
    _check(stage, ORDER)
    return {key: value for name in ORDER for key, value in _outputs(_describe(stage, name)).items()}


def stack_name(stage: str, template: str) -> str:
    return f"{stage}-aptmagic-{template}"


# Before anything changes ------------------------------------------------------------------------
def _check(stage: str, only: Sequence[str]) -> None:
    if not STAGE.fullmatch(stage):
        raise CannotDeploy(
            f"'{stage}' is no stage: use 3 to 20 lower-case letters, digits and hyphens."
        )
    if unknown := [name for name in only if name not in ORDER]:
        raise CannotDeploy(f"There is no template '{unknown[0]}'; there are {', '.join(ORDER)}.")
    if stage == "local" and not settings.AWS_ENDPOINT_URL:
        raise CannotDeploy("The stage 'local' lives in the embedded cloud: start it with make run.")
    try:
        aws.client("sts").get_caller_identity()
    except NoCredentialsError as error:
        raise CannotDeploy(
            "There are no AWS credentials here: sign in with the AWS CLI, or set AWS_PROFILE."
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(f"AWS does not let us in: {error}") from error


# One stack --------------------------------------------------------------------------------------
def _bring_up(stage: str, name: str, outputs: Mapping[str, str], say: Say) -> None:
    template = (FOLDER / f"{name}.yaml").read_text()
    parameters = _parameters(stage, name, template, outputs)
    stack = _describe(stage, name)
    if stack and _is_current(stage, name, stack, template, parameters):
        return
    status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
    if status not in GOOD | UNBORN:
        raise CannotDeploy(
            f"{stack_name(stage, name)} is {status}: wait until it is done, or delete it if its "
            "creation failed, and deploy again."
        )
    change_set = _change_set(stage, name, template, parameters, new=status in UNBORN)
    if change_set is None:
        return
    changes = change_set["Changes"]
    _refuse_losses(stage, name, change_set, changes)
    say(f"{stack_name(stage, name)}: {_told(changes)}")
    _execute(stage, name, change_set)


def _is_current(
    stage: str, name: str, stack: Mapping[str, Any], template: str, parameters: Mapping[str, str]
) -> bool:
    if stack["StackStatus"] not in GOOD or _values(stack, "Parameter") != parameters:
        return False
    cloud = _cloud(name)
    body = cloud.get_template(StackName=stack_name(stage, name), TemplateStage="Original")
    return bool(body["TemplateBody"] == template)


def _change_set(
    stage: str, name: str, template: str, parameters: Mapping[str, str], *, new: bool
) -> dict[str, Any] | None:
    """A change set that is ready, with all its changes; None when there is nothing to change."""
    cloud = _cloud(name)
    made = cloud.create_change_set(
        StackName=stack_name(stage, name),
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateBody=template,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "aptmagic:stage", "Value": stage}],
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
            raise CannotDeploy(f"{stack_name(stage, name)}: {reason}")
    raise AssertionError("watching never ends by itself")


def _refuse_losses(
    stage: str, name: str, change_set: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> None:
    lost = [r for c in changes if _loses(r := c["ResourceChange"])]
    if lost:
        _cloud(name).delete_change_set(ChangeSetName=change_set["ChangeSetId"])
        names = ", ".join(f"{r['LogicalResourceId']} ({r['ResourceType']})" for r in lost)
        raise CannotDeploy(
            f"{stack_name(stage, name)}: this would replace or remove {names} and what is in it, "
            "so nothing was changed. Add the new one beside it and move the data first."
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
    _cloud(name).execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    for stack in _watch(lambda: _describe(stage, name)):
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            raise CannotDeploy(f"{stack_name(stage, name)}: {_why(stage, name) or status}")


def _why(stage: str, name: str) -> str:
    events = _cloud(name).describe_stack_events(StackName=stack_name(stage, name))["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return ""
    first = failed[-1]  # the newest comes first
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


# Small things -----------------------------------------------------------------------------------
def _cloud(template: str) -> Any:
    """Guardrails are where the models are; everything else is at home."""
    region = settings.BEDROCK_REGION if template == "moderation" else settings.AWS_REGION
    return aws.client("cloudformation", region)


def _describe(stage: str, name: str) -> dict[str, Any] | None:
    try:
        stacks = _cloud(name).describe_stacks(StackName=stack_name(stage, name))["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stacks[0] if stacks else None


def _outputs(stack: Mapping[str, Any] | None) -> dict[str, str]:
    return _values(stack, "Output") if stack else {}


def _values(stack: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {item[f"{kind}Key"]: item[f"{kind}Value"] for item in stack.get(f"{kind}s", [])}


def _parameters(stage: str, name: str, template: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """What the template asks for: ours, or an output of a stack before it."""
    known = {
        **outputs,
        "Stage": stage,
        "Embedded": "true" if settings.AWS_ENDPOINT_URL else "false",
        "SiteUrl": settings.SITE_URL,
        "BedrockRegion": settings.BEDROCK_REGION,
    }
    asked = list(_declared(template))
    if missing := [key for key in asked if key not in known]:
        raise CannotDeploy(
            f"{stack_name(stage, name)} needs {', '.join(missing)}: deploy the stacks before it."
        )
    return {key: known[key] for key in asked}


def _declared(template: str) -> Iterator[str]:
    """The names under `Parameters:`. Our templates are plain enough not to need a YAML reader."""
    section = re.search(r"^Parameters:\n((?:[ #].*\n|\n)+)", template, re.MULTILINE)
    yield from re.findall(r"^  (\w+):", section[1], re.MULTILINE) if section else ()


def _watch(look: Callable[[], Any]) -> Iterator[Any]:
    """Look again and again, soon at first and then with patience."""
    pause = 0.02
    while True:
        yield look()
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


def _variable(output: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()


def _reachable(value: str) -> str:
    """The embedded cloud may answer at another port than when it made its queues."""
    endpoint = settings.AWS_ENDPOINT_URL
    return endpoint + urlsplit(value).path if endpoint and value.startswith("http") else value


def _media_url(public_bucket: str) -> str:
    """On AWS CloudFront reads the public bucket; on a laptop the browser does."""
    endpoint = settings.AWS_ENDPOINT_URL
    return f"{endpoint}/{public_bucket}/" if endpoint else "/media/"


def _client_secret(variables: Mapping[str, str]) -> str:
    client = aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=variables["COGNITO_POOL_ID"], ClientId=variables["COGNITO_CLIENT_ID"]
    )
    secret: str = client["UserPoolClient"]["ClientSecret"]
    return secret
