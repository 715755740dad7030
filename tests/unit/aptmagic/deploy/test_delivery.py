"""The pipeline calls commands that there are, and tells them nothing that settings would read."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import load_command_class

from tests.templates import resources, template


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


def test_a_commit_is_tested_staged_approved_and_released() -> None:
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


def test_the_pipeline_runs_an_existing_command() -> None:
    *_, line = buildspec("Deploy")
    python, manage, command, *arguments = shlex.split(line)
    assert (python, manage) == (".venv/bin/python", "manage.py")
    parser = load_command_class("aptmagic", command).create_parser(manage, command)
    said = parser.parse_args(arguments)
    assert (said.do, said.packed) == ("deploy", True)
    assert said.stage.removeprefix("$") in {*told()}


def test_the_pipeline_sets_no_variable_that_settings_read() -> None:
    read = re.findall(
        r'(?:env|required)\(\s*"(\w+)"', (settings.BASE_DIR / "aptmagic/settings.py").read_text()
    )
    assert "STAGE" in read
    assert not {*told()} & {*read}


# What it may do ---------------------------------------------------------------------------------
def rules(effect: str, action: str) -> list[dict[str, Any]]:
    """Statements of the deployer that allow, or forbid, the action."""
    policies = template("delivery")["Resources"]["Deployer"]["Properties"]["Policies"]
    every = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return [
        each
        for each in every
        if each["Effect"] == effect and action in (each["Action"], *each["Action"])
    ]


@pytest.mark.parametrize(
    "action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]
)
def test_it_creates_roles_within_the_boundary_only(action: str) -> None:
    [allowed] = rules("Allow", action)
    bounded = {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "BoundaryArn"}}}
    assert allowed["Condition"] == bounded
    [forbidden] = [
        r for r in rules("Deny", "iam:DeleteRolePermissionsBoundary") if r["Resource"] == "*"
    ]
    assert "Condition" not in forbidden


def test_it_may_attach_only_the_budgets_policy() -> None:
    for action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        [allowed] = rules("Allow", action)
        policies = allowed["Condition"]["ArnEquals"]["iam:PolicyARN"]
        assert all(each["Sub"].endswith("-no-more-pictures") for each in policies)


def test_it_passes_roles_only_to_services_in_use() -> None:
    [allowed] = rules("Allow", "iam:PassRole")
    trusted = {
        statement["Principal"]["Service"]
        for where, role in resources("AWS::IAM::Role").items()
        if not where.startswith("delivery/")
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    }
    assert set(allowed["Condition"]["StringEquals"]["iam:PassedToService"]) == trusted


def test_it_cannot_change_its_own_permissions() -> None:
    own = {
        role["Properties"]["RoleName"]["Sub"]
        for where, role in resources("AWS::IAM::Role").items()
        if where.startswith("delivery/")
    }
    assert all(name.startswith("${Stage}-delivery") for name in own)
    changing = {
        action
        for policy in template("delivery")["Resources"]["Deployer"]["Properties"]["Policies"]
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
        for action in each["Action"]
        if isinstance(each["Action"], list) and not action.startswith(("iam:Get", "iam:List"))
    } | {"iam:PassRole"}
    for action in changing:
        if "Policy" in action and "Role" not in action:
            [forbidden] = rules("Deny", action)
            assert forbidden["Resource"] == [{"Ref": "Delivered"}, {"Ref": "BoundaryArn"}]
        else:
            reach = [str(r["Resource"]) for r in rules("Deny", action)]
            assert any("role/${Stage}-delivery*" in each for each in reach), action


def test_concurrent_builds_are_not_dropped() -> None:
    """Over a limit of its own a project refuses builds; without one they wait."""
    for project in resources("AWS::CodeBuild::Project").values():
        assert "ConcurrentBuildLimit" not in project["Properties"]
