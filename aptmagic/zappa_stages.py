"""The stages of zappa_settings.json, in Zappa's hands.

Zappa makes the zip, creates and updates the functions, and takes them away. It is not asked for
roles, APIs, schedules or queues: those are in infra/, where one can read what they may do.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from zappa.cli import ZappaCLI

SETTINGS = Path(__file__).resolve().parent.parent / "zappa_settings.json"


def stages() -> list[str]:
    names = json.loads(SETTINGS.read_text(encoding="utf-8"))
    return [name.removesuffix("-web") for name in names if name.endswith("-web")]


def settings(name: str) -> dict[str, Any]:
    """What the file says of `<stage>-<function>`, and of what it extends."""
    every = json.loads(SETTINGS.read_text(encoding="utf-8"))
    found = every[name]
    while base := found.pop("extends", None):
        found = {**every[base], **found}
    return dict(found)


def raw_zip(name: str, project: Path, environment: Path, path: Path) -> Path:
    """The project and an environment in one zip, without what the settings leave out."""
    # It asks nobody, so it does not matter whose account or region this is.
    zappa = _load(name, credentials=False, aws_region="us-east-1")
    with chdir(project), _quietly():
        zappa.zappa.create_lambda_zip(
            prefix=name,
            venv=environment,
            exclude=[*zappa.stage_config["exclude"]],
            exclude_glob=zappa.stage_config["exclude_glob"],
            use_precompiled_packages=False,
            disable_progress=True,
            output=str(path),
        )
    return path


def deploy(name: str, path: Path, **more: Any) -> None:
    zappa = _configured(name, **more)
    with _quietly():
        zappa.deploy(source_zip=str(path))


def update(name: str, path: Path, **more: Any) -> None:
    zappa = _configured(name, **more)
    with _quietly():
        zappa.update(source_zip=str(path))


def undeploy(name: str) -> None:
    zappa = _load(name)
    with _quietly():
        zappa.undeploy(no_confirm=True)


def _configured(
    name: str, *, role: str, region: str, architecture: str, variables: Mapping[str, str]
) -> ZappaCLI:
    """What a file in git cannot know: the account's own names."""
    zappa = _load(name, role_arn=role, aws_region=region, architecture=architecture)
    zappa.aws_environment_variables = {**zappa.aws_environment_variables, **variables}
    return zappa


def _load(name: str, *, credentials: bool = True, **overrides: str) -> ZappaCLI:
    zappa = ZappaCLI()
    zappa.api_stage = name
    zappa.load_credentials = credentials
    zappa.disable_progress = True
    for key, value in overrides.items():
        zappa.override_stage_config_setting(key, value)
    with _quietly():
        zappa.load_settings(str(SETTINGS))
    return zappa


@contextmanager
def _quietly() -> Iterator[None]:
    """Zappa talks to people, and of pip; here a program listens."""
    logging.getLogger("zappa.core").setLevel(logging.WARNING)
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
