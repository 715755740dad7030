"""A base class for commands that need AWS or the embedded cloud."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
)
from django.core.management.base import BaseCommand, CommandError

UNREACHABLE = (
    ConnectionError,
    ConnectionClosedError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
)


class CloudCommand(BaseCommand):
    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except Exception as error:
            if not any(isinstance(each, UNREACHABLE) for each in _causes(error)):
                raise
            raise CommandError(
                "Nothing answers: start the embedded cloud with make run, or sign in to AWS."
            ) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes: pynamodb wraps botocore's errors."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
