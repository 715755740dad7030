"""The packages of released versions, kept in S3 for Lambda to read and for rollbacks.

They are named by their SHA-256: `releases/<function>/<digest>.zip` in the packages bucket.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aptmagic.aws import clients
from aptmagic.aws.storage import Bucket
from aptmagic.deploy import packages
from aptmagic.deploy.errors import DeploymentError

PREFIX = "releases/"


def upload(function: str, path: Path, bucket: str) -> str:
    """Upload the package; its `s3://` URL."""
    key = _key(function, packages.digest(path))
    Bucket(bucket).put(key, path.read_bytes(), content_type="application/zip")
    return f"s3://{bucket}/{key}"


def key_of(function: str, version: str, bucket: str) -> str:
    """The key of a published version's package. Raises DeploymentError if it is gone."""
    configuration = clients.client("lambda").get_function_configuration(
        FunctionName=function, Qualifier=version
    )
    key = _key(function, digest_of(configuration))
    if not Bucket(bucket).exists(key):
        raise DeploymentError(
            f"The package of the previous release, s3://{bucket}/{key}, no longer exists. Nothing "
            "was changed. Check out the commit you want to restore and deploy it."
        )
    return key


def digest_of(configuration: Mapping[str, Any]) -> str:
    """The SHA-256 of the package behind a function's configuration, in hexadecimal."""
    return base64.b64decode(configuration["CodeSha256"]).hex()


def prune(function: str, bucket: str, *, keep: set[str]) -> None:
    """Delete the function's packages, except those with a digest in `keep`."""
    kept = {_key(function, digest) for digest in keep}
    existing = Bucket(bucket).list_files(f"{PREFIX}{function}/")
    Bucket(bucket).delete(file.key for file in existing if file.key not in kept)


def _key(function: str, digest: str) -> str:
    return f"{PREFIX}{function}/{digest}.zip"
