"""The pipeline calls commands that there are, and tells them nothing that settings would read."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import yaml
from django.conf import settings
from django.core.management import load_command_class

from tests.templates import template


def stages() -> dict[str, dict[str, Any]]:
    pipeline = template("delivery")["Resources"]["Pipeline"]["Properties"]
    return {stage["Name"]: stage for stage in pipeline["Stages"]}


def buildspec(project: str) -> list[str]:
    said = template("delivery")["Resources"][project]["Properties"]["Source"]["BuildSpec"]
    text = said if isinstance(said, str) else said["Sub"]
    commands: list[str] = yaml.safe_load(text)["phases"]["build"]["commands"]
    return commands


def told() -> Iterator[str]:
    for stage in stages().values():
        for action in stage["Actions"]:
            if variables := action["Configuration"].get("EnvironmentVariables"):
                yield from (each["name"] for each in json.loads(variables["Sub"]))


def test_a_commit_is_tested_tried_approved_and_released() -> None:
    assert [*stages()] == ["Source", "Test", "Trial", "Approval", "Production"]
    for name in ("Trial", "Production"):
        assert stages()[name]["OnFailure"] == {"Result": "ROLLBACK"}
    [condition] = stages()["Production"]["OnSuccess"]["Conditions"]
    assert condition["Result"] == "ROLLBACK"
    assert condition["Rules"][0]["Configuration"]["AlarmName"] == {"Ref": "PagesFailAlarm"}


def test_what_is_tested_is_what_is_released() -> None:
    [tested] = stages()["Test"]["Actions"]
    for name in ("Trial", "Production"):
        [action] = stages()[name]["Actions"]
        assert action["InputArtifacts"] == tested["OutputArtifacts"]
    assert buildspec("Test") == [
        ".ci/run",
        "make package STAGE=${TrialStage}",
        "make package STAGE=${Stage}",
    ]


def test_the_release_is_a_command_that_there_is() -> None:
    *_, line = buildspec("Deploy")
    python, manage, command, *arguments = shlex.split(line)
    assert (python, manage) == (".venv/bin/python", "manage.py")
    parser = load_command_class("aptmagic", command).create_parser(manage, command)
    said = parser.parse_args(arguments)
    assert (said.do, said.packed) == ("deploy", True)
    assert said.stage.removeprefix("$") in {*told()}


def test_the_pipeline_says_nothing_that_settings_read() -> None:
    read = re.findall(
        r'(?:env|required)\(\s*"(\w+)"', (settings.BASE_DIR / "aptmagic/settings.py").read_text()
    )
    assert "STAGE" in read
    assert not {*told()} & {*read}
