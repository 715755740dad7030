"""From a commit to a running site, and back: `make deploy`, `make rollback`, `manage.py release`.

Each function has two aliases. `candidate` is the newest version, which has an HTTP API of its own
and is asked first; `live` is what everybody else gets. A release that does not answer well is never
live, and what was live before is kept as `previous`.
"""

import base64
import mimetypes
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from aptmagic import aws, cloudformation, infra, packing, removal, smoke, stacks, zappa_stages
from aptmagic.cloudformation import Say
from aptmagic.infra import CannotDeploy
from aptmagic.local import attach
from aptmagic.packing import FUNCTIONS

LIVE, CANDIDATE, PREVIOUS = "live", "candidate", "previous"
KEPT = 12  # versions; the last twelve, and whatever an alias names
# Stacks that hold nothing that cannot be made again, the last first.
EMPTY = (
    "delivery",
    "observability",
    "budget",
    "edge",
    "workflow",
    "api",
    "roles",
    "network",
    "moderation",
)
# What Python's own list does not know everywhere.
KINDS = {".woff2": "font/woff2", ".webmanifest": "application/manifest+json", ".webp": "image/webp"}
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=3600"


class SmokeTestFailed(CannotDeploy):
    """The release does not answer as it should; what was live before is live."""


# Packages ---------------------------------------------------------------------------------------
def package(stage: str, *, say: Say = print) -> dict[str, Path]:
    """`dist/<stage>-web.zip` and `dist/<stage>-worker.zip`."""
    check_stage(stage)
    _check_pythons(stage)
    shutil.rmtree(packing.DIST / "static", ignore_errors=True)
    made = {}
    for function in FUNCTIONS:
        try:
            path = packing.pack(stage, function, target(stage, function))
        except packing.CannotPack as error:
            raise CannotDeploy(str(error)) from error
        size = path.stat().st_size / 1e6
        say(f"dist/{path.name}: {size:.1f} MB, sha256 {packing.digest(path)}")
        made[function] = path
    return made


def _packed(stage: str) -> dict[str, Path]:
    found = {name: packing.DIST / f"{stage}-{name}.zip" for name in FUNCTIONS}
    if missing := [path for path in found.values() if not path.exists()]:
        raise CannotDeploy(f"There is no dist/{missing[0].name}: make package STAGE={stage} first.")
    return found


def check_stage(stage: str) -> None:
    known = zappa_stages.stages()
    if stage not in known:
        raise CannotDeploy(
            f"There is no stage '{stage}' in zappa_settings.json; there are {', '.join(known)}."
        )


def target(stage: str, function: str) -> packing.Target:
    """Lambda's Python and processor, or this machine's for a cloud that was asked for by name."""
    if settings.AWS_ENDPOINT_URL and not os.environ.get(attach.ATTACHED):
        return packing.HERE
    found = zappa_stages.settings(f"{stage}-{function}")
    return packing.on_aws(found["runtime"], found["architecture"])


# A release --------------------------------------------------------------------------------------
def deploy(stage: str, *, packed: bool = False, say: Say = print) -> dict[str, str]:
    """Bring the stage up to this commit, or to what is `packed` in `dist/`; its outputs."""
    check_stage(stage)
    stacks.check(stage)
    # May fail, and changes nothing.
    zips = _packed(stage) if packed else package(stage, say=say)
    before = {name: _exists(f"{stage}-{name}") for name in FUNCTIONS}
    bring = {"api": lambda outputs: _bring(stage, zips, outputs)}
    outputs = stacks.deploy(stage, before=bring, say=say)
    _upload_static(outputs["PublicBucket"], say)
    versions = {name: _update(stage, name, zips[name], outputs) for name in FUNCTIONS}
    for name, version in versions.items():
        _point(stage, name, CANDIDATE, version)
    _try(stage, outputs, CANDIDATE)
    _go_live(stage, versions, outputs, keep=all(before.values()))
    for name in FUNCTIONS:
        _prune(f"{stage}-{name}")
    say(f"{stage} is live: {_site(outputs)}")
    return outputs


def rollback(stage: str, *, say: Say = print) -> None:
    """Make the previous release live again, at once; tables and templates stay as they are."""
    _check(stage)
    before = {name: _version(stage, name, PREVIOUS) for name in FUNCTIONS}
    if not all(before.values()):
        raise CannotDeploy(f"There is no release of {stage} before the one that is live.")
    _swap(stage, before)
    for name in FUNCTIONS:
        aws.client("lambda").delete_alias(FunctionName=f"{stage}-{name}", Name=PREVIOUS)
    outputs = stacks.all_outputs(stage)
    _try(stage, outputs, LIVE)
    say(f"{stage} is what it was before: {_site(outputs)}")


