"""Writes down what is asked of AWS, as the IAM actions that it takes; imports nothing of ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore import signers
from botocore.client import BaseClient

# (IAM action, DynamoDB table or "")
Action = tuple[str, str]

PREFIX = {"stepfunctions": "states", "bedrock-runtime": "bedrock", "sesv2": "ses"}
# Where an operation is not called as the action that allows it.
NAMED = {
    "s3:HeadObject": ["s3:GetObject"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
    "s3:DeleteObjects": ["s3:DeleteObject"],
    "s3:CreateMultipartUpload": ["s3:PutObject"],
    "s3:UploadPart": ["s3:PutObject"],
    "s3:CompleteMultipartUpload": ["s3:PutObject"],
}
IN_A_TRANSACTION = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}


def taken_by(client: BaseClient, operation: str, given: dict[str, Any]) -> Iterator[Action]:
    """The actions that a role must be allowed for this call."""
    if client.meta.service_model.operation_model(operation).auth_type == "none":
        return  # asked in nobody's name, as a browser could
    service = client.meta.service_model.service_name
    action = f"{PREFIX.get(service, service)}:{operation}"
    if "TransactItems" in given:
        for part in given["TransactItems"]:
            [(kind, item)] = part.items()
            yield IN_A_TRANSACTION[kind], item["TableName"]
    elif action == "s3:DeleteObjects" and any("VersionId" in o for o in given["Delete"]["Objects"]):
        yield "s3:DeleteObjectVersion", ""
    elif "RequestItems" in given:
        yield from ((action, table) for table in given["RequestItems"])
    else:
        yield from ((name, given.get("TableName", "")) for name in NAMED.get(action, [action]))


def record(path: str) -> None:
    """From now on, each action that this process takes is a line of the file at `path`.

    Clients made before sign addresses unseen.
    """
    call, presign = BaseClient._make_api_call, signers.generate_presigned_url

    def write(actions: Iterator[Action]) -> None:
        with open(path, "a") as diary:
            diary.writelines(json.dumps(action) + "\n" for action in actions)

    def called(self: Any, operation: str, given: dict[str, Any]) -> Any:
        write(taken_by(self, operation, given))
        return call(self, operation, given)

    def presigned(self: Any, ClientMethod: str, *args: Any, **more: Any) -> Any:
        write(taken_by(self, self.meta.method_to_api_mapping[ClientMethod], {}))
        return presign(self, ClientMethod, *args, **more)

    BaseClient._make_api_call = called
    signers.generate_presigned_url = presigned


def recorded(path: Path) -> set[Action]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {(action, table) for action, table in map(json.loads, lines)}
