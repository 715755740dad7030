"""Reads the templates of infra/ as CloudFormation does."""

from typing import Any

from aptmagic.deploy import infra


def template(name: str) -> dict[str, Any]:
    return infra.load(name)


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