def undeploy(stage: str, *, data_too: str = "", say: Say = print) -> None:
    """Take the functions and every stack away that holds nothing; tables and buckets stay.

    Only `data_too`, which has to be the stage's name once more, has the stacks deleted that hold
    them; and even then each table, bucket and user pool is retained by its template.
    """
    _check(stage)
    if data_too and data_too != stage:
        raise CannotDeploy(
            f"To forget the stacks of {stage}'s tables and buckets too, say its name twice: "
            f"make undeploy STAGE={stage} DATA_TOO={stage}."
        )
    outputs = stacks.all_outputs(stage)
    removal.clear_the_way(stage, outputs, say)
    rest = [name for name in reversed(infra.ORDER) if name not in (*EMPTY, infra.ACCOUNT)]
    for template in (*EMPTY, *(rest if data_too else ())):
        if cloudformation.remove(stage, template):
            say(f"{infra.stack_name(stage, template)}: removed")
    for name in FUNCTIONS:
        if _exists(f"{stage}-{name}"):
            zappa_stages.undeploy(f"{stage}-{name}")
            say(f"{stage}-{name}: removed")
    for sentence in removal.what_stays(stage, outputs, data_too=bool(data_too)):
        say(sentence)


# Before anything changes ------------------------------------------------------------------------
def _check(stage: str) -> None:
    check_stage(stage)
    stacks.all_outputs(stage)  # credentials, regions


def _check_pythons(stage: str) -> None:
    """Those that compile the packages."""
    for name in FUNCTIONS:
        try:
            packing.python(target(stage, name))
        except packing.CannotPack as error:
            raise CannotDeploy(str(error)) from error


# Functions --------------------------------------------------------------------------------------
def _bring(stage: str, zips: Mapping[str, Path], outputs: Mapping[str, str]) -> None:
    """The API and the queues need functions to speak to: once, before their stacks."""
    for name in FUNCTIONS:
        if not _exists(f"{stage}-{name}"):
            zappa_stages.deploy(f"{stage}-{name}", zips[name], **_settings(stage, name, outputs))
        for alias in (LIVE, CANDIDATE):
            if _version(stage, name, alias) is None:
                _point(stage, name, alias, _publish(f"{stage}-{name}", zips[name]))


def _update(stage: str, name: str, path: Path, outputs: Mapping[str, str]) -> str:
    """The version that has this package and these settings; a new one only if there is none."""
    function, wanted = f"{stage}-{name}", _settings(stage, name, outputs)
    there = _version(stage, name, LIVE)
    if there and _is_current(function, path, wanted, there):
        return there
    zappa_stages.update(function, path, **wanted)
    return _publish(function, path)


def _is_current(function: str, path: Path, wanted: Mapping[str, Any], version: str) -> bool:
    """Whether both the version and what Zappa would change are as they would be."""
    said = zappa_stages.settings(function)
    expected = {
        "CodeSha256": base64.b64encode(bytes.fromhex(packing.digest(path))).decode(),
        "Role": wanted["role"],
        "Runtime": said["runtime"],
        "Handler": said["lambda_handler"],
        "MemorySize": said["memory_size"],
        "Timeout": said["timeout_seconds"],
    }
    variables = {**said["aws_environment_variables"], **wanted["variables"]}
    for qualifier in ("$LATEST", version):
        there = aws.client("lambda").get_function_configuration(
            FunctionName=function, Qualifier=qualifier
        )
        known = there.get("Environment", {}).get("Variables", {})
        if any(there.get(key) != value for key, value in expected.items()):
            return False
        if not variables.items() <= known.items():
            return False
    return True


def _settings(stage: str, name: str, outputs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "role": outputs[f"{name.capitalize()}RoleArn"],
        "region": settings.AWS_REGION,
        "architecture": _architecture(stage, name),
        "variables": _variables(stage, outputs),
    }


