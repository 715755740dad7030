"""The worker in the embedded cloud: a Lambda of one file that runs this working tree."""

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
from aptmagic.deploy import stacks, templates
from aptmagic.deploy.cloudformation import Say
from aptmagic.local import address, attach

HANDLER = "worker.handler"
CODE = """\
import os
import sys

sys.path.insert(0, os.environ["PROJECT_ROOT"])
os.nice(5)  # the site answers first

from aptmagic.lambda_handler import handler as answer


def handler(event, context):
    try:
        return answer(event, context)
    finally:
        # The embedded Lambda waits 50 ms for a line on stderr before it answers.
        print("END", event.get("command", "Records"), file=sys.stderr, flush=True)
"""


def deploy(
    stage: str,
    *,
    only: Sequence[str] | None = None,
    given: Mapping[str, str] | None = None,
    say: Say = print,
) -> dict[str, str]:
    """Deploy `infra/` and the worker into the embedded cloud; the environment they give."""
    bring = {"workflow": lambda outputs: put(stage, stacks.environment(stage, outputs))}
    outputs = stacks.deploy(stage, only=only, given=given, before=bring, say=say)
    environment = stacks.environment(stage, outputs)
    environment.setdefault("SITE_URL", settings.SITE_URL)
    if only is None:
        _sign(stage, environment)
    cloud = address.find()
    if stage == "local" and cloud and cloud.endpoint == settings.AWS_ENDPOINT_URL:
        attach.remember(address.FOLDER, environment)
    return environment


def deployed(stage: str) -> dict[str, str] | None:
    """What `deploy` gave, if it would change nothing today; without asking CloudFormation."""
    try:
        said = clients.client("ssm").get_parameter(Name=_certificate(stage))["Parameter"]["Value"]
    except ClientError:
        return None
    certificate = json.loads(said)
    found: dict[str, str] = certificate["environment"]
    return found if certificate["of"] == _fingerprint() else None


def _sign(stage: str, environment: Mapping[str, str]) -> None:
    """Kept in the cloud itself, so that it is lost with what it speaks of."""
    certificate = json.dumps({"of": _fingerprint(), "environment": environment})
    clients.client("ssm").put_parameter(
        Name=_certificate(stage), Value=certificate, Type="String", Overwrite=True
    )


def _certificate(stage: str) -> str:
    return f"/{stage}/deployed"


def _fingerprint() -> str:
    """Of everything that a deployment into the embedded cloud depends on."""
    parts = [
        path.read_text(encoding="utf-8") for path in sorted(templates.FOLDER.glob("[!.]*.yaml"))
    ]
    parts += [CODE, str(address.PROJECT), settings.AWS_ENDPOINT_URL, settings.SITE_URL]
    parts += [settings.SECRET_KEY, settings.BEDROCK_REGION]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def wake(stage: str) -> None:
    """Have a worker started, and let it sweep up what the last stop left behind."""
    event = json.dumps({"command": "sweep", "input": {}})
    clients.client("lambda").invoke(
        FunctionName=f"{stage}-worker:live", InvocationType="Event", Payload=event
    )


def put(stage: str, environment: Mapping[str, str]) -> None:
    """Make the worker's function, or change what differs."""
    name, package = f"{stage}-worker", _package()
    if "WORKER_ROLE_ARN" not in environment:
        raise templates.CannotDeploy(f"{name} needs its role: deploy the stacks before it.")
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
        # On AWS releases come one after the other; here the working tree is what lives.
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
    """The same bytes every time, so that nothing is updated without a reason."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("worker.py"), CODE)
    return packed.getvalue()


def _variables(stage: str, environment: Mapping[str, str]) -> dict[str, str]:
    account = environment["WORKER_ROLE_ARN"].split(":")[4]
    workflow = f"arn:aws:states:{settings.AWS_REGION}:{account}:stateMachine:{stage}-generation"
    return {
        **environment,
        "WORKFLOW_ARN": workflow,  # its stack comes after the worker, whose name it needs
        "PROJECT_ROOT": str(address.PROJECT),
        "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
        "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL,
        "BEDROCK_REGION": settings.BEDROCK_REGION,
        "SITE_URL": settings.SITE_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
