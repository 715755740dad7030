"""`manage.py ledger check` verifies every user's ledger."""

import sys
from argparse import ArgumentParser
from typing import Any

from accounts.billing import ledger
from aptmagic.management.cloud import CloudCommand


class Command(CloudCommand):
    help = (
        "Verifies that entries add up to available + reserved, holds to reserved, and that each "
        "entry has its reference and each reference its entry."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        users, wrong = 0, 0
        for books in ledger.check_all():
            users += 1
            if not (books.balanced or (books := ledger.check(books.user_id)).balanced):
                wrong += 1
                self.stdout.write(str(books))
        if wrong:
            self.stdout.write(f"{users} users, {wrong} not balanced")
            sys.exit(1)
        self.stdout.write(f"{users} users, all balanced")
