"""Deployments of small templates apply the changes in order, and print them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aptmagic.aws import clients
from aptmagic.aws.dynamodb import new_id
from aptmagic.deploy import infra, stacks

HARMLESS = """\
Parameters:
  Stage: {Type: String}
Resources:
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-dead"}}
Outputs:
  TasksQueueUrl: {Value: !Ref Dead}
"""
DEPENDENT = """\
Parameters:
  TasksQueueUrl:
    Type: String
Resources:
  Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref TasksQueueUrl}}
"""


@pytest.fixture
def folder(cloud: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small templates, of which the second needs an output of the first."""
    monkeypatch.setattr(infra, "FOLDER", tmp_path)
    monkeypatch.setattr(infra, "ORDER", ("data", "workflow"))
    (tmp_path / "data.yaml").write_text(HARMLESS)
    (tmp_path / "workflow.yaml").write_text(DEPENDENT)
    return tmp_path


@pytest.fixture
def stage() -> str:
    return "trial" + new_id()[-8:].lower()


def deploy(stage: str, **options: Any) -> tuple[dict[str, str], list[str]]:
    printed: list[str] = []
    return stacks.deploy(stage, only=infra.ORDER, echo=printed.append, **options), printed


def test_outputs_of_one_stack_are_parameters_of_the_next(folder: Path, stage: str) -> None:
    outputs, printed = deploy(stage)
    assert outputs["TasksQueueUrl"].endswith(f"/{stage}-dead")
    assert printed == [
        f"{stage}-aptmagic-data: Add Dead",
        f"{stage}-aptmagic-workflow: Add Note",
    ]


def test_a_second_deployment_changes_and_prints_nothing(folder: Path, stage: str) -> None:
    first, _ = deploy(stage)
    assert deploy(stage) == (first, [])


def test_a_function_can_run_before_a_template(folder: Path, stage: str) -> None:
    calls: list[Any] = []
    deploy(stage, before={"workflow": calls.append})
    assert [outputs.keys() for outputs in calls] == [{"TasksQueueUrl"}]


def test_changes_are_printed(folder: Path, stage: str) -> None:
    deploy(stage)
    more = "Resources:\n  Alive: {Type: AWS::SQS::Queue}"
    (folder / "data.yaml").write_text(HARMLESS.replace("Resources:", more))
    _, printed = deploy(stage)
    assert printed == [f"{stage}-aptmagic-data: Add Alive"]


@pytest.mark.parametrize(
    ("wanted", "only", "sentence"),
    [
        ("Prod!", ("data",), "'Prod!' is not a valid stage name"),
        ("prod", ("dta",), "There is no template 'dta'"),
        ("", ("workflow",), "deploy the stacks before it"),
    ],
)
def test_a_mistake_is_reported_before_anything_changes(
    folder: Path, stage: str, wanted: str, only: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("stack", "deploy", "--stage", wanted or stage, "--only", *only)
    stacks_there = clients.client("cloudformation").describe_stacks()["Stacks"]
    assert not [s for s in stacks_there if s["StackName"].startswith((stage, "Prod", "prod"))]
