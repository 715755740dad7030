"""The worker in the embedded cloud: a one-file Lambda function that runs this working tree."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic.aws import clients
from aptmagic.deploy import Echo, infra, stacks
from aptmagic.deploy.errors import DeploymentError
from aptmagic.local import attach, running_cloud

HANDLER = "worker.handler"
CODE = """\
import os
import sys

sys.path.insert(0, os.environ["PROJECT_ROOT"])
os.nice(5)  # the site has priority

from aptmagic.lambda_handler import handler as answer


def handler(event, context):
    try:
        return answer(event, context)
    finally:
        # The embedded Lambda waits 50 ms for a line on stderr before it returns.
        print("END", event.get("command", "Records"), file=sys.stderr, flush=True)
"""


def deploy(
    stage: str,
    *,
    only: Sequence[str] | None = None,
    given: Mapping[str, str] | None = None,
    echo: Echo = print,
) -> dict[str, str]:
    """Deploy `infra/` and the worker into the embedded cloud. Returns their environment."""
    bring = {
        "workflow": lambda outputs: create_or_update(stage, stacks.environment(stage, outputs))
    }
    outputs = stacks.deploy(stage, only=only, given=given, before=bring, echo=echo)
    environment = stacks.environment(stage, outputs)
    environment.setdefault("SITE_URL", settings.SITE_URL)
    if only is None:
        _save_environment(stage, environment)
    cloud = running_cloud.find()
    if stage == "local" and cloud and cloud.endpoint == settings.AWS_ENDPOINT_URL:
        attach.save_outputs(running_cloud.FOLDER, environment)
    return environment


def cached_environment(stage: str) -> dict[str, str] | None:
    """What `deploy` returned last time, if nothing has changed since; else None."""
    try:
        said = clients.client("ssm").get_parameter(Name=_parameter_name(stage))["Parameter"][
            "Value"
        ]
    except ClientError:
        return None
    record = json.loads(said)
    found: dict[str, str] = record["environment"]
    return found if record["of"] == _fingerprint() else None


def _save_environment(stage: str, environment: Mapping[str, str]) -> None:
    """Saved in the cloud itself, so that both are lost together."""
    record = json.dumps({"of": _fingerprint(), "environment": environment})
    clients.client("ssm").put_parameter(
        Name=_parameter_name(stage), Value=record, Type="String", Overwrite=True
    )


def _parameter_name(stage: str) -> str:
    return f"/{stage}/deployed"


def _fingerprint() -> str:
    """A hash of everything that a deployment depends on."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(infra.FOLDER.glob("[!.]*.yaml"))]
    parts += [CODE, str(running_cloud.PROJECT), settings.AWS_ENDPOINT_URL, settings.SITE_URL]
    parts += [settings.SECRET_KEY, settings.BEDROCK_REGION]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def start_worker(stage: str) -> None:
    """Start a worker, and sweep jobs that the last stop interrupted."""
    event = json.dumps({"command": "sweep", "input": {}})
    clients.client("lambda").invoke(
        FunctionName=f"{stage}-worker:live", InvocationType="Event", Payload=event
    )


def create_or_update(stage: str, environment: Mapping[str, str]) -> None:
    """Create the worker function, or update what differs."""
    name, package = f"{stage}-worker", _package()
    if "WORKER_ROLE_ARN" not in environment:
        raise DeploymentError(f"{name} has no role yet. Deploy the stacks first.")
    wanted = {
        "Role": environment["WORKER_ROLE_ARN"],
        "Handler": HANDLER,
        "Runtime": "python3.13",
        "Timeout": 180,
        "MemorySize": 1024,
        "Environment": {"Variables": _variables(stage, environment)},
    }
    there = _configuration(name)
    if there is None:
        clients.client("lambda").create_function(
            FunctionName=name, Code={"ZipFile": package}, **wanted
        )
    if not clients.client("lambda").list_aliases(FunctionName=name)["Aliases"]:
        # On AWS `live` names a released version; here it is the working tree.
        clients.client("lambda").create_alias(
            FunctionName=name, Name="live", FunctionVersion="$LATEST"
        )
    if there is None:
        return
    if there["CodeSha256"] != base64.b64encode(hashlib.sha256(package).digest()).decode():
        clients.client("lambda").update_function_code(FunctionName=name, ZipFile=package)
    if any(there.get(key) != value for key, value in wanted.items()):
        clients.client("lambda").update_function_configuration(FunctionName=name, **wanted)


def _configuration(name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = clients.client("lambda").get_function_configuration(
            FunctionName=name
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return found


def _package() -> bytes:
    """The same bytes every time, so that the function is only updated when needed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("worker.py"), CODE)
    return packed.getvalue()


def _variables(stage: str, environment: Mapping[str, str]) -> dict[str, str]:
    account = environment["WORKER_ROLE_ARN"].split(":")[4]
    workflow = f"arn:aws:states:{settings.AWS_REGION}:{account}:stateMachine:{stage}-generation"
    return {
        **environment,
        "WORKFLOW_ARN": workflow,  # its stack is deployed after the worker, whose name it needs
        "PROJECT_ROOT": str(running_cloud.PROJECT),
        "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
        "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL,
        "BEDROCK_REGION": settings.BEDROCK_REGION,
        "SITE_URL": settings.SITE_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
