"""Changing the e-mail address."""

import json
import re
from typing import Any

import pytest

from accounts.identity.models import PendingEmail
from accounts.profiles import profiles
from tests.unit.accounts.identity.security.pages import (
    HOME,
    SOON,
    active_sessions,
    sent_emails,
    sent_kinds,
    stored_user,
    text_of,
)
from tests.unit.conftest import Visitor, another_browser
from tests.unit.fake_identity_provider import CODE, WRONG


def request_email_change(who: Visitor, email: str) -> Any:
    return who.client.post(HOME + "email/", {"email": email})


def test_a_new_address_takes_effect_with_its_code(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    asked = ada.client.post(HOME + "email/", {"email": "Lovelace@Example.org"})
    assert (asked.status_code, asked["Location"]) == (303, HOME + "email/code/")
    assert "lovelace@example.org" in text_of(ada.client.get(HOME + "email/code/"))
    assert profiles.get(ada.user_id).email == "ada@example.org"  # type: ignore[union-attr]

    wrong = ada.client.post(HOME + "email/code/", {"code": WRONG})
    assert wrong.status_code == 422
    assert "Wrong or expired code" in text_of(wrong)

    right = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert (right.status_code, right["Location"]) == (303, HOME)
    assert stored_user(ada).email == "lovelace@example.org"
    assert sent_kinds() == ["email-changed", "email-changed"], "to the old address and to the new"
    assert profiles.get(ada.user_id).email == "lovelace@example.org"  # type: ignore[union-attr]
    assert phone.person.session_id not in active_sessions(ada)
    again = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert (again.status_code, again["Location"]) == (303, HOME + "email/")


def test_the_code_confirms_the_address_it_was_sent_to(ada: Visitor) -> None:
    """Whatever is asked for after it: who reads that mail has proved nothing."""
    request_email_change(ada, "lovelace@example.org")
    PendingEmail(*PendingEmail.key(ada.user_id), email="victim@example.org", expires_at=SOON).save()
    ada.client.post(HOME + "email/code/", {"code": CODE})
    assert profiles.get_own(ada.user_id).email == stored_user(ada).email == "lovelace@example.org"
    assert "victim@example.org" not in json.dumps(sent_emails())


@pytest.mark.parametrize("browsers", ["one browser", "two browsers"])
def test_requesting_another_address_invalidates_the_first_code(
    ada: Visitor, bob: Visitor, browsers: str
) -> None:
    """Else it would tell whether the other one is somebody's: after a free one it does not fit."""
    phone = another_browser(ada.user_id) if browsers == "two browsers" else ada
    request_email_change(ada, "lovelace@example.org")
    request_email_change(phone, "bob@example.org")
    refused = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert refused.status_code == 422
    assert profiles.get_own(ada.user_id).email == stored_user(ada).email == "ada@example.org"
    request_email_change(ada, "lovelace@example.org")
    assert ada.client.post(HOME + "email/code/", {"code": CODE}).status_code == 303
    assert profiles.get_own(ada.user_id).email == "lovelace@example.org"


def test_the_present_address_is_refused(ada: Visitor) -> None:
    refused = request_email_change(ada, "ADA@example.org")
    assert refused.status_code == 422
    assert "This is already your e-mail address." in text_of(refused)


def test_a_taken_address_looks_like_a_free_one(ada: Visitor, bob: Visitor) -> None:
    pages = []
    for email in ("nobody@example.org", "bob@example.org"):
        asked = ada.client.post(HOME + "email/", {"email": email})
        there = ada.client.get(asked["Location"])
        wrong = ada.client.post(HOME + "email/code/", {"code": WRONG})
        pages.append(
            [
                (each.status_code, re.sub(r"[A-Za-z0-9]{64}", "", text_of(each)).replace(email, ""))
                for each in (asked, there, wrong)
            ]
        )
    assert pages[0] == pages[1]
    assert ada.client.post(HOME + "email/code/", {"code": CODE}).status_code == 422
    assert stored_user(bob).email == "bob@example.org"
