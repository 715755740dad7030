from datetime import timedelta
from typing import Any

import pytest

from accounts.billing import ledger
from accounts.errors import HandleTaken
from accounts.profiles import confirmation, handle_claims, profiles, unconfirmed
from accounts.profiles.models import HandleClaim, Profile
from aptmagic.aws.dynamodb import now

pytestmark = pytest.mark.usefixtures("aws")

ADA, BOB = "ada-sub", "bob-sub"
MAIL = "ada@example.org"


def lapse(user_id: str, handle: str) -> None:
    """A day and a minute go by, and DynamoDB has not found the time to tidy up."""
    past = now() - timedelta(minutes=1)
    Profile(*Profile.key(user_id)).update(actions=[Profile.expires_at.set(past)])
    HandleClaim(*HandleClaim.key(handle)).update(actions=[HandleClaim.expires_at.set(past)])


def shown(handle: str) -> str | None:
    found = profiles.by_handle(handle)
    return found.user_id if found else None


def test_a_claimed_handle_is_taken_for_everybody_else() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    handle_claims.refuse_taken("ada", unless_by=ADA)
    with pytest.raises(HandleTaken, match="@ada is taken"):
        handle_claims.refuse_taken("ada")
    with pytest.raises(HandleTaken):
        unconfirmed.claim(BOB, "ada", "bob@example.org")
    assert Profile.find(*Profile.key(BOB)) is None


def test_a_profile_is_nobodys_business_until_its_address_is_confirmed() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    assert profiles.get(ADA) is None
    assert profiles.by_handle("ada") is None
    confirmation.confirm(ADA, MAIL)
    found = profiles.by_handle("Ada")
    assert found is not None
    assert (found.user_id, found.handle, found.handle_prefix) == (ADA, "ada", "ad")


def test_confirming_makes_the_handle_last_and_gives_25_credits_once() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    for _ in range(3):
        assert confirmation.confirm(ADA, MAIL).handle == "ada"
    claim = HandleClaim.find(*HandleClaim.key("ada"))
    assert claim is not None and claim.expires_at is None
    assert ledger.get_balance(ADA) == ledger.CreditBalance(available=25, reserved=0)
    assert [(entry.amount, entry.ref) for entry in ledger.list_entries(ADA).items] == [
        (25, "welcome")
    ]


def test_a_claim_that_was_never_confirmed_is_free_after_a_day() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    lapse(ADA, "ada")
    handle_claims.refuse_taken("ada")
    unconfirmed.claim(BOB, "ada", "bob@example.org")
    assert confirmation.confirm(BOB, "bob@example.org").handle == "ada"


def test_who_confirms_late_keeps_a_handle_that_nobody_took() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    lapse(ADA, "ada")
    assert confirmation.confirm(ADA, MAIL).handle == "ada"


def test_who_lost_the_handle_meanwhile_gets_one_like_it() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    lapse(ADA, "ada")
    unconfirmed.claim(BOB, "ada", "bob@example.org")
    welcomed = confirmation.confirm(ADA, MAIL)
    assert welcomed.handle.startswith("ada_")
    assert shown(welcomed.handle) == ADA
    assert ledger.get_balance(ADA).available == 25


def test_an_account_whose_claim_never_happened_is_healed() -> None:
    welcomed = confirmation.confirm(ADA, MAIL)
    assert welcomed.handle.startswith("maker_")
    assert "ada" not in welcomed.handle
    assert shown(welcomed.handle) == ADA
    assert ledger.get_balance(ADA).available == 25


def test_giving_up_a_sign_up_frees_its_handle_and_a_confirmed_one_stays() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    unconfirmed.release(ADA)
    handle_claims.refuse_taken("ada")
    unconfirmed.claim(BOB, "ada", "bob@example.org")
    confirmation.confirm(BOB, "bob@example.org")
    unconfirmed.release(BOB)
    assert profiles.get(BOB) is not None


def test_what_else_a_profile_holds_survives_the_welcome() -> None:
    unconfirmed.claim(ADA, "ada", MAIL)
    before: Any = Profile.find(*Profile.key(ADA))
    before.update(actions=[Profile.name.set("Ada Lovelace")])
    welcomed = confirmation.confirm(ADA, MAIL)
    assert (welcomed.name, welcomed.created_at) == ("Ada Lovelace", before.created_at)
