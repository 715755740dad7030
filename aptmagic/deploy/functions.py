"""The Lambda functions of a stage: their configuration, code and published versions.

A function is called `<stage>-<name>`, for example `production-web`.
"""

import base64
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from zappa.core import SNAPSTART_LAMBDA_ALIAS

from aptmagic.aws import clients
from aptmagic.deploy import aliases, package_store, packages, stacks, zappa_stages
from aptmagic.deploy.aliases import CANDIDATE, LIVE
from aptmagic.deploy.errors import DeploymentError
from aptmagic.deploy.packages import FUNCTIONS

# An event that each function answers without doing anything.
NO_OP_EVENT = '{"command": "touch"}'
# Errors of the first call of a version that SnapStart has made inactive.
ACTIVATING = {
    "SnapStartNotReadyException",
    "ResourceConflictException",
    "ResourceNotReadyException",
}


def any_exist(stage: str) -> bool:
    return any(exists(f"{stage}-{name}") for name in FUNCTIONS)


def exists(function: str) -> bool:
    try:
        clients.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


# Create and update ------------------------------------------------------------------------------
def create_missing(stage: str, zips: Mapping[str, Path], outputs: Mapping[str, str]) -> None:
    """Create the functions and aliases that the stacks of the API and the queues refer to."""
    for name in FUNCTIONS:
        function = f"{stage}-{name}"
        if not exists(function):
            package = package_store.upload(function, zips[name], outputs["PackagesBucket"])
            zappa_stages.create(stage, name, package, **_configuration(stage, name, outputs))
        for alias in (LIVE, CANDIDATE):
            if aliases.version(stage, name, alias) is None:
                version = publish(function, zips[name].name)
                aliases.point(stage, name, alias, version, description=aliases.INITIAL_DESCRIPTION)


def update(stage: str, name: str, path: Path, outputs: Mapping[str, str]) -> str:
    """The version with this package and configuration; published unless it is live already."""
    function, wanted = f"{stage}-{name}", _configuration(stage, name, outputs)
    live = aliases.version(stage, name, LIVE)
    if live and _is_current(stage, name, path, wanted, live):
        return live
    package = package_store.upload(function, path, outputs["PackagesBucket"])
    zappa_stages.update(stage, name, package, **wanted)
    return publish(function, f"{path.name} {packages.digest(path)[:12]}")


def _is_current(stage: str, name: str, path: Path, wanted: Mapping[str, Any], version: str) -> bool:
    """Whether the version and $LATEST, which Zappa changes, have this code and configuration."""
    declared = zappa_stages.settings(stage, name)
    expected = {
        "CodeSha256": base64.b64encode(bytes.fromhex(packages.digest(path))).decode(),
        "Role": wanted["role"],
        "KMSKeyArn": wanted["key"],
        "Runtime": declared["runtime"],
        "Handler": declared["lambda_handler"],
        "MemorySize": declared["memory_size"],
        "Timeout": declared["timeout_seconds"],
    }
    variables = {**declared["aws_environment_variables"], **wanted["variables"]}
    for qualifier in ("$LATEST", version):
        actual = clients.client("lambda").get_function_configuration(
            FunctionName=f"{stage}-{name}", Qualifier=qualifier
        )
        if any(actual.get(key) != value for key, value in expected.items()):
            return False
        if not variables.items() <= actual.get("Environment", {}).get("Variables", {}).items():
            return False
    return True


def _configuration(stage: str, name: str, outputs: Mapping[str, str]) -> dict[str, Any]:
    """What zappa_settings.json cannot know: the stage's own names."""
    return {
        "role": outputs[f"{name.capitalize()}RoleArn"],
        "region": settings.AWS_REGION,
        "architecture": _architecture(stage, name),
        "key": outputs["KeyArn"],
        "variables": environment_variables(stage, outputs),
    }