def _architecture(stage: str, name: str) -> str:
    if not settings.AWS_ENDPOINT_URL:
        found: str = zappa_stages.settings(f"{stage}-{name}")["architecture"]
        return found
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _variables(stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """What settings read, and no more: Lambda takes 4 kB."""
    account = outputs["WebRoleArn"].split(":")[4]
    workflow = f"arn:aws:states:{settings.AWS_REGION}:{account}:stateMachine:{stage}-generation"
    found = {
        "WORKFLOW_ARN": workflow,  # its stack needs the worker first
        **stacks.environment(stage, outputs),
        "SITE_URL": _site(outputs),
        "BEDROCK_REGION": settings.BEDROCK_REGION,
        "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL,
    }
    if "SECRET_KEY" not in found:
        raise CannotDeploy(f"There is no secret {stage}/site with a SECRET_KEY to sign with.")
    return {key: value for key, value in found.items() if value and hasattr(settings, key)}


def _site(outputs: Mapping[str, str]) -> str:
    """Before CloudFront is there for the first time, nobody asks."""
    return outputs.get("SiteUrl", "https://not-yet.invalid")


def _exists(function: str) -> bool:
    try:
        aws.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


def _publish(function: str, path: Path) -> str:
    """A version of the newest code with its settings, ready to answer."""
    functions = aws.client("lambda")
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    made = functions.publish_version(
        FunctionName=function, Description=f"{path.name} {packing.digest(path)[:12]}"
    )
    version: str = made["Version"]
    functions.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)
    return version


# Aliases ----------------------------------------------------------------------------------------
def _version(stage: str, name: str, alias: str) -> str | None:
    try:
        found = aws.client("lambda").get_alias(FunctionName=f"{stage}-{name}", Name=alias)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    version: str = found["FunctionVersion"]
    return version


def _point(stage: str, name: str, alias: str, version: str) -> None:
    functions = aws.client("lambda")
    change = functions.update_alias if _version(stage, name, alias) else functions.create_alias
    change(FunctionName=f"{stage}-{name}", Name=alias, FunctionVersion=version)


def _swap(stage: str, versions: Mapping[str, str | None]) -> None:
    for name, version in versions.items():
        if version:
            _point(stage, name, LIVE, version)


def _go_live(
    stage: str, versions: Mapping[str, str], outputs: Mapping[str, str], *, keep: bool
) -> None:
    """Everybody gets the new release, or nobody. `keep` what was live, to go back to it."""
    before = {name: _version(stage, name, LIVE) for name in FUNCTIONS}
    _swap(stage, versions)
    try:
        _try(stage, outputs, LIVE)
    except BaseException:
        _swap(stage, before)
        raise
    if keep and before != versions:
        for name, version in before.items():
            _point(stage, name, PREVIOUS, str(version))


def _try(stage: str, outputs: Mapping[str, str], alias: str) -> None:
    api = outputs["ApiId" if alias == LIVE else "CandidateApiId"]
    words = stacks.environment(stage, outputs).get("ORIGIN_SECRET", "")
    try:
        smoke.test(smoke.address(api), words.partition(",")[0], bucket=outputs["PublicBucket"])
        smoke.test_worker(f"{stage}-worker", alias)
    except smoke.NotWell as error:
        raise SmokeTestFailed(
            f"The release of {stage} is not well, so what was live before is live: {error}"
        ) from error


def _prune(function: str) -> None:
    functions = aws.client("lambda")
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [v["Version"] for page in pages for v in page["Versions"]]
    aliases = functions.list_aliases(FunctionName=function)["Aliases"]
    named = {alias["FunctionVersion"] for alias in aliases}
    for version in sorted((int(v) for v in versions if v.isdigit()), reverse=True)[KEPT:]:
        if str(version) not in named:
            functions.delete_function(FunctionName=function, Qualifier=str(version))


# Static files -----------------------------------------------------------------------------------
def _upload_static(bucket: str, say: Say) -> None:
    """Under `static/`, where CloudFront looks; what the release before needs stays there."""
    s3, sent = aws.client("s3"), 0
    there = set(_keys(bucket))
    for path in sorted(p for p in (packing.DIST / "static").rglob("*") if p.is_file()):
        name = path.relative_to(packing.DIST / "static").as_posix()
        key = f"static/{name}"
        if name == "staticfiles.json" or (key in there and HASHED.search(name)):
            continue
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(name)[0] or "binary/octet-stream"
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=path.read_bytes(),
            ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            CacheControl=FOR_GOOD if HASHED.search(name) else FOR_A_WHILE,
        )
        sent += 1
    say(f"{bucket}/static: {sent} files sent")


def _keys(bucket: str) -> Iterator[str]:
    pages = aws.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix="static/"):
        yield from (item["Key"] for item in page.get("Contents", []))
