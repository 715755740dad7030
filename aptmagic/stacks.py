"""Deploys `infra/`: by change sets, in order, and never replacing what holds people's data."""

import json
import re
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

from aptmagic import aws

FOLDER = Path(__file__).resolve().parent.parent / "infra"
ORDER = (
    "data",
    "identity",
    "moderation",
    "secrets",
    "network",
    "roles",
    "api",
    "workflow",
    "edge",
    "observability",
    "audit",
    "budget",
    "delivery",
)
# Brought up when somebody asks for them by name, and kept up to date from then on.
ON_REQUEST = {
    "network": "the site needs no network of its own; interface endpoints cost by the hour",
    "delivery": "it needs a connection to the repository that somebody has confirmed by hand",
}
# The embedded cloud takes them all, and a test deploys them; `make run` starts sooner without.
NOT_ON_A_LAPTOP = {
    **ON_REQUEST,
    "secrets": "what a laptop signs with is no secret, and nothing stands before its site",
    "api": "gunicorn answers",
    "edge": "the browser reads the site and the public bucket itself",
    "observability": "nobody is to be woken; everything is in .local/logs/",
    "audit": "there is one person here",
    "budget": "nothing costs anything",
}
# Where a template lives that is not at home: CloudFront wants certificates and firewalls there.
EDGE_REGION = "us-east-1"

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

Say = Callable[[str], object]


class CannotDeploy(Exception):
    """Why nothing (more) was changed, in a sentence."""


def usual(stage: str) -> tuple[str, ...]:
    """The templates that a deployment brings up when nobody says which."""
    if stage == "local":
        return tuple(name for name in ORDER if name not in NOT_ON_A_LAPTOP)
    return tuple(name for name in ORDER if name not in ON_REQUEST or _describe(stage, name))


def deploy(
    stage: str,
    *,
    only: Sequence[str] | None = None,
    given: Mapping[str, str] | None = None,
    before: Mapping[str, Callable[[Mapping[str, str]], object]] | None = None,
    say: Say = print,
) -> dict[str, str]:
    """Bring the stacks up to the templates and give all outputs.

    `given` are parameters, over those of infra/stages.toml. `before` names things to do with the
    outputs so far before a template's turn: the workflow's queue mappings need a function that
    somebody else brings.
    """
    _check(stage, only or ())
    chosen = only or usual(stage)
    said = {**_stage_settings(stage), **(given or {})}
    outputs = all_outputs(stage)
    _check_ahead(stage, chosen, said, outputs)
    url = _site_url(said, outputs)
    for name in ORDER:
        if name in chosen:
            if before and name in before:
                before[name](outputs)
            _bring_up(stage, name, {**outputs, **said, "SiteUrl": url}, say)
        outputs |= _outputs(_describe(stage, name))
    if "data" in chosen and outputs.get("SiteUrl", url) != url:
        # The first time nobody knows CloudFront's name before it is there.
        _bring_up(stage, "data", {**outputs, **said}, say)
    return outputs


def environment(stage: str, outputs: Mapping[str, str] | None = None) -> dict[str, str]:
    """The stage's outputs as the environment variables that settings read."""
    found = outputs if outputs is not None else all_outputs(stage)
    variables = {_variable(key): _reachable(key, value) for key, value in found.items()}
    variables["STAGE"] = stage
    variables["MEDIA_URL"] = _media_url(variables)
    if {"COGNITO_POOL_ID", "COGNITO_CLIENT_ID"} <= variables.keys():
        variables["COGNITO_CLIENT_SECRET"] = _client_secret(variables)
    return {**variables, **_secrets(variables)}


def all_outputs(stage: str) -> dict[str, str]:
    _check(stage, ())
    return {key: value for name in ORDER for key, value in _outputs(_describe(stage, name)).items()}


