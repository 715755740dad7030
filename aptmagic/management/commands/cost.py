"""`manage.py cost`: the month's bill on AWS for given volumes."""

from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aptmagic.costs.bill import DATA, Bill, Volumes, pictures_for


class Command(BaseCommand):
    help = "Print a month's bill on AWS, line by line, with each price's source."

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Volumes()
        for name in Volumes.names():
            default = getattr(usual, name)
            parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
        parser.add_argument(
            "--count",
            action="store_true",
            help="count anew what infra/ and zappa_settings.json are made of, into billable.json",
        )

    def handle(self, *args: Any, count: bool, **options: Any) -> None:
        if count:
            # It needs Zappa, which a laptop's environment lacks.
            from aptmagic.costs import billable

            billable.write()
            self.stdout.write("aptmagic/costs/billable.json is written; the next bill counts it.")
            return
        volumes = Volumes(**{name: options[name] for name in Volumes.names()})
        if any(getattr(volumes, name) < 0 for name in Volumes.names()):
            raise CommandError("A volume cannot be negative.")
        bill = Bill(volumes)
        for line in bill.lines:
            self.stdout.write(f"{line.name:10} {line.amount:>10,}  {line.how}")
            for source in line.sources:
                self.stdout.write(f"{'':21}  {source}")
        self.stdout.write(f"{'Total':10} {bill.total:>10,}  US dollars a month")
        self.stdout.write(f"Prices as of {DATA['as_of']}, {DATA['region']}.")
        budget = Decimal(DATA["proposal"]["total"])
        fit = pictures_for(budget, bill)
        self.stdout.write(f"${budget} a month hold {fit:,} pictures.")
