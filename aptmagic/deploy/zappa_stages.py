"""The stages of zappa_settings.json, and the calls to Zappa for each of their functions.

Zappa makes the zip, and creates, updates and deletes the functions. Roles, APIs, schedules and
queues are defined in infra/, not by Zappa.
"""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings as conf
from zappa.cli import ZappaCLI

from aptmagic.aws import clients
from aptmagic.deploy.errors import DeploymentError

SETTINGS = Path(__file__).resolve().parents[2] / "zappa_settings.json"


def stages() -> list[str]:
    return [*_file()]


def functions() -> tuple[str, ...]:
    """The names of the functions that each stage has: "web", "worker"."""
    return tuple(_stage(stages()[0])["functions"])


def settings(stage: str, function: str) -> dict[str, Any]:
    """A function's settings: the stage's, overridden by its own."""
    declared = _stage(stage)
    merged = _merge(declared, declared.pop("functions")[function])
    merged["aws_environment_variables"]["FUNCTION"] = function
    return merged


def select(stage: str) -> None:
    """Use the stage's region from now on, unless AWS_REGION or AWS_DEFAULT_REGION is set.

    Raises DeploymentError for a stage that zappa_settings.json does not have.
    """
    known = stages()
    if stage not in known:
        raise DeploymentError(
            f"zappa_settings.json has no stage '{stage}'; its stages are {', '.join(known)}."
        )
    region = _stage(stage)["aws_region"]
    chosen = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not chosen and region != conf.AWS_REGION:
        conf.AWS_REGION = region
        clients.reset_clients()


def _file() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(SETTINGS.read_text(encoding="utf-8"))
    return found


def _stage(name: str) -> dict[str, Any]:
    stages = _file()
    declared = stages[name]
    while base := declared.pop("extends", None):
        declared = _merge(stages[base], declared)
    return declared


def _merge(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Merges mappings, joins lists, and replaces everything else."""
    merged = dict(base)
    for key, value in more.items():
        if isinstance(value, dict):
            merged[key] = _merge(merged.get(key, {}), value)
        elif isinstance(value, list):
            merged[key] = [*merged.get(key, []), *value]
        else:
            merged[key] = value
    return merged


# Calls to Zappa ---------------------------------------------------------------------------------
def raw_zip(stage: str, function: str, project: Path, environment: Path, path: Path) -> Path:
    """Zip the project and an environment, without what the settings exclude; `path`."""
    # No call is made, so neither credentials nor region matter.
    zappa = load(stage, function, credentials=False, aws_region="us-east-1")
    with chdir(project), silence_zappa():
        zappa.zappa.create_lambda_zip(
            prefix=f"{stage}-{function}",
            venv=environment,
            exclude=[*zappa.stage_config["exclude"]],
            exclude_glob=zappa.stage_config["exclude_glob"],
            use_precompiled_packages=False,
            disable_progress=True,
            output=str(path),
        )
    return path


def create(stage: str, function: str, package: str, **more: Any) -> None:
    """Create the function from a package, given as an `s3://` URL."""
    zappa = _configured(stage, function, **more)
    with silence_zappa():
        zappa.deploy(source_zip=package)


def update(stage: str, function: str, package: str, **more: Any) -> None:
    zappa = _configured(stage, function, **more)
    # Zappa would publish the new code with the old configuration first, and SnapStart bills each
    # version.
    zappa.zappa.update_lambda_function = partial(zappa.zappa.update_lambda_function, publish=False)
    with silence_zappa():
        zappa.update(source_zip=package)


def delete(stage: str, function: str) -> None:
    zappa = load(stage, function)
    with silence_zappa():
        zappa.undeploy(no_confirm=True)


def _configured(
    stage: str,
    function: str,
    *,
    role: str,
    region: str,
    architecture: str,
    key: str,
    variables: Mapping[str, str],
) -> ZappaCLI:
    """Zappa with what zappa_settings.json cannot know: the account's own names."""
    zappa = load(
        stage,
        function,
        role_arn=role,
        aws_region=region,
        architecture=architecture,
        aws_kms_key_arn=key,
    )
    zappa.aws_environment_variables = {**zappa.aws_environment_variables, **variables}
    zappa.zappa.wait_until_lambda_function_is_active = _waiter(zappa, "function_active_v2")
    zappa.zappa.wait_until_lambda_function_is_updated = _waiter(zappa, "function_updated_v2")
    return zappa


def _waiter(zappa: ZappaCLI, name: str) -> Callable[[str], None]:
    """One that looks every second, where Zappa's looks every five."""
    waiter = zappa.zappa.lambda_client.get_waiter(name)
    return lambda function_name: waiter.wait(FunctionName=function_name)


def load(stage: str, function: str, *, credentials: bool = True, **overrides: str) -> ZappaCLI:
    """Zappa with the settings of one function, as a stage of that name."""
    zappa = ZappaCLI()
    zappa.api_stage = f"{stage}-{function}"
    zappa.load_credentials = credentials
    zappa.disable_progress = True
    with TemporaryDirectory() as folder, silence_zappa():
        file = Path(folder) / "zappa_settings.json"
        content = {zappa.api_stage: settings(stage, function) | overrides}
        file.write_text(json.dumps(content), encoding="utf-8")
        zappa.load_settings(str(file))
    return zappa


@contextmanager
def silence_zappa() -> Iterator[None]:
    """Suppress what Zappa prints and warns about: our own commands print their progress."""
    logging.getLogger("zappa.core").setLevel(logging.WARNING)
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
