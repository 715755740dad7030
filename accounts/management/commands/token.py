"""`manage.py token <handle> --scopes read,generate` prints a new API token."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts.api_tokens import tokens
from accounts.profiles import profiles
from aptmagic.aws.dynamodb import now
from aptmagic.errors import Refused
from aptmagic.management.cloud import CloudCommand


class Command(CloudCommand):
    help = "Creates an API token for a user and prints it. It can't be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("handle", help="the owner of the token")
        parser.add_argument(
            "--scopes", default="read", help=f"separated by commas: {', '.join(tokens.SCOPES)}"
        )
        parser.add_argument("--days", type=int, help="how long it is good; for ever if not given")
        parser.add_argument("--cap", type=int, help="credits it may spend in a calendar month")

    def handle(
        self,
        *args: Any,
        handle: str,
        scopes: str,
        days: int | None,
        cap: int | None,
        **options: Any,
    ) -> None:
        profile = profiles.by_handle(handle.removeprefix("@"))
        if profile is None:
            raise CommandError(f"Nobody here has the handle @{handle.removeprefix('@')}.")
        if cap is not None and cap < 0:
            raise CommandError("A cap is a number of credits, 0 or more.")
        expires = None if days is None else now() + timedelta(days=days)
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        try:
            secret = tokens.create(profile.user_id, profile.handle, wanted, expires, cap=cap)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(secret)
        # On stderr and without the secret, for TOKEN=$(manage.py token …).
        self.stderr.write(
            f'With it in TOKEN: curl -H "Authorization: Bearer $TOKEN" {settings.SITE_URL}'
            "/api/v1/me/",
            self.style.NOTICE,
        )
