"""Credits: what a user has, what is reserved for jobs, and the entries that explain it.

`sum(entries) == available + reserved` holds for every user; `manage.py ledger check` verifies it.
Each entry has a reference (of a job, a payment), stored in the same transaction as a marker, so a
repeated request, message or webhook adds nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.billing.entry_kinds import ACCOUNT_CLOSED, EntryKind
from accounts.billing.models import Balance, Entry, EntryReference, Hold, LedgerLine
from aptmagic.aws.dynamodb import ConditionFailed, Page, Work, new_id, now, transaction
from aptmagic.errors import NotEnoughCredits

# The state of a hold.
HELD, COMMITTED, RELEASED = "held", "committed", "released"
WELCOME_REFERENCE = "welcome"


@dataclass(frozen=True)
class CreditBalance:
    """In credits."""

    available: int = 0
    reserved: int = 0

    @property
    def worth(self) -> Decimal:
        return price_usd(self.available)


def price_usd(credits: int) -> Decimal:
    """The price of `credits` in US dollars, rounded to the cent."""
    price = Decimal(settings.CREDIT_PRICE_USD) * credits
    return price.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def get_balance(user_id: str) -> CreditBalance:
    """Read consistently. Zero for a user without a balance: the first grant creates it."""
    found = Balance.find(*Balance.key(user_id), consistent=True)
    return CreditBalance(int(found.available), int(found.reserved)) if found else CreditBalance()


def list_entries(user_id: str, *, limit: int = 50, before: str | None = None) -> Page[Entry]:
    """A page of entries, newest first; `before` is the `next` of the page before."""
    older = Entry.sk.between("TX#", f"TX#{before}") if before else Entry.sk.startswith("TX#")
    query = Entry.query(f"U#{user_id}", older, scan_index_forward=False, limit=limit + 2)
    found = [entry for entry in query if entry.id != before]
    return Page(found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def grant(
    user_id: str, amount: int, *, kind: EntryKind, reference: str, object_id: str = ""
) -> bool:
    """Add credits, once per reference. False if this reference has been granted before.

    `object_id` is that of the kind's object, such as a payment; by default, the reference.

    Any other failure rises, and the credits may have been added: the caller repeats the call, as
    a payment service repeats its webhook.
    """
    try:
        with transaction() as work:
            add_grant(work, user_id, amount, kind=kind, reference=reference, object_id=object_id)
    except ConditionFailed as no:
        if not no.failed("reference"):
            raise
        return False
    return True


def add_grant(
    work: Work,
    user_id: str,
    amount: int,
    *,
    kind: EntryKind,
    reference: str,
    object_id: str = "",
) -> None:
    """Put a grant into `work`. Label "reference" fails if the reference was used before."""
    _add_entry(work, user_id, amount, kind=kind, reference=reference, object_id=object_id)
    work.update(
        "balance",
        Balance(*Balance.key(user_id)),
        actions=[Balance.available.add(amount), Balance.reserved.add(0)],
    )


def reserve(work: Work, user_id: str, amount: int, *, reference: str) -> None:
    """Hold credits. Label "hold" fails for a repeated call, "balance" if there are too few."""
    work.put_new("hold", Hold(*Hold.key(user_id, reference), amount=amount, state=HELD, at=now()))
    work.update(
        "balance",
        Balance(*Balance.key(user_id)),
        actions=[Balance.available.add(-amount), Balance.reserved.add(amount)],
        condition=Balance.available >= amount,
    )


def settle(
    work: Work,
    user_id: str,
    *,
    reference: str,
    held: int,
    spent: int,
    kind: EntryKind,
    quantity: int | None = None,
) -> None:
    """End a hold: `spent` of its `held` credits are charged, the rest is released.

    `quantity` is how many pictures, say, were charged. Label "hold" fails if the hold has ended.
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
        _add_entry(work, user_id, -spent, kind=kind, reference=reference, quantity=quantity)


