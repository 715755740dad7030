"""From a commit to a running site, and back: `zappa deploy`, `make deploy`, `manage.py release`.

Each function has three aliases. `candidate` is the version that is being tried: it has an HTTP API
of its own. `live` is what visitors get. `previous` is what was live before, which a rollback brings
back. A release that fails its checks does not go live.
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
from zappa.core import SNAPSTART_LAMBDA_ALIAS

from aptmagic.aws import clients
from aptmagic.deploy import (
    cloudformation,
    packages,
    preflight,
    smoke,
    stacks,
    teardown,
    templates,
    zappa_stages,
)
from aptmagic.deploy.cloudformation import Say
from aptmagic.deploy.packages import FUNCTIONS
from aptmagic.deploy.templates import CannotDeploy
from aptmagic.local import attach

LIVE, CANDIDATE, PREVIOUS = "live", "candidate", "previous"
ALIASES = {LIVE, CANDIDATE, PREVIOUS}
# Of the very first version, which has to be `live` for the API to be made.
UNTRIED = "not tried yet"
# Where the packages of these versions are kept, for a rollback.
RELEASES = "releases/"
# What AWS answers to the first call of a version that it has put aside.
WAKING = {"SnapStartNotReadyException", "ResourceConflictException", "ResourceNotReadyException"}
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
    """A release failed its checks and is not live."""


# Packages ---------------------------------------------------------------------------------------
def package(stage: str, *, say: Say = print) -> dict[str, Path]:
    """`dist/<stage>-<function>.zip` for each function."""
    check_stage(stage)
    _check_pythons(stage)
    shutil.rmtree(packages.DIST / "static", ignore_errors=True)
    made = {}
    for function in FUNCTIONS:
        try:
            path = packages.build(stage, function, target(stage, function))
        except packages.PackagingError as error:
            raise CannotDeploy(str(error)) from error
        size = path.stat().st_size / 1e6
        say(f"dist/{path.name}: {size:.1f} MB, sha256 {packages.digest(path)}")
        made[function] = path
    return made


def _packed(stage: str) -> dict[str, Path]:
    found = {name: packages.DIST / f"{stage}-{name}.zip" for name in FUNCTIONS}
    if missing := [path for path in found.values() if not path.exists()]:
        raise CannotDeploy(f"There is no dist/{missing[0].name}: make package STAGE={stage} first.")
    return found


def check_stage(stage: str) -> None:
    """Raises CannotDeploy for a stage that zappa_settings.json does not have.

    From then on the stage's own region is used, unless AWS_REGION says another.
    """
    known = zappa_stages.stages()
    if stage not in known:
        raise CannotDeploy(
            f"There is no stage '{stage}' in zappa_settings.json; there are {', '.join(known)}."
        )
    region = zappa_stages.region(stage)
    asked = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not asked and region != settings.AWS_REGION:
        settings.AWS_REGION = region
        clients.reset_clients()


def target(stage: str, function: str) -> packages.Target:
    """Lambda's Python and processor, or this machine's for a cloud that was asked for by name."""
    if settings.AWS_ENDPOINT_URL and not os.environ.get(attach.ATTACHED):
        return packages.HERE
    found = zappa_stages.settings(stage, function)
    return packages.on_aws(found["runtime"], found["architecture"])


# A release --------------------------------------------------------------------------------------
def deployed(stage: str) -> bool:
    """Whether any of the stage's functions exists."""
    return any(_exists(f"{stage}-{name}") for name in FUNCTIONS)


