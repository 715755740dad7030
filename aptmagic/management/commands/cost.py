"""`manage.py cost`: the month's bill on AWS for given volumes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aptmagic.costs.bill import DATA, Bill, Volumes


class Command(BaseCommand):
    help = "Print the monthly AWS bill, line by line, with the source of each price."

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Volumes()
        for name in Volumes.names():
            default = getattr(usual, name)
            parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
        parser.add_argument(
            "--count",
            action="store_true",
            help="count the resources in infra/ and zappa_settings.json, and exit",
        )

    def handle(self, *args: Any, count: bool, **options: Any) -> None:
        if count:
            # This needs Zappa, which only the deploy and dev environments have.
            from aptmagic.deploy import billable_resources

            billable_resources.write()
            self.stdout.write("Updated aptmagic/costs/billable_resources.json.")
            return
        volumes = Volumes(**{name: options[name] for name in Volumes.names()})
        if any(getattr(volumes, name) < 0 for name in Volumes.names()):
            raise CommandError("Volumes cannot be negative.")
        bill = Bill(volumes)
        for line in bill.lines:
            self.stdout.write(f"{line.name:10} {line.amount:>10,}  {line.how}")
            for source in line.sources:
                self.stdout.write(f"{'':21}  {source}")
        self.stdout.write(f"{'Total':10} {bill.total:>10,}  US dollars a month")
        self.stdout.write(f"Prices as of {DATA['as_of']}, {DATA['region']}.")
        self.stdout.write(f"Each picture costs ${bill.a_picture}, including moderation.")
