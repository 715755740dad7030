"""The CloudFormation templates of `infra/`: their order, parameters, outputs and resources."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from aptmagic.deploy.errors import DeploymentError

FOLDER = Path(__file__).resolve().parents[2] / "infra"
# A template takes outputs of those before it as parameters.
ORDER = (
    "account",
    "data",
    "mail",
    "identity",
    "moderation",
    "secrets",
    "network",
    "roles",
    "api",
    "workflow",
    "edge",
    "observability",
    "budget",
    "delivery",
)
# Deployed only when named. From then on updated with the others, except for the account's.
ON_REQUEST = {
    "account": "there is one per account, shared by all stages, and no stage updates it",
    "network": "the site needs no VPC, and interface endpoints are billed by the hour",
    "delivery": "it needs a connection to the repository, which has to be confirmed in the console",
}
# The embedded cloud supports all templates. `make run` starts faster without these.
NOT_ON_A_LAPTOP = {
    **ON_REQUEST,
    "secrets": "the laptop keeps its own signing key, and no CloudFront calls its site",
    "api": "gunicorn serves the site",
    "edge": "the browser reads the site and the public bucket directly",
    "observability": "there is nobody to alert, and the logs are in .local/logs/",
    "budget": "nothing is billed",
}
# CloudFront takes certificates and web ACLs from this region only.
EDGE_REGION = "us-east-1"
ACCOUNT = "account"  # its stack is shared by all stages


def read(name: str) -> str:
    """The text of a template."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def stack_name(stage: str, name: str) -> str:
    return f"aptmagic-{name}" if name == ACCOUNT else f"{stage}-aptmagic-{name}"


def region(name: str) -> str:
    """The region of a template's stacks: AWS_REGION, except for CloudFront and the guardrail."""
    elsewhere = {"moderation": settings.BEDROCK_REGION, "edge": EDGE_REGION}
    return str(elsewhere.get(name, settings.AWS_REGION))


# Contents ---------------------------------------------------------------------------------------
class _TemplateLoader(yaml.CSafeLoader):
    """Reads CloudFormation's short functions as mappings: `!Ref X` becomes {"Ref": "X"}."""


def _construct_function(loader: _TemplateLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TypeError(node)  # YAML has no fourth kind


_TemplateLoader.add_multi_constructor("!", _construct_function)


def load(name: str) -> dict[str, Any]:
    """The content of a template. Do not change it: it is cached."""
    return _parse(read(name))


@cache
def _parse(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(text, _TemplateLoader)  # noqa: S506  # nosec B506  safe
    return content


@dataclass(frozen=True)
class Parameter:
    """A parameter as its template declares it."""

    default: str = ""
    has_default: bool = False
    pattern: str = ""
    constraint: str = ""


def parameters(name: str) -> dict[str, Parameter]:
    """The parameters of a template, by name."""
    return {key: _parameter(each) for key, each in load(name).get("Parameters", {}).items()}


def _parameter(declared: Mapping[str, Any]) -> Parameter:
    return Parameter(
        default=str(declared.get("Default", "")),
        has_default="Default" in declared,
        pattern=declared.get("AllowedPattern", ""),
        constraint=declared.get("ConstraintDescription", ""),
    )


def outputs(name: str) -> set[str]:
    """The names of a template's outputs."""
    return {*load(name).get("Outputs", {})}


def resources(name: str, resource_type: str | None = None) -> dict[str, dict[str, Any]]:
    """The resources of a template by logical id, all or those of one type, conditional or not."""
    every: dict[str, dict[str, Any]] = load(name)["Resources"]
    return {
        logical_id: resource
        for logical_id, resource in every.items()
        if resource_type in (None, resource["Type"])
    }


# Values of parameters ---------------------------------------------------------------------------
def stage_parameters(stage: str, *chosen: str) -> dict[str, str]:
    """The parameters in infra/stages.toml: the stage's, and the account's if that is chosen.

    Raises DeploymentError when the file is not valid TOML.
    """
    file = FOLDER / "stages.toml"
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise DeploymentError(f"infra/stages.toml is not valid TOML: {error}") from error
    every = {**found.get(stage, {}), **(found.get(ACCOUNT, {}) if ACCOUNT in chosen else {})}
    return {key: str(value) for key, value in every.items()}


def default_parameters(stage: str) -> dict[str, str]:
    return {
        "Stage": stage,
        "Embedded": "true" if settings.AWS_ENDPOINT_URL else "false",
        "BedrockRegion": settings.BEDROCK_REGION,
        "HomeRegion": settings.AWS_REGION,
        "PolicyHash": policy_hash(),
    }


def policy_hash() -> str:
    """Twelve hexadecimal digits that change with the guardrail's policy, but not with comments.

    A new value makes CloudFormation create a new version of the guardrail.
    """
    if not (FOLDER / "moderation.yaml").exists():
        return ""
    policy = json.dumps(resources("moderation")["Words"], sort_keys=True)
    return hashlib.sha256(policy.encode()).hexdigest()[:12]


def values(stage: str, name: str, known: Mapping[str, str]) -> dict[str, str]:
    """The values of the template's parameters: ours, else one of `known`.

    Raises DeploymentError when a parameter has neither a value nor a default.
    """
    available = {**known, **default_parameters(stage)}
    declared = parameters(name)
    if missing := [k for k, p in declared.items() if k not in available and not p.has_default]:
        raise DeploymentError(
            f"{stack_name(stage, name)} needs {', '.join(missing)}: deploy the stacks before it."
        )
    return {key: available[key] for key in declared if key in available}
