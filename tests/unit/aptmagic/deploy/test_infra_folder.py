"""The templates fit together: parameters, outputs, names, references."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from aptmagic.deploy import infra, stacks
from tests.templates import everything, outputs, template


def test_every_template_is_deployed() -> None:
    assert {path.stem for path in infra.FOLDER.glob("[!.]*.yaml")} == set(infra.ORDER)


@pytest.mark.parametrize("name", infra.ORDER)
def test_required_parameters_are_outputs_of_earlier_templates(name: str) -> None:
    before = infra.ORDER[: infra.ORDER.index(name)]
    given = {key for earlier in before for key in outputs(earlier)}
    known = given | infra.default_parameters("trial").keys() | {"SiteUrl"}
    for key, parameter in template(name).get("Parameters", {}).items():
        if key not in known and "Default" not in parameter:
            assert (name, key) in SET_BY_THE_OPERATOR


# Only the operator knows these.
SET_BY_THE_OPERATOR = {("delivery", "ConnectionArn"), ("delivery", "Repository")}


def test_every_output_belongs_to_one_template() -> None:
    given = [key for name in infra.ORDER for key in outputs(name)]
    assert len(given) == len(set(given))


def test_a_parameter_has_the_same_pattern_everywhere() -> None:
    seen: dict[str, Any] = {}
    for name in infra.ORDER:
        for key, parameter in template(name).get("Parameters", {}).items():
            pattern = parameter.get("AllowedPattern") or parameter.get("AllowedValues")
            assert seen.setdefault(key, pattern) == pattern or not pattern, (name, key)


def test_resource_names_are_unique_and_contain_the_stage() -> None:
    named = re.compile(
        r"(Table|Bucket|Role|Queue|Topic|Function|StateMachine|Trail|Dashboard|Alarm|LogGroup"
        r"|ManagedPolicy|Alias|UserPool)?Name"
    )
    names: dict[tuple[str, str], str] = {}
    for where, resource in everything().items():
        if resource["Type"] in REFERRING:
            continue
        for key, value in resource.get("Properties", {}).items():
            if named.fullmatch(key) and isinstance(value, dict) and "Sub" in value:
                assert ("${Stage}" in value["Sub"]) is not where.startswith(infra.ACCOUNT), where
                there = names.setdefault((resource["Type"], value["Sub"]), where)
                assert there == where, f"{there} and {where} are both {value['Sub']}"
    assert len(names) > 30


# Their names refer to other resources.
REFERRING = {
    "AWS::Logs::MetricFilter",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Route53::RecordSet",
}


def test_references_resolve_within_the_template() -> None:
    for name in infra.ORDER:
        whole = template(name)
        there = whole["Resources"].keys() | whole.get("Parameters", {}).keys()
        for kind, value in references(whole):
            base = value.split(".")[0]
            assert base in there or base.startswith("AWS::"), f"{name}: {kind} {value}"


def references(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("Ref", "GetAtt"):
                yield key, value if isinstance(value, str) else value[0]
            elif key == "Sub" and isinstance(value, str):
                yield from ((key, found) for found in re.findall(r"\$\{([\w:.]+)\}", value))
            else:
                yield from references(value)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_declared_and_used_conditions_are_the_same() -> None:
    for name in infra.ORDER:
        declared = template(name).get("Conditions", {}).keys()
        text = infra.read(name)
        used = set(
            re.findall(r"^ +Condition: (\w+)$|!Condition (\w+)|!If\s+(?:-|\[)\s*(\w+)", text, re.M)
        )
        assert declared == {word for words in used for word in words if word}, name


@pytest.mark.parametrize("name", infra.ORDER)
def test_the_diagram_and_the_readme_list_every_template(name: str) -> None:
    assert f">{name}</text>" in (infra.FOLDER / "system.svg").read_text()
    assert (
        f"| {infra.ORDER.index(name) + 1} | `{name}` |" in (infra.FOLDER / "README.md").read_text()
    )


@pytest.mark.parametrize("left_out", [infra.ON_REQUEST, infra.NOT_ON_A_LAPTOP])
def test_templates_are_left_out_for_a_reason(left_out: dict[str, str]) -> None:
    assert left_out.keys() < set(infra.ORDER)
    assert all(left_out.values())


def test_stages_set_only_existing_parameters() -> None:
    """Including the commented examples."""
    text = re.sub(r"^# (?=\w+ = )", "", (infra.FOLDER / "stages.toml").read_text(), flags=re.M)
    for stage, said in tomllib.loads(text).items():
        names = [infra.ACCOUNT] if stage == infra.ACCOUNT else infra.ORDER
        asked = {key for name in names for key in template(name).get("Parameters", {})}
        assert said.keys() <= asked, stage


def test_all_stages_share_the_account_stack() -> None:
    names = {infra.stack_name(stage, infra.ACCOUNT) for stage in ("staging", "production")}
    assert names == {"aptmagic-account"}
    assert "Stage" not in template(infra.ACCOUNT)["Parameters"]
    once = ("AWS::GuardDuty::Detector", "AWS::CloudTrail::Trail")
    for where, resource in everything().items():
        assert (resource["Type"] in once) <= where.startswith(infra.ACCOUNT), where


# Outputs ----------------------------------------------------------------------------------------
def test_the_outputs_contain_what_settings_need() -> None:
    given = {stacks._variable_name(key) for name in infra.ORDER for key in outputs(name)}
    source = (settings.BASE_DIR / "aptmagic" / "settings.py").read_text()
    needed = set(re.findall(r'required\(\s*"(\w+)"[^)]*?where=STACK', source, re.DOTALL))
    assert needed
    assert needed <= given


SMALL_TEMPLATE = """\
Parameters:
  Stage: {Type: String}
  Budget:
    Type: Number
    Default: 20  # dollars
  Shield:
    Type: String
    Default: "off"
    AllowedPattern: "on|off"
    ConstraintDescription: "on or off"
Resources:
  Always: {Type: AWS::SNS::Topic}
  Sometimes:
    Type: AWS::SQS::Queue
    Condition: HasQueue
    Properties:
      QueueName: !Sub "${Stage}-queue"
      Tags: !If [HasTags, [{Key: a, Value: !Ref Stage}], !Ref AWS::NoValue]
Outputs:
  QueueArn: {Value: !GetAtt Sometimes.Arn}
"""


def test_a_template_is_read_as_cloudformation_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra, "read", lambda name: SMALL_TEMPLATE)
    assert infra.parameters("any") == {
        "Stage": infra.Parameter(),
        "Budget": infra.Parameter(default="20", has_default=True),
        "Shield": infra.Parameter("off", True, "on|off", "on or off"),
    }
    assert infra.outputs("any") == {"QueueArn"}
    assert {*infra.resources("any")} == {"Always", "Sometimes"}
    [queue] = infra.resources("any", "AWS::SQS::Queue").values()
    assert queue["Properties"] == {
        "QueueName": {"Sub": "${Stage}-queue"},
        "Tags": {
            "If": ["HasTags", [{"Key": "a", "Value": {"Ref": "Stage"}}], {"Ref": "AWS::NoValue"}]
        },
    }
