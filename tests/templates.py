"""Reads the templates of infra/ as CloudFormation does."""

from functools import cache
from typing import Any

import yaml

from aptmagic.deploy import infra


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short functions as they are written: `!Ref X` becomes {"Ref": "X"}."""


def _function(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _function)


@cache
def template(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(infra.read(name), Loader)  # noqa: S506  a SafeLoader
    return found


def resources(kind: str, *names: str) -> dict[str, dict[str, Any]]:
    """By their logical names; those of several templates may be the same."""
    return {
        logical if names else f"{name}/{logical}": resource
        for name in names or infra.ORDER
        for logical, resource in template(name)["Resources"].items()
        if resource["Type"] == kind
    }


def everything() -> dict[str, dict[str, Any]]:
    return {
        f"{name}/{logical}": resource
        for name in infra.ORDER
        for logical, resource in template(name)["Resources"].items()
    }


def outputs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(name).get("Outputs", {})
    return found


def subscriptions() -> dict[str, list[str]]:
    """The names of the events that each queue is subscribed to, by the queue's own name."""
    found = resources("AWS::SNS::Subscription", "data").values()
    return {
        queue_name(each["Properties"]["Endpoint"]["GetAtt"].removesuffix(".Arn")): names
        for each in found
        for names in [each["Properties"]["FilterPolicy"]["event"]]
    }


def queue_name(logical_name: str) -> str:
    """A queue's name without its stage."""
    queue = resources("AWS::SQS::Queue", "data")[logical_name]
    name: str = queue["Properties"]["QueueName"]["Sub"]
    return name.removeprefix("${Stage}-")