def _architecture(stage: str, name: str) -> str:
    if not settings.AWS_ENDPOINT_URL:
        found: str = zappa_stages.settings(stage, name)["architecture"]
        return found
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def environment_variables(stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that settings read, and no others: Lambda allows 4 kB.

    Raises DeploymentError if the stage has no SECRET_KEY.
    """
    account = outputs["WebRoleArn"].split(":")[4]
    workflow = f"arn:aws:states:{settings.AWS_REGION}:{account}:stateMachine:{stage}-generation"
    found = {
        "WORKFLOW_ARN": workflow,  # the worker is created before the workflow's stack
        **stacks.environment(stage, outputs),
        "SITE_URL": stacks.site_url(outputs),
        "BEDROCK_REGION": settings.BEDROCK_REGION,
        "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL,
    }
    if "SECRET_KEY" not in found:
        raise DeploymentError(f"The secret {stage}/site has no SECRET_KEY.")
    return {key: value for key, value in found.items() if value and hasattr(settings, key)}


# Versions ---------------------------------------------------------------------------------------
def publish(function: str, description: str) -> str:
    """Publish $LATEST as a version and wait until it can be called."""
    functions = clients.client("lambda")
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    made = functions.publish_version(FunctionName=function, Description=description)
    version: str = made["Version"]
    _wait_until_active(function, version)
    return version


def restore(stage: str, name: str, version: str, package: str, outputs: Mapping[str, str]) -> str:
    """Publish the code of an earlier version with the current role and variables; the version.

    `package` is the key of its package in the packages bucket.
    """
    function, functions = f"{stage}-{name}", clients.client("lambda")
    wanted = _configuration(stage, name, outputs)
    former = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    live = functions.get_function_configuration(FunctionName=function, Qualifier=LIVE)
    variables = live["Environment"]["Variables"].items()
    if live["CodeSha256"] == former["CodeSha256"] and wanted["variables"].items() <= variables:
        return str(live["Version"])  # both releases have the same function
    functions.update_function_code(
        FunctionName=function, S3Bucket=outputs["PackagesBucket"], S3Key=package
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    functions.update_function_configuration(
        FunctionName=function,
        Role=wanted["role"],
        KMSKeyArn=wanted["key"],
        Environment={"Variables": {**former["Environment"]["Variables"], **wanted["variables"]}},
        **{key: former[key] for key in ("Runtime", "Handler", "MemorySize", "Timeout")},
    )
    return publish(function, f"restores version {version}")


def activate(function: str, version: str) -> None:
    """Make sure that the version can be called.

    SnapStart makes a version inactive when it is not called for 14 days. A call activates it
    again, which takes minutes: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
    """
    functions = clients.client("lambda")
    found = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    if found.get("State", "Active") == "Active":
        return
    try:
        functions.invoke(FunctionName=function, Qualifier=version, Payload=NO_OP_EVENT)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ACTIVATING:
            raise
    _wait_until_active(function, version)


def _wait_until_active(function: str, version: str) -> None:
    """Looks every second, for as long as boto3's waiter does every five."""
    waiter = clients.client("lambda").get_waiter("published_version_active")
    config = {"Delay": 1, "MaxAttempts": 5 * 312}
    waiter.wait(FunctionName=function, Qualifier=version, WaiterConfig=config)


# Delete -----------------------------------------------------------------------------------------
def prune(stage: str, outputs: Mapping[str, str]) -> None:
    """Delete the versions that no alias names: SnapStart bills each of them."""
    for name in FUNCTIONS:
        function, functions = f"{stage}-{name}", clients.client("lambda")
        if aliases.version(stage, name, SNAPSTART_LAMBDA_ALIAS):
            # Zappa's own alias, which names whatever was published last.
            aliases.delete(stage, name, SNAPSTART_LAMBDA_ALIAS)
        kept = _named_versions(function)
        versions = _published_versions(function)
        for each in versions:
            if each["Version"] not in kept:
                functions.delete_function(FunctionName=function, Qualifier=each["Version"])
        digests = {package_store.digest_of(v) for v in versions if v["Version"] in kept}
        package_store.prune(function, outputs["PackagesBucket"], keep=digests)


def _named_versions(function: str) -> set[str]:
    found = clients.client("lambda").list_aliases(FunctionName=function)["Aliases"]
    return {alias["FunctionVersion"] for alias in found}


def _published_versions(function: str) -> list[dict[str, Any]]:
    pages = clients.client("lambda").get_paginator("list_versions_by_function")
    versions = [v for page in pages.paginate(FunctionName=function) for v in page["Versions"]]
    return [version for version in versions if version["Version"] != "$LATEST"]


def delete_all(stage: str, outputs: Mapping[str, str]) -> Iterable[str]:
    """Delete the stage's functions and their packages; yields the name of each one deleted."""
    for name in FUNCTIONS:
        function = f"{stage}-{name}"
        if exists(function):
            zappa_stages.delete(stage, name)
            package_store.prune(function, outputs["PackagesBucket"], keep=set())
            yield function