def remove(stage: str, name: str) -> bool:
    """Delete the stack if it is there, and wait; its tables and buckets stay by their policy."""
    if _describe(stage, name) is None:
        return False
    _cloud(name).delete_stack(StackName=stack_name(stage, name))
    for stack in _watch(lambda: _describe(stage, name)):
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            return True
        if status != "DELETE_IN_PROGRESS":
            raise CannotDeploy(f"{stack_name(stage, name)}: {_why(stage, name) or status}")
    raise AssertionError("watching never ends by itself")


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
    for variable in ("AWS_REGION", "BEDROCK_REGION"):
        region = getattr(settings, variable)
        if region not in _regions():
            raise CannotDeploy(f"{variable} is '{region}', which is no region of AWS.")
    try:
        aws.client("sts").get_caller_identity()
    except NoCredentialsError as error:
        raise CannotDeploy(
            "There are no AWS credentials here: sign in with the AWS CLI, or set AWS_PROFILE."
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(f"AWS does not let us in: {error}") from error


@cache
def _regions() -> frozenset[str]:
    return frozenset(boto3.session.Session().get_available_regions("cloudformation"))


def _check_ahead(
    stage: str, chosen: Sequence[str], said: Mapping[str, str], outputs: Mapping[str, str]
) -> None:
    """Everything that can be known before the first change: a half deployment helps nobody."""
    every = {name: parameters(_text(name)) for name in ORDER if (FOLDER / f"{name}.yaml").exists()}
    if unknown := said.keys() - {key for declared in every.values() for key in declared}:
        raise CannotDeploy(f"No template has a parameter '{min(unknown)}'; see infra/stages.toml.")
    to_come = {*outputs, *_built_in(stage), "SiteUrl"}
    for name in [name for name in ORDER if name in chosen]:
        for key, declared in every[name].items():
            _check_value(key, declared, said)
            if not declared.has_default and key not in {*said, *to_come}:
                raise CannotDeploy(
                    f"{stack_name(stage, name)} needs {key}: deploy the stacks before it, or say "
                    f"it in infra/stages.toml under [{stage}]."
                )
        to_come |= set(_named(_text(name), "Outputs"))
        _check_state(stage, name, _describe(stage, name))
    if "edge" in chosen and (domain := said.get("DomainName")):
        _check_domain(domain, said.get("HostedZoneId", ""))


def _check_value(key: str, declared: "Parameter", said: Mapping[str, str]) -> None:
    if key in said and declared.pattern and not re.fullmatch(declared.pattern, said[key]):
        raise CannotDeploy(
            f"{key} '{said[key]}' will not do: it has to be "
            f"{declared.described or 'like ' + declared.pattern}."
        )


def _check_state(stage: str, name: str, stack: Mapping[str, Any] | None) -> None:
    status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
    if status in GOOD | UNBORN:
        return
    way_out = STUCK.get(status, "somebody is changing it; wait until that is done and deploy again")
    where = {"region": _region(name), "stack": stack_name(stage, name)}
    raise CannotDeploy(f"{where['stack']} is {status}: {way_out.format(**where)}.")


def _check_domain(domain: str, zone: str) -> None:
    if not zone:
        raise CannotDeploy("DomainName needs HostedZoneId, the Route 53 zone that holds it.")
    try:
        found = aws.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
    except ClientError as error:
        raise CannotDeploy(f"There is no Route 53 zone '{zone}' in this account.") from error
    if domain != found and not domain.endswith(f".{found}"):
        raise CannotDeploy(f"The Route 53 zone '{zone}' is for {found}, and not for {domain}.")


def _stage_settings(stage: str) -> dict[str, str]:
    """What infra/stages.toml says of the stage."""
    file = FOLDER / "stages.toml"
    try:
        found = tomllib.loads(file.read_text()).get(stage, {}) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise CannotDeploy(f"infra/stages.toml cannot be read: {error}") from error
    return {key: str(value) for key, value in found.items()}


def _site_url(said: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    if domain := said.get("DomainName"):
        return f"https://{domain}"
    return outputs.get("SiteUrl", settings.SITE_URL)


# One stack --------------------------------------------------------------------------------------
def _bring_up(stage: str, name: str, known: Mapping[str, str], say: Say) -> None:
    template = _text(name)
    values = _parameters(stage, name, template, known)
    stack = _describe(stage, name)
    _check_state(stage, name, stack)
    if stack and _is_current(stage, name, stack, template, values):
        return
    new = stack is None or stack["StackStatus"] in UNBORN
    change_set = _change_set(stage, name, template, values, new=new)
    if change_set is None:
        return
    changes = change_set["Changes"]
    _refuse_losses(stage, name, change_set, changes)
    say(f"{stack_name(stage, name)}: {_told(changes)}")
    _execute(stage, name, change_set)


def _is_current(
    stage: str, name: str, stack: Mapping[str, Any], template: str, values: Mapping[str, str]
) -> bool:
    defaults = {k: p.default for k, p in parameters(template).items() if p.has_default}
    if stack["StackStatus"] not in GOOD or _values(stack, "Parameter") != {**defaults, **values}:
        return False
    cloud = _cloud(name)
    body = cloud.get_template(StackName=stack_name(stage, name), TemplateStage="Original")
    return bool(body["TemplateBody"] == template)


def _change_set(
    stage: str, name: str, template: str, values: Mapping[str, str], *, new: bool
) -> dict[str, Any] | None:
    """A change set that is ready, with all its changes; None when there is nothing to change."""
    cloud = _cloud(name)
    made = cloud.create_change_set(
        StackName=stack_name(stage, name),
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateBody=template,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
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
    # What a failed creation has made is empty: it goes again, though it be marked to be kept.
    _cloud(name).execute_change_set(
        ChangeSetName=change_set["ChangeSetId"], RetainExceptOnCreate=True
    )
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
def _region(template: str) -> str:
    """Guardrails are where the models are; everything else is at home, or where CloudFront is."""
    away = {"moderation": settings.BEDROCK_REGION, "edge": EDGE_REGION}
    return str(away.get(template, settings.AWS_REGION))


def _cloud(template: str) -> Any:
    return aws.client("cloudformation", _region(template))


def _text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text()


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


def _parameters(stage: str, name: str, template: str, known: Mapping[str, str]) -> dict[str, str]:
    """What the template asks for: ours, said for the stage, or an output of a stack before it."""
    values = {**known, **_built_in(stage)}
    declared = parameters(template)
    if missing := [k for k, p in declared.items() if k not in values and not p.has_default]:
        raise CannotDeploy(
            f"{stack_name(stage, name)} needs {', '.join(missing)}: deploy the stacks before it."
        )
    return {key: values[key] for key in declared if key in values}


def _built_in(stage: str) -> dict[str, str]:
    return {
        "Stage": stage,
        "Embedded": "true" if settings.AWS_ENDPOINT_URL else "false",
        "BedrockRegion": settings.BEDROCK_REGION,
        "HomeRegion": settings.AWS_REGION,
    }


@dataclass(frozen=True)
class Parameter:
    """What a template says of one of its parameters."""

    default: str = ""
    has_default: bool = False
    pattern: str = ""
    described: str = ""


def parameters(template: str) -> dict[str, Parameter]:
    """Our templates are plain enough not to need a YAML reader."""
    return {name: _parameter(text) for name, text in _named(template, "Parameters").items()}


def _parameter(text: str) -> Parameter:
    lines = re.findall(r"^    (\w+): (.*?)(?:  #.*)?$", text, re.MULTILINE)
    said = {name: _plain(value) for name, value in lines}
    return Parameter(
        default=said.get("Default", ""),
        has_default="Default" in said,
        pattern=said.get("AllowedPattern", ""),
        described=said.get("ConstraintDescription", ""),
    )


def _plain(value: str) -> str:
    """A quoted value is JSON, too."""
    return str(json.loads(value)) if value.startswith('"') else value


def _named(template: str, section: str) -> dict[str, str]:
    """What stands in a section, by its names."""
    found = re.search(rf"^{section}:\n((?:[ #].*\n|\n)+)", template, re.MULTILINE)
    parts = re.split(r"^  (\w+):", found[1], flags=re.MULTILINE)[1:] if found else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _watch(look: Callable[[], Any]) -> Iterator[Any]:
    """Look again and again, soon at first and then with patience."""
    pause = 0.02
    while True:
        yield look()
        time.sleep(pause)
        pause = min(pause * 1.5, 5)


def _variable(output: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()


def _reachable(output: str, value: str) -> str:
    """The embedded cloud may answer at another port than when it made its queues."""
    endpoint = settings.AWS_ENDPOINT_URL
    return endpoint + urlsplit(value).path if endpoint and output.endswith("QueueUrl") else value


def _media_url(variables: Mapping[str, str]) -> str:
    """Where CloudFront stands it reads the public bucket; else the browser does."""
    endpoint = settings.AWS_ENDPOINT_URL
    return f"{endpoint}/{variables.get('PUBLIC_BUCKET', '')}/" if endpoint else "/media/"


def _secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """What Secrets Manager made up: to sign with, and to know CloudFront by."""
    found: dict[str, str] = {}
    if arn := variables.get("SITE_SECRET_ARN"):
        found |= _secret(arn)
    if arn := variables.get("ORIGIN_SECRET_ARN"):
        words = _secret(arn)
        found["ORIGIN_SECRET"] = ",".join(filter(None, (words["current"], words["previous"])))
    return found


def _secret(arn: str) -> dict[str, str]:
    said = aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return {name: str(value) for name, value in json.loads(said).items()}


def _client_secret(variables: Mapping[str, str]) -> str:
    client = aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=variables["COGNITO_POOL_ID"], ClientId=variables["COGNITO_CLIENT_ID"]
    )
    secret: str = client["UserPoolClient"]["ClientSecret"]
    return secret
