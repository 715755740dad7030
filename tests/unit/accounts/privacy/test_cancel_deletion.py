"""Who has left and comes back begins anew: with nothing of before, and without free credits."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.billing import ledger
from accounts.billing.models import FreeCreditsMarker
from accounts.identity.models import Session
from accounts.mail import unsubscribe_links
from accounts.privacy.account_data import AccountData
from accounts.profiles import confirmation, preferences, profiles, unconfirmed
from accounts.profiles.models import Preferences
from accounts.views.sign_in_flow import welcome_message
from aptmagic.aws.dynamodb import new_id, now
from tests.unit.conftest import Visitor


@pytest.fixture
def erased(ada: Visitor, fake_provider: Any) -> Visitor:
    while not AccountData().erase(ada.user_id, limit=200):
        continue
    ledger.close_account(ada.user_id)
    return ada


def newcomer(email: str) -> int:
    """Signs up and confirms; the free credits they got."""
    user_id = new_id().lower()
    unconfirmed.claim(user_id, f"fox_{user_id[-12:]}", email)
    for _twice in range(2):
        confirmation.confirm(user_id, email)
    return ledger.get_balance(user_id).available


def remembered() -> list[FreeCreditsMarker]:
    return list(FreeCreditsMarker.scan(FreeCreditsMarker.sk == "GRANTED"))


@pytest.mark.parametrize("email", ["ada@example.org", "ada+again@example.org"])
def test_a_mailbox_has_its_free_credits_once(erased: Visitor, email: str) -> None:
    assert newcomer(email) == 0
    assert newcomer("bob@example.org") == 25


def test_what_is_remembered_of_a_mailbox_says_nothing_and_ends(erased: Visitor) -> None:
    [kept] = remembered()
    assert "ada" not in str(kept.to_simple_dict()) and erased.user_id not in str(kept.serialize())
    assert abs((kept.expires_at - now()).days - 730) <= 1
    kept.update([FreeCreditsMarker.expires_at.set(now() - timedelta(seconds=1))])
    assert newcomer("ada@example.org") == 25


def test_the_address_somebody_had_last_is_remembered_too(ada: Visitor, fake_provider: Any) -> None:
    profiles.get_own(ada.user_id).update([profiles.Profile.email.set("lovelace@example.org")])
    AccountData().erase(ada.user_id, limit=200)
    assert len(remembered()) == 2
    assert newcomer("lovelace@example.org") == newcomer("ada@example.org") == 0


def test_who_is_told_of_free_credits_has_them(erased: Visitor) -> None:
    user_id = new_id().lower()
    unconfirmed.claim(user_id, "ada_again", "ada@example.org")
    confirmation.confirm(user_id, "ada@example.org")
    assert "none were added" in welcome_message(user_id, "ada_again")


def test_the_page_that_deletes_an_account_says_what_is_remembered(ada: Visitor) -> None:
    session = Session(*Session.key(ada.user_id, ada.person.session_id))
    session.update([Session.authenticated_at.set(now())])
    page = " ".join(ada.client.get("/settings/data/leave/").content.decode().split())
    assert "for 2 years, a one-way hash of your e-mail address" in page


def test_unsubscribing_after_everything_was_erased_leaves_nothing(erased: Visitor) -> None:
    for switch in ("mail:digest", "mail:new-sign-in"):
        address = unsubscribe_links.url(erased.user_id, switch)
        answer = Client().post(address.removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200
    assert Preferences.find(*Preferences.key(erased.user_id)) is None
    assert preferences.is_enabled(erased.user_id, "mail:new-sign-in"), "as for somebody unknown"