def deploy(stage: str, *, packed: bool = False, say: Say = print) -> dict[str, str]:
    """Bring the stage up to this commit, or to what is `packed` in `dist/`; its outputs."""
    check_stage(stage)
    stacks.check(stage)
    preflight.check(say)
    # May fail, and changes nothing.
    zips = _packed(stage) if packed else package(stage, say=say)
    before = {name: _exists(f"{stage}-{name}") for name in FUNCTIONS}
    bring = {"api": lambda outputs: _bring(stage, zips, outputs)}
    outputs = stacks.deploy(stage, before=bring, say=say)
    _upload_static(outputs["PublicBucket"], say)
    versions = {name: _update(stage, name, zips[name], outputs) for name in FUNCTIONS}
    _try_candidate(stage, versions, outputs, what="The new release")
    if os.environ.get("SMOKE_DRAW") != "off" and not _drawn_before(stage, versions):
        _try_drawing(stage, say)
    _go_live(stage, versions, outputs, keep=all(before.values()))
    _prune(stage, outputs)
    say(f"{stage} is live: {_site(outputs)}")
    return outputs


def rollback(stage: str, *, say: Say = print) -> None:
    """Make the previous release live again; tables and templates stay as they are.

    Its code is published anew with today's settings: what it was told then, such as the word by
    which the site knows CloudFront, may have changed since.
    """
    check(stage)
    before = {name: _version(stage, name, PREVIOUS) for name in FUNCTIONS}
    if not all(before.values()):
        raise CannotDeploy(f"There is no release of {stage} before the one that is live.")
    outputs = stacks.all_outputs(stage)
    former = {name: _package_of(stage, name, str(before[name]), outputs) for name in FUNCTIONS}
    versions = {
        name: _restore(stage, name, str(before[name]), former[name], outputs) for name in FUNCTIONS
    }
    _try_candidate(stage, versions, outputs, what="The previous release")
    _go_live(stage, versions, outputs, keep=False)
    for name in FUNCTIONS:
        clients.client("lambda").delete_alias(FunctionName=f"{stage}-{name}", Name=PREVIOUS)
    _prune(stage, outputs)
    say(f"The previous release of {stage} is live again: {_site(outputs)}")


def undeploy(stage: str, *, data_too: str = "", say: Say = print) -> None:
    """Take the functions and every stack away that holds nothing; tables and buckets stay.

    Only `data_too`, which has to be the stage's name once more, has the stacks deleted that hold
    them; and even then each table, bucket and user pool is retained by its template.
    """
    check(stage)
    if data_too and data_too != stage:
        raise CannotDeploy(
            f"To forget the stacks of {stage}'s tables and buckets too, say its name twice: "
            f"make undeploy STAGE={stage} DATA_TOO={stage}."
        )
    outputs = stacks.all_outputs(stage)
    teardown.release_protections(stage, outputs, say)
    rest = [name for name in reversed(templates.ORDER) if name not in (*EMPTY, templates.ACCOUNT)]
    for template in (*EMPTY, *(rest if data_too else ())):
        if cloudformation.delete_stack(stage, template):
            say(f"{templates.stack_name(stage, template)}: removed")
    for name in FUNCTIONS:
        if _exists(f"{stage}-{name}"):
            zappa_stages.delete(stage, name)
            _prune_packages(f"{stage}-{name}", outputs["PackagesBucket"], set())
            say(f"{stage}-{name}: removed")
    for sentence in teardown.retained_resources(stage, outputs, data_too=bool(data_too)):
        say(sentence)


# Before anything changes ------------------------------------------------------------------------
def check(stage: str) -> None:
    """Raises CannotDeploy where the stage, the region or the credentials are not there."""
    check_stage(stage)
    stacks.all_outputs(stage)  # credentials, regions


def _check_pythons(stage: str) -> None:
    """Those that compile the packages."""
    for name in FUNCTIONS:
        try:
            packages.python(target(stage, name))
        except packages.PackagingError as error:
            raise CannotDeploy(str(error)) from error


# Functions --------------------------------------------------------------------------------------
def _bring(stage: str, zips: Mapping[str, Path], outputs: Mapping[str, str]) -> None:
    """The API and the queues need functions to speak to: once, before their stacks."""
    for name in FUNCTIONS:
        function = f"{stage}-{name}"
        if not _exists(function):
            package = _send(function, zips[name], outputs)
            zappa_stages.create(stage, name, package, **_settings(stage, name, outputs))
        for alias in (LIVE, CANDIDATE):
            if _version(stage, name, alias) is None:
                version = _publish(function, zips[name].name)
                _point(stage, name, alias, version, description=UNTRIED)


