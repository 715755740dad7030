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

from aptmagic.web.amounts import format_dollars, format_number

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
    """One line of the bill, in US dollars a month; `how` is the sum in the reader's words.

    Names are those of prices.json; the page says them in the reader's language.
    """

    name: str
    amount: Decimal
    how: str
    sources: tuple[str, ...]


class Usage:
    """How often our own code asks AWS, counted in tests and traces of one picture and one page."""

    PICTURE_SECONDS = 10  # prepare, draw, derive, settle, announce: mostly waiting for Bedrock
    PICTURE_TRANSITIONS = 12
    PICTURE_CALLS = 5
    PICTURE_WRITES = 24  # transactions count twice: 2 for submit, 2 for settle, the slots
    PICTURE_READS = 20
    PICTURE_FILES = 7  # the original and six variants
    PICTURE_FILE_READS = 10
    PICTURE_MB = Decimal("2.2")
    PROMPT_TEXT_UNITS = 1
    PAGE_SECONDS = Decimal("0.1")
    PAGES_A_START = 50  # pages that a container answers before another is started
    PAGE_READS = 2
    PERSON_WRITES = 20
    LOG_KB_A_PAGE = 1
    SCHEDULED_SECONDS = Decimal("0.2")  # a sweep that finds nothing
    # `live` and `previous`; `candidate` is `live`, but for the minutes of a release.
    SNAPSHOTS = 2
    GUARDDUTY_EVENTS = 250_000  # an estimate: what deployments and the functions do in an account


FREE = {
    "gb_seconds": 400_000,
    "requests": 1_000_000,
    "transitions": 4_000,
    "table_gb": 25,
    "log_gb": 5,
    "alarms": 10,
}


@dataclass(frozen=True)
class Bill:
    """The whole of it for some volumes."""

    volumes: Volumes

    @cached_property
    def lines(self) -> list[Line]:
        usage = {
            gettext_noop("Judging"): self._judging(),
            gettext_noop("Work"): self._work(),
            gettext_noop("Pages"): self._pages(),
            gettext_noop("Snapshots"): self._snapshots(),
            gettext_noop("Tables"): self._tables(),
            gettext_noop("Files"): self._files(),
            gettext_noop("People"): {"cognito_person": self.volumes.people},
            gettext_noop("Edge"): {"cloudfront_free_plan": 1},
            gettext_noop("Watching"): self._watching(),
        }
        return [self._pictures(), *(line(name, units) for name, units in usage.items())]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def a_picture(self) -> Decimal:
        """What one picture costs us with its moderation, in dollars to the hundredth of a cent."""
        units = Usage.PROMPT_TEXT_UNITS * RESOURCES["guardrail_policies_for_words"]
        judged = price("rekognition_picture") + units * price("guardrail_text_unit")
        exact: Decimal = self.volumes.picture_price + judged
        return exact.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)

    def _pictures(self) -> Line:
        made, each = self.volumes.pictures, self.volumes.picture_price
        source = "https://aws.amazon.com/bedrock/pricing/"
        how = _("%(amount)s pictures at %(price)s")
        said = how % {"amount": format_number(made), "price": format_dollars(each)}
        return Line(gettext_noop("Pictures"), cents(made * each), said, (source,))

    def _judging(self) -> dict[str, int]:
        """Each policy of the guardrail is metered by itself."""
        units = Usage.PROMPT_TEXT_UNITS * RESOURCES["guardrail_policies_for_words"]
        return {
            "rekognition_picture": self.volumes.pictures,
            "guardrail_text_unit": self.volumes.pictures * units,
        }

    def _work(self) -> dict[str, int]:
        transitions = self.volumes.pictures * Usage.PICTURE_TRANSITIONS
        return {
            "lambda_gb_second": over(self._workers_gb_seconds, "gb_seconds"),
            "lambda_request": over(self._workers_requests, "requests"),
            "step_transition": over(transitions, "transitions"),
        }

    def _pages(self) -> dict[str, int]:
        """The worker uses what is free first."""
        worked, asked = self._workers_gb_seconds, self._workers_requests
        together = worked + int(self.volumes.pages * Usage.PAGE_SECONDS * memory_gb("web"))
        requests = asked + self.volumes.pages
        return {
            "http_api_request": self.volumes.pages,
            "lambda_request": over(requests, "requests") - over(asked, "requests"),
            "lambda_gb_second": over(together, "gb_seconds") - over(worked, "gb_seconds"),
        }

    def _snapshots(self) -> dict[str, int]:
        """SnapStart: every version that is kept costs, whether anybody comes or not."""
        memory = sum(
            memory_gb(name) for name, f in RESOURCES["functions"].items() if f["snapshots"]
        )
        kept = memory * Usage.SNAPSHOTS * self.volumes.stages
        return {
            "snapshot_gb_second": int(kept * MONTH_DAYS * 86_400),
            "snapshot_restored_gb": int(memory * self.volumes.pages / Usage.PAGES_A_START),
        }

    def _tables(self) -> dict[str, int]:
        v, u = self.volumes, Usage
        return {
            "dynamodb_write": v.pictures * u.PICTURE_WRITES + v.people * u.PERSON_WRITES,
            "dynamodb_read": v.pictures * u.PICTURE_READS + v.pages * u.PAGE_READS,
        }

    def _files(self) -> dict[str, int]:
        new_gb = int(self.volumes.pictures * Usage.PICTURE_MB / 1000)
        return {
            "s3_gb": self.volumes.stored_gb + new_gb,
            "s3_write": self.volumes.pictures * Usage.PICTURE_FILES,
            "s3_read": self.volumes.pictures * Usage.PICTURE_FILE_READS,
        }

    def _watching(self) -> dict[str, int]:
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
        """Drawing, and what the clock calls on every stage."""
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
    """A line of several prices: each unit times its price."""
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
    """What is left of an amount after what every account has free each month."""
    return max(0, amount - FREE[allowance])


def cents(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)
