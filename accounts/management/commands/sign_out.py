"""`manage.py sign_out <handle>` ends every session of a user and revokes every API token."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts.identity import sessions, sign_out
from accounts.profiles import profiles
from aptmagic.errors import Refused
from aptmagic.management.cloud import CloudCommand


class Command(CloudCommand):
    help = (
        "Ends all sessions of a user and revokes their API tokens. Pages show for 15 minutes more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("handle", help="the user to sign out")

    def handle(self, *args: Any, handle: str, **options: Any) -> None:
        profile = profiles.by_handle(handle.removeprefix("@"))
        if profile is None:
            raise CommandError(f"Nobody here has the handle @{handle.removeprefix('@')}.")
        number = len(sessions.list_active(profile.user_id))
        try:
            sign_out.everywhere(profile.user_id)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        ended = "1 session has" if number == 1 else f"{number} sessions have"
        self.stdout.write(f"{ended} ended; no token of @{profile.handle} is good at Cognito now.")