def close_account(user_id: str) -> None:
    """Write off the credits of a deleted account. Idempotent."""
    left = get_balance(user_id).available
    if left <= 0:
        return
    with transaction() as work:
        _add_entry(work, user_id, -left, kind=ACCOUNT_CLOSED, reference=f"closed-{new_id()}")
        work.update(
            "balance",
            Balance(*Balance.key(user_id)),
            actions=[Balance.available.add(-left)],
            condition=Balance.available == left,
        )


def insufficient_credits(user_id: str, needed: int, *, least: int) -> NotEnoughCredits:
    """The error to raise. It suggests cheaper options if the user can pay `least` credits."""
    have = get_balance(user_id).available
    cost = _("This costs %(needed)s credits and you have %(have)s. You weren’t charged.")
    if have < least:
        advice = _("You’ve used all your free credits.")
    else:
        advice = _("Choose fewer pictures or a faster model.")
    return NotEnoughCredits(f"{cost % {'needed': needed, 'have': have}} {advice}")


def _add_entry(
    work: Work,
    user_id: str,
    amount: int,
    *,
    kind: EntryKind,
    reference: str,
    object_id: str = "",
    quantity: int | None = None,
) -> None:
    """Label "reference" fails if this reference has an entry."""
    entry_id = new_id()
    work.put_new(
        "reference", EntryReference(*EntryReference.key(user_id, reference), entry_id=entry_id)
    )
    work.put_new(
        "entry",
        Entry(
            *Entry.key(user_id, entry_id),
            amount=amount,
            kind=kind.name,
            object_type=kind.object_type or None,
            object_id=(object_id or reference) if kind.object_type else None,
            quantity=quantity,
            ref=reference,
            at=now(),
        ),
    )


# Check ------------------------------------------------------------------------------------------
@dataclass
class AccountCheck:
    """The sums of one user's ledger, and the references without their entry or the reverse."""

    user_id: str
    entries: int = 0
    available: int = 0
    reserved: int = 0
    held: int = 0
    _unmatched: set[tuple[str, str]] = field(default_factory=set)

    @property
    def balanced(self) -> bool:
        adds_up = self.entries == self.available + self.reserved and self.held == self.reserved
        return adds_up and not self._unmatched

    @property
    def unmatched(self) -> list[str]:
        """References that have a marker and no entry, or an entry and no marker."""
        return sorted({reference for reference, _entry_id in self._unmatched})

    def add(self, line: LedgerLine) -> None:
        if line.sk == "BAL":
            self.available += int(line.available or 0)
            self.reserved += int(line.reserved or 0)
        elif line.sk.startswith("HOLD#"):
            self.held += int(line.amount or 0) if line.state == HELD else 0
        elif line.sk.startswith("REF#"):
            self._unmatched ^= {(line.sk.removeprefix("REF#"), line.entry_id or "")}
        else:
            self.entries += int(line.amount or 0)
            self._unmatched ^= {(line.ref or "", line.sk.removeprefix("TX#"))}

    def __str__(self) -> str:
        sums = (
            f"{self.user_id}: entries add up to {self.entries}, but {self.available} are available "
            f"and {self.reserved} reserved ({self.held} held)"
        )
        if not self._unmatched:
            return sums
        return f"{sums}; not one entry and one marker each: {', '.join(self.unmatched)}"


def check_all() -> Iterator[AccountCheck]:
    """Everybody's ledger. Scans the whole table: for commands, never for pages.

    Credits that move during the scan may be seen twice or not at all; `check` of that user tells.
    """
    found: dict[str, AccountCheck] = {}
    for line in LedgerLine.scan(LedgerLine.pk.startswith("U#"), consistent_read=True):
        user_id = line.pk.removeprefix("U#")
        found.setdefault(user_id, AccountCheck(user_id)).add(line)
    yield from (found[user_id] for user_id in sorted(found))


def check(user_id: str) -> AccountCheck:
    """One user's ledger."""
    found = AccountCheck(user_id)
    for line in LedgerLine.query(f"U#{user_id}", consistent_read=True):
        found.add(line)
    return found