def _update(stage: str, name: str, path: Path, outputs: Mapping[str, str]) -> str:
    """The version that has this package and these settings; a new one only if there is none."""
    function, wanted = f"{stage}-{name}", _settings(stage, name, outputs)
    there = _version(stage, name, LIVE)
    if there and _is_current(stage, name, path, wanted, there):
        return there
    zappa_stages.update(stage, name, _send(function, path, outputs), **wanted)
    return _publish(function, f"{path.name} {packages.digest(path)[:12]}")


def _is_current(stage: str, name: str, path: Path, wanted: Mapping[str, Any], version: str) -> bool:
    """Whether both the version and what Zappa would change are as they would be."""
    said = zappa_stages.settings(stage, name)
    expected = {
        "CodeSha256": base64.b64encode(bytes.fromhex(packages.digest(path))).decode(),
        "Role": wanted["role"],
        "KMSKeyArn": wanted["key"],
        "Runtime": said["runtime"],
        "Handler": said["lambda_handler"],
        "MemorySize": said["memory_size"],
        "Timeout": said["timeout_seconds"],
    }
    variables = {**said["aws_environment_variables"], **wanted["variables"]}
    for qualifier in ("$LATEST", version):
        there = clients.client("lambda").get_function_configuration(
            FunctionName=f"{stage}-{name}", Qualifier=qualifier
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
        "key": outputs["KeyArn"],  # some of the variables are secret
        "variables": variables(stage, outputs),
    }


def _architecture(stage: str, name: str) -> str:
    if not settings.AWS_ENDPOINT_URL:
        found: str = zappa_stages.settings(stage, name)["architecture"]
        return found
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def variables(stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """The environment of the stage's functions: what settings read, and no more, for 4 kB are all
    that Lambda takes."""
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
        clients.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


def _publish(function: str, description: str) -> str:
    """A version of the newest code with its settings, ready to answer."""
    functions = clients.client("lambda")
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    made = functions.publish_version(FunctionName=function, Description=description)
    version: str = made["Version"]
    functions.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)
    return version


# Packages of released versions ------------------------------------------------------------------
def _send(function: str, path: Path, outputs: Mapping[str, str]) -> str:
    """Keep the package where Lambda fetches it and a rollback finds it; its S3 address."""
    bucket, key = outputs["PackagesBucket"], _key(function, packages.digest(path))
    clients.client("s3").put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    return f"s3://{bucket}/{key}"


def _key(function: str, digest: str) -> str:
    return f"{RELEASES}{function}/{digest}.zip"


def _package_of(stage: str, name: str, version: str, outputs: Mapping[str, str]) -> str:
    """The key of a version's package. Raises CannotDeploy if it is not kept any more."""
    function, bucket = f"{stage}-{name}", outputs["PackagesBucket"]
    found = clients.client("lambda").get_function_configuration(
        FunctionName=function, Qualifier=version
    )
    key = _key(function, _digest_of(found))
    try:
        clients.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        raise CannotDeploy(
            f"The package of the previous release, s3://{bucket}/{key}, is gone, so nothing was "
            "changed. Check out the commit that you want back and deploy it."
        ) from error
    return key


def _digest_of(configuration: Mapping[str, Any]) -> str:
    return base64.b64decode(configuration["CodeSha256"]).hex()


