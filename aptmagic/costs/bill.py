"""A month's bill on AWS for given volumes, line by line, each with its price's source and date.

Prices are in prices.json. What a stage consists of is in billable_resources.json, which
aptmagic/deploy/billable_resources.py counts. `Usage` says how often our code calls AWS for a
picture, a page and a user. Monthly free tiers are subtracted, first-year offers are not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aptmagic.number_formats import format_dollars, format_number

HERE = Path(__file__).parent
DATA = json.loads((HERE / "prices.json").read_text(encoding="utf-8"))
RESOURCES = json.loads((HERE / "billable_resources.json").read_text(encoding="utf-8"))
MONTH_DAYS = 30
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Volumes:
    """What happens in a month. The defaults are a small site with two stages."""

    pictures: int = 5_000
    picture_price: Decimal = Decimal("0.04")  # Stable Image Core
    pages: int = 25_000
    people: int = 1_000
    stored_gb: int = 10
    stages: int = 2  # staging and production, in one account

    @classmethod
    def names(cls) -> list[str]:
        return [field.name for field in fields(cls)]


@dataclass(frozen=True)
class Line:
    """One line of the bill, in US dollars a month. `how` is the calculation, translated.

    `name` is English, as in prices.json; the page translates it.
    """

    name: str
    amount: Decimal
    how: str
    sources: tuple[str, ...]


class Usage:
    """How often our code calls AWS, counted in tests and in traces of one picture and one page."""

    PICTURE_SECONDS = 10  # all steps of the workflow; mostly waiting for Bedrock
    PICTURE_TRANSITIONS = 12
    PICTURE_CALLS = 5
    PICTURE_WRITES = 24  # writes in transactions count twice
    PICTURE_READS = 20
    PICTURE_FILES = 7  # the original and six variants
    PICTURE_FILE_READS = 10
    PICTURE_MB = Decimal("2.2")
    PROMPT_TEXT_UNITS = 1
    PAGE_SECONDS = Decimal("0.1")
    PAGES_A_START = 50  # pages per cold start
    PAGE_READS = 2
    PERSON_WRITES = 20
    LOG_KB_A_PAGE = 1
    SCHEDULED_SECONDS = Decimal("0.2")  # a sweep with nothing to do
    # `live` and `previous`; `candidate` is the same version as `live` outside of releases.
    SNAPSHOTS = 2
    # Lambda long-polls an idle queue with five connections, 20 seconds each.
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    POLLS_PER_QUEUE = 5 * 3 * 60 * 24 * MONTH_DAYS
    GUARDDUTY_EVENTS = 250_000  # an estimate of the API calls of deployments and functions


FREE = {
    "gb_seconds": 400_000,
    "requests": 1_000_000,
    "transitions": 4_000,
    "table_gb": 25,
    "log_gb": 5,
    "alarms": 10,
    "sqs_requests": 1_000_000,
}


@dataclass(frozen=True)
class Bill:
    """The bill for the given volumes."""

    volumes: Volumes

    @cached_property
    def lines(self) -> list[Line]:
        usage = {
            gettext_noop("Moderation"): self._moderation(),
            gettext_noop("Workflow"): self._workflow(),
            gettext_noop("Pages"): self._pages(),
            gettext_noop("SnapStart"): self._snapstart(),
            gettext_noop("Database"): self._database(),
            gettext_noop("Storage"): self._storage(),
            gettext_noop("Queues"): self._queues(),
            gettext_noop("Users"): {"cognito_person": self.volumes.people},
            gettext_noop("CDN"): {"cloudfront_free_plan": 1},
            gettext_noop("Monitoring"): self._monitoring(),
        }
        return [self._pictures(), *(line(name, units) for name, units in usage.items())]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def a_picture(self) -> Decimal:
        """The cost of a picture and its moderation, in dollars, to a hundredth of a cent."""
        units = Usage.PROMPT_TEXT_UNITS * RESOURCES["guardrail_policies_for_words"]
        moderation = price("rekognition_picture") + units * price("guardrail_text_unit")
        exact: Decimal = self.volumes.picture_price + moderation
        return exact.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)

    def _pictures(self) -> Line:
        made, each = self.volumes.pictures, self.volumes.picture_price
        source = "https://aws.amazon.com/bedrock/pricing/"
        how = _("%(amount)s pictures at %(price)s")
        said = how % {"amount": format_number(made), "price": format_dollars(each)}
        return Line(gettext_noop("Pictures"), cents(made * each), said, (source,))

    def _moderation(self) -> dict[str, int]:
        """Each policy of the guardrail is billed separately."""
        units = Usage.PROMPT_TEXT_UNITS * RESOURCES["guardrail_policies_for_words"]
        return {
            "rekognition_picture": self.volumes.pictures,
            "guardrail_text_unit": self.volumes.pictures * units,
        }

    def _workflow(self) -> dict[str, int]:
        transitions = self.volumes.pictures * Usage.PICTURE_TRANSITIONS
        return {
            "lambda_gb_second": over(self._workers_gb_seconds, "gb_seconds"),
            "lambda_request": over(self._workers_requests, "requests"),
            "step_transition": over(transitions, "transitions"),
        }

    def _pages(self) -> dict[str, int]:
        """What the worker leaves of the free tier, pages use."""
        worked, asked = self._workers_gb_seconds, self._workers_requests
        together = worked + int(self.volumes.pages * Usage.PAGE_SECONDS * memory_gb("web"))
        requests = asked + self.volumes.pages
        return {
            "http_api_request": self.volumes.pages,
            "lambda_request": over(requests, "requests") - over(asked, "requests"),
            "lambda_gb_second": over(together, "gb_seconds") - over(worked, "gb_seconds"),
        }

    def _snapstart(self) -> dict[str, int]:
        """Each retained version is billed, with or without visitors."""
        memory = sum(
            memory_gb(name) for name, f in RESOURCES["functions"].items() if f["snapshots"]
        )
        kept = memory * Usage.SNAPSHOTS * self.volumes.stages
        return {
            "snapshot_gb_second": int(kept * MONTH_DAYS * 86_400),
            "snapshot_restored_gb": int(memory * self.volumes.pages / Usage.PAGES_A_START),
        }

    def _database(self) -> dict[str, int]:
        v, u = self.volumes, Usage
        return {
            "dynamodb_write": v.pictures * u.PICTURE_WRITES + v.people * u.PERSON_WRITES,
            "dynamodb_read": v.pictures * u.PICTURE_READS + v.pages * u.PAGE_READS,
        }

    def _storage(self) -> dict[str, int]:
        new_gb = int(self.volumes.pictures * Usage.PICTURE_MB / 1000)
        return {
            "s3_gb": self.volumes.stored_gb + new_gb,
            "s3_write": self.volumes.pictures * Usage.PICTURE_FILES,
            "s3_read": self.volumes.pictures * Usage.PICTURE_FILE_READS,
        }

    def _queues(self) -> dict[str, int]:
        """Polls of idle queues; the requests of a message are few beside them."""
        polls = Usage.POLLS_PER_QUEUE * RESOURCES["polled_queues"] * self.volumes.stages
        return {"sqs_request": over(polls, "sqs_requests")}

    def _monitoring(self) -> dict[str, int]:
        logged_gb = self.volumes.pages * Usage.LOG_KB_A_PAGE // 1_000_000
        stages = self.volumes.stages
        return {
            "log_gb": over(logged_gb, "log_gb"),
            "alarm": over(stages * RESOURCES["alarms"], "alarms"),
            "secret": stages * RESOURCES["secrets"],
            "key": stages * RESOURCES["keys"],
            "guardduty_event": Usage.GUARDDUTY_EVENTS,
        }

    @property
    def _workers_gb_seconds(self) -> int:
        """Of image generation, and of the schedules of all stages."""
        seconds = (
            self.volumes.pictures * Usage.PICTURE_SECONDS
            + self._scheduled_calls * Usage.SCHEDULED_SECONDS
        )
        return int(seconds * memory_gb("worker"))

    @property
    def _workers_requests(self) -> int:
        return self.volumes.pictures * Usage.PICTURE_CALLS + self._scheduled_calls

    @property
    def _scheduled_calls(self) -> int:
        calls: int = RESOURCES["scheduled_calls_a_day"] * MONTH_DAYS * self.volumes.stages
        return calls


def memory_gb(function: str) -> Decimal:
    return Decimal(RESOURCES["functions"][function]["memory_mb"]) / 1024


def line(name: str, units: Mapping[str, int]) -> Line:
    """A line that adds up several units, each times its price."""
    exact = sum((amount * price(unit) for unit, amount in units.items()), Decimal(0))
    parts = [_part(unit, amount) for unit, amount in units.items()]
    sources = dict.fromkeys(DATA["prices"][unit][1] for unit in units)
    return Line(name, cents(exact), "; ".join(parts), tuple(sources))


def _part(unit: str, amount: int) -> str:
    what = _(note(unit))
    return f"{format_number(amount)} × {format_dollars(price(unit))} ({what})"


def price(unit: str) -> Decimal:
    return Decimal(DATA["prices"][unit][0])


def note(unit: str) -> str:
    said: str = DATA["prices"][unit][2]
    return said


def over(amount: int, allowance: str) -> int:
    """The part of an amount beyond the account's monthly free tier."""
    return max(0, amount - FREE[allowance])


def cents(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)
