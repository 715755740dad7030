"""`manage.py ledger check` proves the books of everybody."""

import sys
from argparse import ArgumentParser
from typing import Any

from accounts.billing import ledger
from aptmagic.management.cloud import CloudCommand


class Command(CloudCommand):
    help = "Proves that sum(entries) = available + reserved, and that holds add up to reserved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        people, wrong = 0, 0
        for books in ledger.check_all():
            people += 1
            if not (books.balanced or (books := ledger.check(books.user_id)).balanced):
                wrong += 1
                self.stdout.write(str(books))
        if wrong:
            self.stdout.write(f"{people} people, {wrong} not balanced")
            sys.exit(1)
        self.stdout.write(f"{people} people, all balanced")