def _restore(stage: str, name: str, version: str, package: str, outputs: Mapping[str, str]) -> str:
    """A version with the code of an earlier one and today's role and variables."""
    function, functions = f"{stage}-{name}", clients.client("lambda")
    wanted = _settings(stage, name, outputs)
    had = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    live = functions.get_function_configuration(FunctionName=function, Qualifier=LIVE)
    told = live["Environment"]["Variables"].items()
    if live["CodeSha256"] == had["CodeSha256"] and wanted["variables"].items() <= told:
        return str(live["Version"])  # this function is the same in both releases
    functions.update_function_code(
        FunctionName=function, S3Bucket=outputs["PackagesBucket"], S3Key=package
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    functions.update_function_configuration(
        FunctionName=function,
        Role=wanted["role"],
        KMSKeyArn=wanted["key"],
        Environment={"Variables": {**had["Environment"]["Variables"], **wanted["variables"]}},
        **{key: had[key] for key in ("Runtime", "Handler", "MemorySize", "Timeout")},
    )
    return _publish(function, f"version {version} again")


# Aliases ----------------------------------------------------------------------------------------
def versions(stage: str, name: str) -> dict[str, str]:
    """The version that each of our aliases names."""
    found = clients.client("lambda").list_aliases(FunctionName=f"{stage}-{name}")["Aliases"]
    return {a["Name"]: a["FunctionVersion"] for a in found if a["Name"] in ALIASES}


def _version(stage: str, name: str, alias: str) -> str | None:
    found = _alias(stage, name, alias)
    return str(found["FunctionVersion"]) if found else None


def _alias(stage: str, name: str, alias: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = clients.client("lambda").get_alias(
            FunctionName=f"{stage}-{name}", Name=alias
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return found


def _point(stage: str, name: str, alias: str, version: str, *, description: str = "") -> None:
    functions = clients.client("lambda")
    change = functions.update_alias if _alias(stage, name, alias) else functions.create_alias
    change(
        FunctionName=f"{stage}-{name}",
        Name=alias,
        FunctionVersion=version,
        Description=description,
    )


def _swap(stage: str, versions: Mapping[str, str]) -> None:
    for name, version in versions.items():
        _wake(f"{stage}-{name}", version)
        _point(stage, name, LIVE, version)


def _wake(function: str, version: str) -> None:
    """AWS puts a version aside that nobody called for 14 days; a call brings it back, in minutes.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
    """
    functions = clients.client("lambda")
    there = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    if there.get("State", "Active") == "Active":
        return
    try:
        functions.invoke(FunctionName=function, Qualifier=version, Payload=smoke.TOUCH)
    except ClientError as error:
        if error.response["Error"]["Code"] not in WAKING:
            raise
    functions.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)


def _try_candidate(
    stage: str, versions: Mapping[str, str], outputs: Mapping[str, str], *, what: str
) -> None:
    """Ask the versions as visitors would, where no visitor gets them."""
    for name, version in versions.items():
        _wake(f"{stage}-{name}", version)
        _point(stage, name, CANDIDATE, version)
    try:
        _try(stage, outputs, CANDIDATE)
    except smoke.SmokeTestFailed as error:
        raise SmokeTestFailed(
            f"{what} of {stage} failed its checks and did not go live; visitors notice nothing. "
            f"{error}"
        ) from error


def _drawn_before(stage: str, versions: Mapping[str, str]) -> bool:
    """Whether these very versions are live already, and have been tried."""
    live = {name: _alias(stage, name, LIVE) or {} for name in versions}
    return all(
        live[name].get("FunctionVersion") == version and live[name].get("Description") != UNTRIED
        for name, version in versions.items()
    )


def _try_drawing(stage: str, say: Say) -> None:
    _, name, price = preflight.models_by_price()[0]
    say(f"{stage}: drawing one picture to try the release ({name}, ${price})")
    try:
        smoke.check_drawing(f"{stage}-worker", CANDIDATE)
    except smoke.SmokeTestFailed as error:
        raise SmokeTestFailed(
            f"The new release of {stage} did not go live, since it cannot draw; visitors notice "
            f"nothing. {error} To release all the same, for instance while the month's budget has "
            "stopped the drawing, set SMOKE_DRAW=off."
        ) from error


def _go_live(
    stage: str, versions: Mapping[str, str], outputs: Mapping[str, str], *, keep: bool
) -> None:
    """Everybody gets the new release, or nobody. `keep` what was live, to go back to it."""
    before = {name: str(_version(stage, name, LIVE)) for name in FUNCTIONS}
    try:
        _swap(stage, versions)
        _try(stage, outputs, LIVE)
    except smoke.SmokeTestFailed as error:
        then = _go_back(stage, before, versions, error)
        raise SmokeTestFailed(
            f"{stage} failed its checks once it was live. {then} {error}"
        ) from error
    except BaseException as error:
        _go_back(stage, before, versions, error)
        raise
    if keep and before != versions:
        for name, version in before.items():
            _point(stage, name, PREVIOUS, version)


def _go_back(
    stage: str, before: Mapping[str, str], now: Mapping[str, str], reason: BaseException
) -> str:
    """Make live what was live before; what was done, in a sentence."""
    if before == now:
        return "There is no other release to go back to."
    try:
        _swap(stage, before)
    except Exception as error:
        commands = "; ".join(
            f"aws lambda update-alias --region {settings.AWS_REGION} --function-name "
            f"{stage}-{name} --name {LIVE} --function-version {version}"
            for name, version in before.items()
        )
        raise CannotDeploy(
            f"{stage} failed once it was live ({reason}), and the release before it could not be "
            f"made live again ({error}). Do that by hand: {commands}"
        ) from error
    return "The release before it is live again."


def _try(stage: str, outputs: Mapping[str, str], alias: str) -> None:
    """Raises smoke.SmokeTestFailed."""
    api = outputs["ApiId" if alias == LIVE else "CandidateApiId"]
    words = stacks.environment(stage, outputs).get("ORIGIN_SECRET", "")
    smoke.check_site(smoke.address(api), words.partition(",")[0], bucket=outputs["PublicBucket"])
    smoke.check_worker(f"{stage}-worker", alias)
    if alias == LIVE and not settings.AWS_ENDPOINT_URL:  # the embedded CloudFront does not answer
        smoke.check_public_address(_site(outputs))


# What is not needed any more --------------------------------------------------------------------
def _prune(stage: str, outputs: Mapping[str, str]) -> None:
    """Keep what is live, what was before, and what was tried last: SnapStart bills each version."""
    for name in FUNCTIONS:
        function, functions = f"{stage}-{name}", clients.client("lambda")
        if _version(stage, name, SNAPSTART_LAMBDA_ALIAS):
            # Zappa's own; it names what was published last and would keep it for ever.
            functions.delete_alias(FunctionName=function, Name=SNAPSTART_LAMBDA_ALIAS)
        aliases = functions.list_aliases(FunctionName=function)["Aliases"]
        kept = {alias["FunctionVersion"] for alias in aliases}
        every = _every_version(function)
        for each in every:
            if each["Version"] not in kept:
                functions.delete_function(FunctionName=function, Qualifier=each["Version"])
        digests = {_digest_of(each) for each in every if each["Version"] in kept}
        _prune_packages(function, outputs["PackagesBucket"], digests)


def _every_version(function: str) -> list[dict[str, Any]]:
    pages = clients.client("lambda").get_paginator("list_versions_by_function")
    every = [v for page in pages.paginate(FunctionName=function) for v in page["Versions"]]
    return [version for version in every if version["Version"] != "$LATEST"]


def _prune_packages(function: str, bucket: str, digests: set[str]) -> None:
    kept = {_key(function, digest) for digest in digests}
    for key in [*_keys(bucket, f"{RELEASES}{function}/")]:
        if key not in kept:
            clients.client("s3").delete_object(Bucket=bucket, Key=key)


# Static files -----------------------------------------------------------------------------------
def _upload_static(bucket: str, say: Say) -> None:
    """Under `static/`, where CloudFront looks; what the release before needs stays there."""
    s3, sent = clients.client("s3"), 0
    there = set(_keys(bucket, "static/"))
    for path in sorted(p for p in (packages.DIST / "static").rglob("*") if p.is_file()):
        name = path.relative_to(packages.DIST / "static").as_posix()
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


def _keys(bucket: str, prefix: str) -> Iterator[str]:
    pages = clients.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", []))
