"""What `infra/` holds: templates in their order, what each asks for, and what a stage says."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from aptmagic.deploy.errors import DeploymentError

FOLDER = Path(__file__).resolve().parents[2] / "infra"
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
# Brought up when somebody asks for them by name, and, but for the account's, kept up to date from
# then on.
ON_REQUEST = {
    "account": "an account has it once, for all stages; it is not brought up to date with a stage",
    "network": "the site needs no network of its own; interface endpoints cost by the hour",
    "delivery": "it needs a connection to the repository that somebody has confirmed by hand",
}
# The embedded cloud takes them all, and a test deploys them; `make run` starts sooner without.
NOT_ON_A_LAPTOP = {
    **ON_REQUEST,
    "secrets": "what a laptop signs with is no secret, and nothing stands before its site",
    "api": "gunicorn answers",
    "edge": "the browser reads the site and the public bucket itself",
    "observability": "nobody is to be woken; everything is in .local/logs/",
    "budget": "nothing costs anything",
}
# Where a template lives that is not at home: CloudFront wants certificates and firewalls there.
EDGE_REGION = "us-east-1"
ACCOUNT = "account"  # one stack for all stages


def read(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def stack_name(stage: str, name: str) -> str:
    return f"aptmagic-{name}" if name == ACCOUNT else f"{stage}-aptmagic-{name}"


def region(name: str) -> str:
    """Guardrails are where the models are; everything else is at home, or where CloudFront is."""
    away = {"moderation": settings.BEDROCK_REGION, "edge": EDGE_REGION}
    return str(away.get(name, settings.AWS_REGION))


# What a template asks for -----------------------------------------------------------------------
@dataclass(frozen=True)
class Parameter:
    """What a template says of one of its parameters."""

    default: str = ""
    has_default: bool = False
    pattern: str = ""
    constraint: str = ""


def parameters(name: str) -> dict[str, Parameter]:
    """Our templates are plain enough not to need a YAML reader."""
    return {key: _parameter(part) for key, part in _section(name, "Parameters").items()}


def outputs(name: str) -> set[str]:
    """The names of what the template will give."""
    return set(_section(name, "Outputs"))


def resource_types(name: str) -> list[str]:
    """The types of the template's resources, those behind a condition too."""
    parts = _section(name, "Resources").values()
    return [found for part in parts for found in re.findall(r"^    Type: (AWS::\S+)", part, re.M)]


def _parameter(part: str) -> Parameter:
    lines = re.findall(r"^    (\w+): (.*?)(?:  #.*)?$", part, re.MULTILINE)
    said = {name: _plain(value) for name, value in lines}
    return Parameter(
        default=said.get("Default", ""),
        has_default="Default" in said,
        pattern=said.get("AllowedPattern", ""),
        constraint=said.get("ConstraintDescription", ""),
    )


def _plain(value: str) -> str:
    """A quoted value is JSON, too."""
    return str(json.loads(value)) if value.startswith('"') else value


def _section(name: str, section: str) -> dict[str, str]:
    """What stands in a section of a template, by its names."""
    found = re.search(rf"^{section}:\n((?:[ #].*\n|\n)+)", read(name), re.MULTILINE)
    parts = re.split(r"^  (\w+):", found[1], flags=re.MULTILINE)[1:] if found else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


# What it is given -------------------------------------------------------------------------------
def stage_parameters(stage: str, *chosen: str) -> dict[str, str]:
    """What infra/stages.toml says of the stage and, if its template is chosen, of the account."""
    file = FOLDER / "stages.toml"
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise DeploymentError(f"infra/stages.toml cannot be read: {error}") from error
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
    """Twelve hexadecimal digits that change with the guardrail's policy, and not with comments."""
    if not (FOLDER / "moderation.yaml").exists():
        return ""
    policy = _section("moderation", "Resources")["Words"]
    lines = (re.sub(r"(^|\s)#.*", "", line).rstrip() for line in policy.splitlines())
    return hashlib.sha256("\n".join(filter(None, lines)).encode()).hexdigest()[:12]


def values(stage: str, name: str, known: Mapping[str, str]) -> dict[str, str]:
    """What the template asks for: ours, said for the stage, or an output of a stack before it."""
    every = {**known, **default_parameters(stage)}
    declared = parameters(name)
    if missing := [k for k, p in declared.items() if k not in every and not p.has_default]:
        raise DeploymentError(
            f"{stack_name(stage, name)} needs {', '.join(missing)}: deploy the stacks before it."
        )
    return {key: every[key] for key in declared if key in every}
