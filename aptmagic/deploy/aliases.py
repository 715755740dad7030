"""The aliases of a stage's functions, each naming one published version.

`candidate` is the version under test, behind an HTTP API of its own. `live` serves visitors.
`previous` was live before, and is what a rollback restores.
"""

from typing import Any

from botocore.exceptions import ClientError

from aptmagic.aws import clients

LIVE, CANDIDATE, PREVIOUS = "live", "candidate", "previous"
OURS = {LIVE, CANDIDATE, PREVIOUS}
# `live` has to exist before the API that calls it, so the first version is live before its checks.
INITIAL_DESCRIPTION = "not checked yet"


def versions(stage: str, name: str) -> dict[str, str]:
    """The version behind each of our aliases, by alias."""
    found = clients.client("lambda").list_aliases(FunctionName=f"{stage}-{name}")["Aliases"]
    return {a["Name"]: a["FunctionVersion"] for a in found if a["Name"] in OURS}


def version(stage: str, name: str, alias: str) -> str | None:
    found = find(stage, name, alias)
    return str(found["FunctionVersion"]) if found else None


def find(stage: str, name: str, alias: str) -> dict[str, Any] | None:
    """Lambda's description of the alias; None if there is no such alias or function."""
    try:
        found: dict[str, Any] = clients.client("lambda").get_alias(
            FunctionName=f"{stage}-{name}", Name=alias
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return found


def point(stage: str, name: str, alias: str, version: str, *, description: str = "") -> None:
    """Create the alias or move it to this version."""
    functions = clients.client("lambda")
    change = functions.update_alias if find(stage, name, alias) else functions.create_alias
    change(
        FunctionName=f"{stage}-{name}",
        Name=alias,
        FunctionVersion=version,
        Description=description,
    )


def delete(stage: str, name: str, alias: str) -> None:
    """Idempotent."""
    clients.client("lambda").delete_alias(FunctionName=f"{stage}-{name}", Name=alias)
