"""The stages of zappa_settings.json, and what Zappa itself does for each of their functions.

Zappa makes the zip, creates and updates the functions, and removes them. It is not asked for
roles, APIs, schedules or queues: those are in infra/, where one can read what they may do.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zappa.cli import ZappaCLI

SETTINGS = Path(__file__).resolve().parents[2] / "zappa_settings.json"


def stages() -> list[str]:
    return [*_file()]


def functions() -> tuple[str, ...]:
    """The functions that each stage has: "web", "worker" …"""
    return tuple(_stage(stages()[0])["functions"])


def settings(stage: str, function: str) -> dict[str, Any]:
    """What the file says of a function: the stage's settings, and its own over them."""
    said = _stage(stage)
    merged = _merged(said, said.pop("functions")[function])
    merged["aws_environment_variables"]["FUNCTION"] = function
    return merged


def region(stage: str) -> str:
    found: str = _stage(stage)["aws_region"]
    return found


def _file() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(SETTINGS.read_text(encoding="utf-8"))
    return found


def _stage(name: str) -> dict[str, Any]:
    every = _file()
    said = every[name]
    while base := said.pop("extends", None):
        said = _merged(every[base], said)
    return said


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, lists are joined, and everything else is replaced."""
    found = dict(base)
    for key, value in more.items():
        if isinstance(value, dict):
            found[key] = _merged(found.get(key, {}), value)
        elif isinstance(value, list):
            found[key] = [*found.get(key, []), *value]
        else:
            found[key] = value
    return found


# What Zappa does --------------------------------------------------------------------------------
def raw_zip(stage: str, function: str, project: Path, environment: Path, path: Path) -> Path:
    """The project and an environment in one zip, without what the settings leave out."""
    # It asks nobody, so it does not matter whose account or region this is.
    zappa = load(stage, function, credentials=False, aws_region="us-east-1")
    with chdir(project), quietly():
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
    """Create the function from a `package`, which is an S3 address."""
    zappa = _configured(stage, function, **more)
    with quietly():
        zappa.deploy(source_zip=package)


def update(stage: str, function: str, package: str, **more: Any) -> None:
    zappa = _configured(stage, function, **more)
    # Zappa would publish the new code with the old settings first. Each version of a function
    # with SnapStart is paid for, so only what has both is published.
    zappa.zappa.update_lambda_function = partial(zappa.zappa.update_lambda_function, publish=False)
    with quietly():
        zappa.update(source_zip=package)


def delete(stage: str, function: str) -> None:
    zappa = load(stage, function)
    with quietly():
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
    """What a file in git cannot know: the account's own names."""
    zappa = load(
        stage,
        function,
        role_arn=role,
        aws_region=region,
        architecture=architecture,
        aws_kms_key_arn=key,
    )
    zappa.aws_environment_variables = {**zappa.aws_environment_variables, **variables}
    return zappa


def load(stage: str, function: str, *, credentials: bool = True, **overrides: str) -> ZappaCLI:
    """Zappa with the settings of one function, which it takes for a stage of that name."""
    zappa = ZappaCLI()
    zappa.api_stage = f"{stage}-{function}"
    zappa.load_credentials = credentials
    zappa.disable_progress = True
    with TemporaryDirectory() as folder, quietly():
        file = Path(folder) / "zappa_settings.json"
        said = {zappa.api_stage: settings(stage, function) | overrides}
        file.write_text(json.dumps(said), encoding="utf-8")
        zappa.load_settings(str(file))
    return zappa


@contextmanager
def quietly() -> Iterator[None]:
    """Zappa talks to people, and of pip; here a program listens."""
    logging.getLogger("zappa.core").setLevel(logging.WARNING)
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
