"""Django's storage API for our buckets, by django-storages: `settings.STORAGES` names both.

For files that Django or the deployment handles as files (archives, static files). Pages don't
import it: django-storages and boto3's resources would add 0.1 s to a cold start.
"""

from functools import cache
from typing import Any

import boto3
from django.conf import settings
from storages.backends.s3 import S3Storage

from aptmagic.aws import clients, storage


class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """A bucket by `bucket_name`, through the S3 client that everything else uses."""

    # Only the client knows credentials, region and endpoint.
    access_key = secret_key = security_token = session_profile = None

    @property
    def connection(self) -> Any:
        return _resource(clients.client("s3"))

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    def url(
        self, name: str, parameters: Any = None, expire: Any = None, http_method: Any = None
    ) -> str:
        return storage.Bucket(self.bucket_name).url(name)


class PrivateStorage(BucketStorage):
    """`settings.PRIVATE_BUCKET`; `url` is presigned."""

    @property
    def bucket_name(self) -> str:
        return str(settings.PRIVATE_BUCKET)


class PublicStorage(BucketStorage):
    """`settings.PUBLIC_BUCKET`; `url` is CloudFront's."""

    object_parameters = {"CacheControl": storage.PUBLIC_CACHE}

    @property
    def bucket_name(self) -> str:
        return str(settings.PUBLIC_BUCKET)

    def url(
        self, name: str, parameters: Any = None, expire: Any = None, http_method: Any = None
    ) -> str:
        return storage.public_url(name)


@cache
def _resource(client: Any) -> Any:
    """boto3's resource over our client, instead of the client that it makes for itself."""
    resource = boto3.Session().resource("s3", region_name=client.meta.region_name)
    resource.meta.client = client
    return resource
