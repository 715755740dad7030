"""Releases of a stage: packaged, deployed, rolled back and removed.

A release that fails its checks never goes live.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from aptmagic.deploy import (
    Echo,
    aliases,
    cloudformation,
    functions,
    infra,
    package_store,
    packages,
    preflight,
    smoke,
    stacks,
    static_files,
    teardown,
    toolchain,
    zappa_stages,
)
from aptmagic.deploy.aliases import CANDIDATE, LIVE, PREVIOUS
from aptmagic.deploy.errors import DeploymentError
from aptmagic.deploy.packages import FUNCTIONS

# Stacks that hold no data, in the order in which they are deleted.
STATELESS_STACKS = (
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


class ReleaseFailed(DeploymentError):
    """A release failed its checks and is not live."""


# Package ----------------------------------------------------------------------------------------
def package(stage: str, *, echo: Echo = print) -> dict[str, Path]:
    """Build `dist/<stage>-<function>.zip` for each function. Raises DeploymentError."""
    zappa_stages.select(stage)
    for name in FUNCTIONS:
        toolchain.python(toolchain.target_for(stage, name))  # before anything is built
    shutil.rmtree(packages.DIST / "static", ignore_errors=True)
    built = {}
    for name in FUNCTIONS:
        path = packages.build(stage, name, toolchain.target_for(stage, name))
        size = path.stat().st_size / 1e6
        echo(f"dist/{path.name}: {size:.1f} MB, sha256 {packages.digest(path)}")
        built[name] = path
    return built


def _built(stage: str) -> dict[str, Path]:
    """The packages in dist/. Raises DeploymentError if one is missing."""
    found = {name: packages.DIST / f"{stage}-{name}.zip" for name in FUNCTIONS}
    if missing := [path for path in found.values() if not path.exists()]:
        raise DeploymentError(
            f"dist/{missing[0].name} does not exist. Run make package STAGE={stage} first."
        )
    return found


# Deploy -----------------------------------------------------------------------------------------
def deploy(stage: str, *, packed: bool = False, echo: Echo = print) -> dict[str, str]:
    """Deploy this commit, or with `packed` the packages in dist/; the outputs of all stacks.

    Raises DeploymentError; ReleaseFailed when the release does not pass its checks.
    """
    zappa_stages.select(stage)
    stacks.check(stage)
    preflight.check(echo)
    # Packaging may fail, and changes nothing.
    zips = _built(stage) if packed else package(stage, echo=echo)
    is_update = all(functions.exists(f"{stage}-{name}") for name in FUNCTIONS)
    create = {"api": lambda outputs: functions.create_missing(stage, zips, outputs)}
    outputs = stacks.deploy(stage, before=create, echo=echo)
    static_files.upload(packages.DIST / "static", outputs["PublicBucket"], echo)
    versions = {name: functions.update(stage, name, zips[name], outputs) for name in FUNCTIONS}
    _check_candidate(stage, versions, outputs, what="The new release")
    if os.environ.get("SMOKE_DRAW") != "off" and not _is_live(stage, versions):
        _check_drawing(stage, echo)
    _go_live(stage, versions, outputs, keep_previous=is_update)
    functions.prune(stage, outputs)
    echo(f"{stage} is live at {stacks.site_url(outputs)}")
    return outputs


def check(stage: str) -> None:
    """Raises DeploymentError if the stage, the region or the credentials are missing."""
    zappa_stages.select(stage)
    stacks.all_outputs(stage)


def rollback(stage: str, *, echo: Echo = print) -> None:
    """Make the previous release live again. Stacks and data stay as they are.

    Its code is published again with the current variables, because some of them, such as the
    origin secret, may have changed since. Raises DeploymentError if there is no previous release.
    """
    check(stage)
    previous = {name: aliases.version(stage, name, PREVIOUS) for name in FUNCTIONS}
    if not all(previous.values()):
        raise DeploymentError(f"{stage} has no previous release to roll back to.")
    outputs = stacks.all_outputs(stage)
    keys = {
        name: package_store.key_of(f"{stage}-{name}", str(version), outputs["PackagesBucket"])
        for name, version in previous.items()
    }
    versions = {
        name: functions.restore(stage, name, str(version), keys[name], outputs)
        for name, version in previous.items()
    }
    _check_candidate(stage, versions, outputs, what="The previous release")
    _go_live(stage, versions, outputs, keep_previous=False)
    for name in FUNCTIONS:
        aliases.delete(stage, name, PREVIOUS)
    functions.prune(stage, outputs)
    echo(f"The previous release of {stage} is live again at {stacks.site_url(outputs)}")


def undeploy(stage: str, *, data_too: str = "", echo: Echo = print) -> None:
    """Delete the functions and every stack that holds no data.

    With `data_too`, which has to be the stage's name again, the stacks that hold data are deleted
    as well; their templates still retain each table, bucket and user pool.
    """
    check(stage)
    if data_too and data_too != stage:
        raise DeploymentError(
            f"To delete the stacks of {stage}'s tables and buckets as well, confirm the name of "
            f"the stage: make undeploy STAGE={stage} DATA_TOO={stage}."
        )
    outputs = stacks.all_outputs(stage)
    teardown.release_protections(stage, outputs, echo)
    for template in (*STATELESS_STACKS, *(_stateful_stacks() if data_too else ())):
        if cloudformation.delete_stack(stage, template):
            echo(f"{infra.stack_name(stage, template)}: deleted")
    for function in functions.delete_all(stage, outputs):
        echo(f"{function}: deleted")
    for sentence in teardown.retained_resources(stage, outputs, data_too=bool(data_too)):
        echo(sentence)


def _stateful_stacks() -> list[str]:
    """In the order in which they are deleted."""
    others = (*STATELESS_STACKS, infra.ACCOUNT)
    return [name for name in reversed(infra.ORDER) if name not in others]


# Checks, and going live -------------------------------------------------------------------------
def _check_candidate(
    stage: str, versions: Mapping[str, str], outputs: Mapping[str, str], *, what: str
) -> None:
    """Run the smoke tests against these versions where no visitor reaches them."""
    for name, version in versions.items():
        functions.activate(f"{stage}-{name}", version)
        aliases.point(stage, name, CANDIDATE, version)
    try:
        _smoke_test(stage, outputs, CANDIDATE)
    except smoke.SmokeTestFailed as error:
        raise ReleaseFailed(
            f"{what} of {stage} failed its checks and did not go live. Visitors are not affected. "
            f"{error}"
        ) from error


def _is_live(stage: str, versions: Mapping[str, str]) -> bool:
    """Whether these versions are live already, and passed their checks."""
    live = {name: aliases.find(stage, name, LIVE) or {} for name in versions}
    return all(
        live[name].get("FunctionVersion") == version
        and live[name].get("Description") != aliases.INITIAL_DESCRIPTION
        for name, version in versions.items()
    )


def _check_drawing(stage: str, echo: Echo) -> None:
    _, name, price = preflight.models_by_price()[0]
    echo(f"{stage}: generating one test picture ({name}, ${price})")
    try:
        smoke.check_drawing(f"{stage}-worker", CANDIDATE)
    except smoke.SmokeTestFailed as error:
        raise ReleaseFailed(
            f"The new release of {stage} cannot generate pictures and did not go live. Visitors "
            f"are not affected. {error} To release anyway, for example while the month's budget "
            "has stopped generation, set SMOKE_DRAW=off."
        ) from error


def _go_live(
    stage: str, versions: Mapping[str, str], outputs: Mapping[str, str], *, keep_previous: bool
) -> None:
    """Move `live` of all functions, or of none. `keep_previous` allows a rollback."""
    before = {name: str(aliases.version(stage, name, LIVE)) for name in FUNCTIONS}
    try:
        _make_live(stage, versions)
        _smoke_test(stage, outputs, LIVE)
    except smoke.SmokeTestFailed as error:
        outcome = _go_back(stage, before, versions, error)
        raise ReleaseFailed(
            f"{stage} failed its checks after it went live. {outcome} {error}"
        ) from error
    except BaseException as error:
        _go_back(stage, before, versions, error)
        raise
    if keep_previous and before != versions:
        for name, version in before.items():
            aliases.point(stage, name, PREVIOUS, version)


def _make_live(stage: str, versions: Mapping[str, str]) -> None:
    for name, version in versions.items():
        functions.activate(f"{stage}-{name}", version)
        aliases.point(stage, name, LIVE, version)


def _go_back(
    stage: str, before: Mapping[str, str], now: Mapping[str, str], reason: BaseException
) -> str:
    """Make the former versions live again; a sentence on the outcome.

    Raises DeploymentError with the commands for doing it by hand if that fails too.
    """
    if before == now:
        return "There is no other release to go back to."
    try:
        _make_live(stage, before)
    except Exception as error:
        commands = "; ".join(
            f"aws lambda update-alias --region {settings.AWS_REGION} --function-name "
            f"{stage}-{name} --name {LIVE} --function-version {version}"
            for name, version in before.items()
        )
        raise DeploymentError(
            f"{stage} failed after it went live ({reason}), and the release before it could not be "
            f"restored ({error}). Restore it by hand: {commands}"
        ) from error
    return "The release before it is live again."


def _smoke_test(stage: str, outputs: Mapping[str, str], alias: str) -> None:
    """Raises smoke.SmokeTestFailed."""
    api = outputs["ApiId" if alias == LIVE else "CandidateApiId"]
    secrets = stacks.environment(stage, outputs).get("ORIGIN_SECRET", "")
    smoke.check_site(smoke.api_url(api), secrets.partition(",")[0], bucket=outputs["PublicBucket"])
    smoke.check_worker(f"{stage}-worker", alias)
    if alias == LIVE and not settings.AWS_ENDPOINT_URL:  # the embedded CloudFront does not answer
        smoke.check_public_address(stacks.site_url(outputs))
