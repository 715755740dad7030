"""The books: what a person may spend, what is set aside for jobs, and the lines that explain it.

`sum(entries) == available + reserved` for everyone, always; `manage.py ledger check` proves it.
A movement belongs to a reference (a job, a payment) and happens once: its line is put if absent.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.billing.models import Balance, Entry, Hold, LedgerLine
from aptmagic.aws.dynamodb import ConditionFailed, Page, Work, new_id, now, transaction
from aptmagic.errors import NotEnoughCredits

# Balances are created by the first grant; before it there is nothing to take from.
HELD, COMMITTED, RELEASED = "held", "committed", "released"
# Sorts before every ULID, as the first line of everybody's books.
WELCOME = "0-welcome"


@dataclass(frozen=True)
class CreditBalance:
    """What somebody has, in credits."""

    available: int = 0
    reserved: int = 0

    @property
    def worth(self) -> Decimal:
        return price_usd(self.available)


def price_usd(credits: int) -> Decimal:
    """What `credits` cost, in US dollars rounded to the cent."""
    price = Decimal(settings.CREDIT_PRICE_USD) * credits
    return price.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def get_balance(user_id: str) -> CreditBalance:
    found = Balance.find(*Balance.key(user_id), consistent=True)
    return CreditBalance(int(found.available), int(found.reserved)) if found else CreditBalance()


def entries(user_id: str, *, limit: int = 50, before: str | None = None) -> Page[Entry]:
    """The lines of somebody's books, newest first."""
    lines = Entry.sk.between("TX#", f"TX#{before}") if before else Entry.sk.startswith("TX#")
    newest = Entry.query(f"U#{user_id}", lines, scan_index_forward=False, limit=limit + 2)
    found = [entry for entry in newest if entry.ref != before]
    return Page(found[:limit], next=found[limit - 1].ref if len(found) > limit else None)


def grant(user_id: str, amount: int, *, reference: str, reason: str) -> bool:
    """Give credits once per reference. False when this reference has been granted before.

    Raises whatever kept it from being written, or may have: whoever is told of a payment answers
    then that they want to be told again.
    """
    try:
        with transaction() as work:
            add_grant(work, user_id, amount, reference=reference, reason=reason)
    except ConditionFailed as no:
        if not no.failed("grant"):
            raise
        return False
    return True


def add_grant(work: Work, user_id: str, amount: int, *, reference: str, reason: str) -> None:
    """Put a grant into `work`; label "grant" fails when the reference was used before."""
    work.put_new("grant", _entry(user_id, amount, reference, reason))
    work.update(
        "balance",
        Balance(*Balance.key(user_id)),
        actions=[Balance.available.add(amount), Balance.reserved.add(0)],
    )


def reserve(work: Work, user_id: str, amount: int, *, reference: str) -> None:
    """Set credits aside. Labels: "hold" fails for a replay, "balance" when there are too few."""
    work.put_new("hold", Hold(*Hold.key(user_id, reference), amount=amount, state=HELD, at=now()))
    work.update(
        "balance",
        Balance(*Balance.key(user_id)),
        actions=[Balance.available.add(-amount), Balance.reserved.add(amount)],
        condition=Balance.available >= amount,
    )


def settle(work: Work, user_id: str, *, reference: str, held: int, spent: int, reason: str) -> None:
    """End a hold: `spent` of the `held` credits are gone, the others are back.

    Label "hold" fails when it has ended before.
    """
    work.update(
        "hold",
        Hold(*Hold.key(user_id, reference)),
        actions=[Hold.state.set(COMMITTED if spent else RELEASED)],
        condition=Hold.state == HELD,
    )
    work.update(
        "balance",
        Balance(*Balance.key(user_id)),
        actions=[Balance.reserved.add(-held), Balance.available.add(held - spent)],
    )
    if spent:
        work.put_new("entry", _entry(user_id, -spent, reference, reason))


def close_account(user_id: str) -> None:
    """End the books of somebody who has left: what was not spent is gone. Any number of times."""
    left = get_balance(user_id).available
    if left <= 0:
        return
    with transaction() as work:
        work.put_new("entry", _entry(user_id, -left, f"closed-{new_id()}", "Account closed"))
        work.update(
            "balance",
            Balance(*Balance.key(user_id)),
            actions=[Balance.available.add(-left)],
            condition=Balance.available == left,
        )


def insufficient_credits(user_id: str, needed: int, *, least: int) -> NotEnoughCredits:
    """The refusal, with what helps: something that costs `least`, where they can pay that."""
    have = get_balance(user_id).available
    said = _("This costs %(needed)s credits and you have %(have)s. Nothing was charged.")
    if have < least:
        next_ = _("You’ve used all your free credits.")
    else:
        next_ = _("Choose fewer pictures or a faster model.")
    return NotEnoughCredits(f"{said % {'needed': needed, 'have': have}} {next_}")


def _entry(user_id: str, amount: int, reference: str, reason: str) -> Entry:
    return Entry(
        *Entry.key(user_id, reference), amount=amount, reason=reason, ref=reference, at=now()
    )


@dataclass(frozen=True)
class AccountCheck:
    """One person's books as they stand, for the check."""

    user_id: str
    entries: int
    available: int
    reserved: int
    held: int

    @property
    def balanced(self) -> bool:
        return self.entries == self.available + self.reserved and self.held == self.reserved

    def __str__(self) -> str:
        return (
            f"{self.user_id}: entries add up to {self.entries}, but {self.available} are available "
            f"and {self.reserved} reserved ({self.held} held)"
        )


def check_all() -> Iterator[AccountCheck]:
    """Everybody's books; walks the whole ledger, so it is no page's business.

    Money that moves during the walk can be seen once or twice: `books` of one person settles it.
    """
    people: dict[str, Counter[str]] = {}
    for line in LedgerLine.scan(LedgerLine.pk.startswith("U#"), consistent_read=True):
        people.setdefault(line.pk, Counter()).update(_amounts(line))
    for pk, sums in sorted(people.items()):
        yield _books(pk, sums)


def check(user_id: str) -> AccountCheck:
    sums: Counter[str] = Counter()
    for line in LedgerLine.query(f"U#{user_id}", consistent_read=True):
        sums.update(_amounts(line))
    return _books(f"U#{user_id}", sums)


def _books(pk: str, sums: Counter[str]) -> AccountCheck:
    return AccountCheck(
        pk.removeprefix("U#"), sums["entries"], sums["available"], sums["reserved"], sums["held"]
    )


def _amounts(line: LedgerLine) -> dict[str, int]:
    if line.sk == "BAL":
        return {"available": int(line.available or 0), "reserved": int(line.reserved or 0)}
    if line.sk.startswith("HOLD#"):
        return {"held": int(line.amount or 0) if line.state == HELD else 0}
    return {"entries": int(line.amount or 0)}
