"""What somebody signs in with, and where: changed by its owner alone, a moment after a proof."""

import json
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.api_tokens import tokens
from accounts.identity import one_time_secrets, recovery_codes, sessions
from accounts.identity.models import OneTimeSecret, PendingEmail, Session
from accounts.profiles import profiles
from aptmagic.aws import clients
from aptmagic.aws.dynamodb import now
from aptmagic.observability import security_log
from aptmagic.observability.logs import JsonLines
from tests.unit.conftest import Visitor, another_browser, browser_of
from tests.unit.fake_identity_provider import CODE, PASSWORD, TOTP_CODE, WRONG, FakeIdentityProvider

HOME = "/settings/security/"
PROOF, SHOWN = f"{HOME}proof/", f"{HOME}recovery-codes/new/"
NEW = "a lighthouse in the fog"
SOON = now() + timedelta(days=1)


@pytest.fixture
def ada(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("ada")


@pytest.fixture
def bob(signed_in_user: Callable[..., Visitor]) -> Visitor:
    return signed_in_user("bob")


@pytest.fixture
def careful(signed_in_user: Callable[..., Visitor]) -> Visitor:
    """Cy, whose signing in takes a code."""
    cy = signed_in_user("cy", totp=True)
    recovery_codes.create(cy.user_id)
    return cy


def said(response: Any) -> str:
    return " ".join(unescape(response.content.decode()).split())


def known(who: Visitor) -> Any:
    return next(each for each in FakeIdentityProvider.users if each.user_id == who.user_id)


def a_while_ago(who: Visitor) -> None:
    """Their last proof is too old to count."""
    Session(*Session.key(who.user_id, who.person.session_id)).update(
        [Session.authenticated_at.set(now() - sessions.REAUTHENTICATION_LASTS)]
    )


def prove(who: Visitor, **changes: str) -> Any:
    return who.client.post(PROOF, {"old_password": PASSWORD, **changes})


def letters() -> list[str]:
    """The kinds that were left to the worker."""
    return [letter.get("kind", "") for letter in about_letters()]


def about_letters() -> list[Any]:
    queue = {"QueueUrl": site.TASKS_QUEUE_URL, "MaxNumberOfMessages": 10}
    found = clients.client("sqs").receive_message(**queue).get("Messages", [])
    return [json.loads(message["Body"])["input"] for message in found]


def standing(who: Visitor) -> set[str]:
    return {session.id for session in sessions.list_active(who.user_id)}


# Showing it once more ---------------------------------------------------------------------------
DANGEROUS = ["email/", "second-step/", "second-step/off/", "recovery-codes/"]


@pytest.mark.parametrize("page", DANGEROUS)
def test_what_is_dangerous_asks_first_who_is_there(ada: Visitor, page: str) -> None:
    a_while_ago(ada)
    there = f"http://testserver{HOME}{page}"
    for ask in (ada.client.get, ada.client.post):
        response = ask(HOME + page, headers={"Referer": there})
        assert (response.status_code, response["Location"]) == (
            303,
            f"{PROOF}?next=%2Fsettings%2Fsecurity%2F{page.replace('/', '%2F')}",
        )
    page_there = ada.client.get(response["Location"])
    assert f'value="{HOME}{page}"' in said(page_there)
    proved = prove(ada, next=HOME + page)
    assert (proved.status_code, proved["Location"]) == (303, HOME + page)
    assert ada.client.get(HOME + page).status_code in (200, 303)
    assert not ada.client.get(HOME + page).get("Location", "").startswith(PROOF)


def test_a_proof_holds_for_ten_minutes(ada: Visitor) -> None:
    session = Session(*Session.key(ada.user_id, ada.person.session_id))
    for age, asked in ((9, False), (11, True)):
        session.update([Session.authenticated_at.set(now() - timedelta(minutes=age))])
        location = ada.client.get(HOME + "email/").get("Location", "")
        assert location.startswith(PROOF) is asked


def test_a_wrong_password_proves_nothing(ada: Visitor) -> None:
    a_while_ago(ada)
    response = prove(ada, old_password="not this one, no")
    assert response.status_code == 422
    assert "Wrong current password." in said(response)
    assert ada.client.get(HOME + "email/")["Location"].startswith(PROOF)


def test_somebody_elses_password_proves_nothing(ada: Visitor, bob: Visitor) -> None:
    known(bob).password = NEW
    a_while_ago(ada)
    assert prove(ada, old_password=NEW).status_code == 422


def test_with_a_second_step_a_password_alone_proves_nothing(careful: Visitor) -> None:
    a_while_ago(careful)
    for code in ({}, {"code": WRONG}, {"code": "12"}):
        assert prove(careful, **code).status_code == 422
    assert careful.client.get(HOME + "email/")["Location"].startswith(PROOF)
    assert prove(careful, code=TOTP_CODE).status_code == 303
    assert careful.client.get(HOME + "email/").status_code == 200


def test_a_proof_gives_the_session_new_tokens_and_the_old_ones_are_worth_nothing(
    ada: Visitor,
) -> None:
    [old] = sessions.list_active(ada.user_id)
    assert prove(ada).status_code == 303
    [new] = sessions.list_active(ada.user_id)
    assert new.id == old.id
    assert new.refresh_token != old.refresh_token
    assert new.cookie_id != old.cookie_id
    assert [family[-1] for family in known(ada).token_families] == [new.refresh_token]


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"]
)
def test_a_proof_leads_nowhere_else(ada: Visitor, elsewhere: str) -> None:
    assert prove(ada, next=elsewhere)["Location"] == HOME


def test_a_copy_of_the_cookie_shares_in_no_proof(ada: Visitor) -> None:
    thief = browser_of(ada.person)
    assert prove(ada).status_code == 303
    assert thief.get(HOME + "email/")["Location"].startswith(PROOF)
    assert thief.post(HOME + "second-step/off/")["Location"].startswith(PROOF)
    assert ada.client.get(HOME + "email/").status_code == 200
    assert prove(ada).status_code == 303
    found_out = thief.get(HOME + "email/")
    assert found_out["Location"].startswith("/sign-in/")
    assert standing(ada) == set()


def test_guessing_a_password_from_a_stolen_session_is_slow(ada: Visitor) -> None:
    statuses = [prove(ada, old_password=f"guess number {n}").status_code for n in range(12)]
    assert statuses[-1] == 429
    assert prove(ada).status_code == 429


@pytest.mark.parametrize("page", ["", "password/", *DANGEROUS])
def test_nothing_changes_from_a_session_that_was_ended_elsewhere(ada: Visitor, page: str) -> None:
    """Its cookie would still be believed for some minutes by pages that only show something."""
    sessions.end(ada.person)
    answers = [ada.client.get(HOME + page)] if page != "password/" else []
    form = {"old_password": PASSWORD, "password": NEW, "email": "new@example.org"}
    if page:
        answers.append(browser_of(ada.person).post(HOME + page, form))
    for response in answers:
        assert response.status_code == 303
        assert response["Location"].startswith("/sign-in/")
        assert response.cookies[site.SESSION_COOKIE].value == ""
    assert known(ada).password == PASSWORD


@pytest.mark.parametrize("deed", ["sessions/end/", "sessions/end-all/", "sessions/x/end/"])
def test_ending_sessions_asks_first_too(ada: Visitor, deed: str) -> None:
    phone = another_browser(ada.user_id)
    a_while_ago(ada)
    there = f"http://testserver{HOME}"
    address = HOME + deed.replace("x", phone.person.session_id)
    asked = ada.client.post(address, headers={"Referer": there})
    assert asked["Location"] == f"{PROOF}?next=%2Fsettings%2Fsecurity%2F"
    assert len(standing(ada)) == 2


# The password -----------------------------------------------------------------------------------
def change_password(who: Visitor, **changes: str) -> Any:
    return who.client.post(
        HOME + "password/", {"old_password": PASSWORD, "password": NEW, **changes}
    )


def test_a_new_password_signs_every_other_browser_out(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    response = change_password(ada)
    assert (response.status_code, response["Location"]) == (303, HOME)
    assert known(ada).password == NEW
    assert letters() == ["password-changed"]
    assert standing(ada) == {ada.person.session_id}
    assert len(known(ada).token_families) == 1, "the phone's tokens are worth nothing at Cognito"
    assert "Password changed" in said(ada.client.get(HOME))
    assert phone.client.get(HOME).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"old_password": "not this one, no"}, "Wrong current password."),
        ({"old_password": ""}, "Enter your password."),
        ({"password": ""}, "Choose a password."),
        ({"password": "short"}, "too short"),
        ({"password": PASSWORD}, "This is already your password. Choose a new one."),
        ({"password": "password1234"}, "This password is too common"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    ada: Visitor, changes: dict[str, str], sentence: str
) -> None:
    phone = another_browser(ada.user_id)
    response = change_password(ada, **changes)
    assert response.status_code == 422
    assert sentence in said(response)
    assert known(ada).password == PASSWORD
    assert phone.person.session_id in standing(ada)


def test_with_a_second_step_a_new_password_takes_a_code(careful: Visitor) -> None:
    assert "one-time-code" in said(careful.client.get(HOME + "password/"))
    for code in ({}, {"code": WRONG}):
        assert change_password(careful, **code).status_code == 422
    assert known(careful).password == PASSWORD
    assert change_password(careful, code=TOTP_CODE).status_code == 303
    assert known(careful).password == NEW


def test_tokens_of_programs_outlive_a_new_password_unless_one_says_so(ada: Visitor) -> None:
    assert "Revoke my API tokens" not in said(ada.client.get(HOME + "password/"))
    secret = tokens.create(ada.user_id, "ada", ["read"])
    assert "Revoke my API tokens" in said(ada.client.get(HOME + "password/"))
    change_password(ada)
    assert tokens.verify(secret)
    change_password(ada, old_password=NEW, password=PASSWORD, revoke_tokens="on")
    assert tokens.verify(secret) is None


def test_signing_out_everywhere_revokes_every_token(ada: Visitor, bob: Visitor) -> None:
    secrets = [tokens.create(ada.user_id, "ada", ["read"]) for _ in range(3)]
    his = tokens.create(bob.user_id, "bob", ["read"])
    assert ada.client.post(HOME + "sessions/end-all/").status_code == 303
    assert [tokens.verify(secret) for secret in secrets] == [None] * 3
    assert tokens.verify(his)


# The address ------------------------------------------------------------------------------------
def test_a_new_address_counts_when_its_code_has_come_back(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    asked = ada.client.post(HOME + "email/", {"email": "Lovelace@Example.org"})
    assert (asked.status_code, asked["Location"]) == (303, HOME + "email/code/")
    assert "lovelace@example.org" in said(ada.client.get(HOME + "email/code/"))
    assert profiles.get(ada.user_id).email == "ada@example.org"  # type: ignore[union-attr]

    wrong = ada.client.post(HOME + "email/code/", {"code": WRONG})
    assert wrong.status_code == 422
    assert "Wrong or expired code" in said(wrong)

    right = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert (right.status_code, right["Location"]) == (303, HOME)
    assert known(ada).email == "lovelace@example.org"
    assert letters() == ["email-changed", "email-changed"], "to the old address and to the new"
    assert profiles.get(ada.user_id).email == "lovelace@example.org"  # type: ignore[union-attr]
    assert phone.person.session_id not in standing(ada)
    again = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert (again.status_code, again["Location"]) == (303, HOME + "email/")


def ask(who: Visitor, email: str) -> Any:
    return who.client.post(HOME + "email/", {"email": email})


def test_the_address_that_counts_is_the_one_its_code_was_sent_to(ada: Visitor) -> None:
    """Whatever is asked for after it: who reads that mail has proved nothing."""
    ask(ada, "lovelace@example.org")
    PendingEmail(*PendingEmail.key(ada.user_id), email="victim@example.org", expires_at=SOON).save()
    ada.client.post(HOME + "email/code/", {"code": CODE})
    assert profiles.get_own(ada.user_id).email == known(ada).email == "lovelace@example.org"
    assert "victim@example.org" not in json.dumps(about_letters())


@pytest.mark.parametrize("browsers", ["one browser", "two browsers"])
def test_after_another_address_the_code_of_the_first_fits_no_more(
    ada: Visitor, bob: Visitor, browsers: str
) -> None:
    """Else it would tell whether the other one is somebody's: after a free one it does not fit."""
    phone = another_browser(ada.user_id) if browsers == "two browsers" else ada
    ask(ada, "lovelace@example.org")
    ask(phone, "bob@example.org")
    refused = ada.client.post(HOME + "email/code/", {"code": CODE})
    assert refused.status_code == 422
    assert profiles.get_own(ada.user_id).email == known(ada).email == "ada@example.org"
    ask(ada, "lovelace@example.org")
    assert ada.client.post(HOME + "email/code/", {"code": CODE}).status_code == 303
    assert profiles.get_own(ada.user_id).email == "lovelace@example.org"


def test_ones_own_address_is_no_new_one(ada: Visitor) -> None:
    refused = ask(ada, "ADA@example.org")
    assert refused.status_code == 422
    assert "This is already your e-mail address." in said(refused)


def test_an_address_somebody_has_is_answered_like_any_other(ada: Visitor, bob: Visitor) -> None:
    pages = []
    for email in ("nobody@example.org", "bob@example.org"):
        asked = ada.client.post(HOME + "email/", {"email": email})
        there = ada.client.get(asked["Location"])
        wrong = ada.client.post(HOME + "email/code/", {"code": WRONG})
        pages.append(
            [
                (each.status_code, re.sub(r"[A-Za-z0-9]{64}", "", said(each)).replace(email, ""))
                for each in (asked, there, wrong)
            ]
        )
    assert pages[0] == pages[1]
    assert ada.client.post(HOME + "email/code/", {"code": CODE}).status_code == 422
    assert known(bob).email == "bob@example.org"


# The second step --------------------------------------------------------------------------------
def test_the_second_step_is_switched_on_with_an_app(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    page = said(ada.client.get(HOME + "second-step/"))
    assert 'src="data:image/png;base64,' in page
    assert "JBSW Y3DP EHPK" in page
    assert "otpauth://totp/APT%20Magic:ada%40example.org?secret=JBSWY3DP" in page
    key = re.search(r'name="key" value="([^"]+)"', page)[1]  # type: ignore[index]

    wrong = ada.client.post(HOME + "second-step/", {"key": key, "code": WRONG})
    assert wrong.status_code == 422
    assert "JBSW Y3DP EHPK" in said(wrong), "the same key, so that the app need not begin again"
    assert not known(ada).totp

    right = ada.client.post(HOME + "second-step/", {"key": key, "code": TOTP_CODE}, follow=True)
    assert right.redirect_chain == [(SHOWN, 303)]
    codes = re.findall(r"<code>([^<]+)</code>", said(right))
    assert len(codes) == 10
    assert right["Cache-Control"].count("no-store") == 1
    assert known(ada).totp
    assert phone.person.session_id not in standing(ada)
    assert codes[0] not in said(ada.client.get(HOME + "recovery-codes/"))
    assert "10 codes left" in said(ada.client.get(HOME))
    assert recovery_codes.use(ada.user_id, codes[0])


def test_a_key_of_a_strangers_making_is_not_drawn(ada: Visitor) -> None:
    for key in ("", "<script>", "AAAA&issuer=Bank", "A" * 4000):
        response = ada.client.post(HOME + "second-step/", {"key": key, "code": TOTP_CODE})
        assert (response.status_code, response["Location"]) == (303, HOME + "second-step/")
    assert not known(ada).totp


def test_the_second_step_is_switched_off_and_its_codes_go_with_it(careful: Visitor) -> None:
    phone = another_browser(careful.user_id)
    assert careful.client.get(HOME + "second-step/off/").status_code == 200
    assert known(careful).totp, "looking at the page does nothing"
    assert careful.client.post(HOME + "second-step/off/").status_code == 303
    assert not known(careful).totp
    assert recovery_codes.count_left(careful.user_id) == 0
    assert "two-step-verification" in letters()
    assert phone.person.session_id not in standing(careful)


def test_new_recovery_codes_are_shown_once(careful: Visitor) -> None:
    assert "You have 10 codes left" in said(careful.client.get(HOME + "recovery-codes/"))
    before = recovery_codes.count_left(careful.user_id)
    made = careful.client.post(HOME + "recovery-codes/", follow=True)
    assert before == 10 and made.redirect_chain == [(SHOWN, 303)]
    codes = re.findall(r"<code>([^<]+)</code>", said(made))
    assert len(codes) == 10
    reloaded = careful.client.get(SHOWN, follow=True)
    assert reloaded.redirect_chain == [(HOME, 303)]
    assert "were shown once" in said(reloaded)
    assert [code for code in codes if code in said(reloaded)] == []
    assert recovery_codes.use(careful.user_id, codes[9])
    for code in codes:
        assert code not in said(careful.client.get(HOME + "recovery-codes/"))
    assert "9 codes left" in said(careful.client.get(HOME))


def test_what_is_shown_once_is_for_one_person_in_one_browser(
    careful: Visitor, bob: Visitor
) -> None:
    assert careful.client.post(HOME + "recovery-codes/")["Location"] == SHOWN
    word = careful.client.cookies[one_time_secrets.COOKIE].value
    [kept] = OneTimeSecret.scan(OneTimeSecret.sk == "SHOWN")
    assert b"codes" not in kept.text and word not in str(kept.pk), "the table alone opens nothing"
    bob.client.cookies[one_time_secrets.COOKIE] = word
    for nobody in (bob.client, another_browser(careful.user_id).client):
        assert nobody.get(SHOWN)["Location"] == HOME
    assert careful.client.get("/settings/tokens/made/")["Location"] == "/settings/tokens/"
    assert "<code>" in said(careful.client.get(SHOWN))


def test_what_is_shown_once_is_gone_after_ten_minutes(careful: Visitor) -> None:
    careful.client.post(HOME + "recovery-codes/")
    [kept] = OneTimeSecret.scan(OneTimeSecret.sk == "SHOWN")
    kept.update([OneTimeSecret.expires_at.set(now() - timedelta(seconds=1))])
    assert careful.client.get(SHOWN)["Location"] == HOME


def test_who_has_no_second_step_makes_no_recovery_codes(ada: Visitor) -> None:
    response = ada.client.post(HOME + "recovery-codes/")
    assert (response.status_code, response["Location"]) == (303, HOME + "second-step/")
    assert recovery_codes.count_left(ada.user_id) == 0


def test_for_whom_somebody_else_vouches_nothing_of_theirs_is_kept_here(
    signed_in_user: Callable[..., Visitor],
) -> None:
    mia = signed_in_user("mia", federated=True)
    page = said(mia.client.get(HOME))
    assert "Managed by another service" in page
    assert "Turn on" not in page and "Change your password" not in page
    for there in ("password/", "email/", "second-step/", "second-step/off/", "recovery-codes/"):
        for ask in (mia.client.get, mia.client.post):
            response = ask(HOME + there)
            assert (response.status_code, response["Location"]) == (303, HOME)
    assert not known(mia).totp


# Sessions ---------------------------------------------------------------------------------------
FOX = sessions.ClientInfo("Firefox/Linux", "203.0.113.0/24")
PHONE = sessions.ClientInfo("Safari/iPhone", "2001:db8:7::/48")


def test_one_sees_where_one_is_signed_in(ada: Visitor) -> None:
    another_browser(ada.user_id, FOX)
    another_browser(ada.user_id, PHONE)
    page = said(ada.client.get(HOME))
    assert "Firefox on Linux" in page
    assert "203.0.113…" in page
    assert "Safari on iPhone" in page
    assert "2001:db8:7…" in page
    assert page.count("This browser") == 1
    assert "refresh-" not in page


def test_another_browser_is_signed_out(ada: Visitor) -> None:
    phone = another_browser(ada.user_id, PHONE)
    ended = ada.client.post(f"{HOME}sessions/{phone.person.session_id}/end/")
    assert (ended.status_code, ended["Location"]) == (303, HOME)
    assert standing(ada) == {ada.person.session_id}
    assert len(known(ada).token_families) == 1
    again = ada.client.post(f"{HOME}sessions/{phone.person.session_id}/end/", follow=True)
    assert "This session has already ended." in said(again)


def test_nobody_ends_somebody_elses_session(ada: Visitor, bob: Visitor) -> None:
    for session_id in (bob.person.session_id, "x", "%2e%2e", "PROFILE", "é" * 600):
        assert ada.client.post(f"{HOME}sessions/{session_id}/end/").status_code == 303
    assert standing(bob) == {bob.person.session_id}
    assert len(known(bob).token_families) == 1


def test_every_other_browser_is_signed_out_at_once(ada: Visitor, bob: Visitor) -> None:
    for _ in range(3):
        another_browser(ada.user_id)
    page = ada.client.post(HOME + "sessions/end/", follow=True)
    assert "3 other browsers signed out" in said(page)
    assert standing(ada) == {ada.person.session_id}
    assert standing(bob) == {bob.person.session_id}


def test_signing_out_everywhere_signs_out_here_too(ada: Visitor, bob: Visitor) -> None:
    another_browser(ada.user_id)
    response = ada.client.post(HOME + "sessions/end-all/")
    assert (response.status_code, response["Location"]) == (303, "/sign-in/")
    assert response.cookies[site.SESSION_COOKIE].value == ""
    assert standing(ada) == set()
    assert known(ada).token_families == []
    assert "sign_out_everywhere" in FakeIdentityProvider.calls
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert standing(bob) == {bob.person.session_id}


# For every one of these pages ---------------------------------------------------------------------
PAGES = [
    "",
    "proof/",
    "password/",
    "email/",
    "email/code/",
    "second-step/",
    "second-step/off/",
    "recovery-codes/",
]
DEEDS = ["sessions/end/", "sessions/end-all/", "sessions/x/end/"]


@pytest.mark.parametrize("page", PAGES + DEEDS)
def test_a_stranger_signs_in_first(client: Client, page: str) -> None:
    for ask in (client.get, client.post):
        response = ask(HOME + page)
        assert response.status_code == 405 or response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("page", PAGES[1:] + DEEDS)
def test_a_post_from_elsewhere_does_nothing(ada: Visitor, page: str) -> None:
    browser = browser_of(ada.person, enforce_csrf_checks=True)
    for headers in ({}, {"HX-Request": "true"}):
        assert browser.post(HOME + page, headers=headers).status_code == 403
    assert standing(ada) == {ada.person.session_id}


@pytest.mark.parametrize("page", DEEDS)
def test_a_link_ends_no_session(ada: Visitor, page: str) -> None:
    assert ada.client.get(HOME + page).status_code == 405
    assert standing(ada) == {ada.person.session_id}


@pytest.mark.parametrize("page", PAGES)
def test_no_cache_keeps_these_pages(ada: Visitor, page: str) -> None:
    assert "no-store" in ada.client.get(HOME + page)["Cache-Control"]


# For those who look after the site ---------------------------------------------------------------
def test_whoever_runs_the_site_can_sign_somebody_out(ada: Visitor, bob: Visitor) -> None:
    another_browser(ada.user_id)
    words = StringIO()
    call_command("sign_out", "@ada", stdout=words)
    assert "2 sessions have ended" in words.getvalue()
    assert standing(ada) == set()
    assert known(ada).token_families == []
    assert standing(bob) == {bob.person.session_id}
    with pytest.raises(CommandError):
        call_command("sign_out", "nobody_at_all")


def test_what_happens_to_an_account_is_written_down_without_its_secrets(
    ada: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aptmagic.observability.security_log")
    prove(ada, old_password="not this one, no")
    prove(ada)
    change_password(ada)
    ada.client.post(HOME + "email/", {"email": "lovelace@example.org"})
    ada.client.post(HOME + "email/code/", {"code": CODE})
    ada.client.post(HOME + "second-step/", {"key": "JBSWY3DPEHPK3PXP", "code": TOTP_CODE})
    ada.client.post(HOME + "second-step/off/")
    ada.client.post(HOME + "sessions/end-all/")
    notes = [record.about for record in caplog.records if hasattr(record, "about")]
    assert [note["event"] for note in notes] == [
        "refused",
        "proved",
        "proved",
        "password-changed",
        "email-changed",
        "recovery-codes-made",
        "totp-on",
        "totp-off",
        "signed-out-everywhere",
    ]
    assert notes[0]["kind"] == "wrong-password"
    assert {note.get("person") for note in notes} == {ada.user_id}
    assert {note["address"] for note in notes} == {"127.0.0.0/24"}
    lines = "\n".join(JsonLines().format(record) for record in caplog.records)
    for secret in (PASSWORD, NEW, "not this one", "refresh-", "access of", "@example.org", CODE):
        assert secret not in lines


def test_what_is_refused_is_written_down(
    ada: Visitor, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aptmagic.observability.security_log")
    client.post("/sign-in/", {"email": "Ada@Example.org", "password": "not this one, no"})
    client.get("/api/v1/me/", headers={"Authorization": "Token apt_of_nobody"})
    browser_of(ada.person, enforce_csrf_checks=True).post("/sign-out/")
    ada.client.post("/p/01JUNKJUNKJUNKJUNKJUNKJUNK/like/", {"on": "1"})
    client.cookies[site.SESSION_COOKIE] = "forged"
    client.get("/costs/")
    notes = [record.about for record in caplog.records if hasattr(record, "about")]
    assert [(note["event"], note.get("kind"), note["path"]) for note in notes] == [
        ("refused", "wrong-password", "/sign-in/"),
        ("refused", "sign-in-first", "/api/v1/me/"),
        ("refused", "not-allowed", "/sign-out/"),
        ("refused", "not-found", "/p/01JUNKJUNKJUNKJUNKJUNKJUNK/like/"),
        ("cookie-refused", None, "/costs/"),
    ]
    assert notes[0]["account"] == security_log.email_fingerprint("ada@example.org")
    assert notes[3]["person"] == ada.user_id
    assert "apt_of_nobody" not in str(notes)


def test_nobody_writes_a_line_of_their_own_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    security_log.warning("refused", path='/x\n{"event": "signed-in"}')
    [line] = [JsonLines().format(record) for record in caplog.records]
    assert line.count("\n") == 0
    assert json.loads(line)["event"] == "refused"
    assert json.loads(line)["at"].endswith("Z")


# What a form keeps, and what a page says --------------------------------------------------------
def test_a_wrong_code_empties_nothing_else(careful: Visitor) -> None:
    a_while_ago(careful)
    for code in (WRONG, "12"):
        assert f'value="{PASSWORD}"' in said(prove(careful, code=code))
        assert f'value="{NEW}"' in said(change_password(careful, code=code))
    reset = {"email": "cy@example.org", "code": "000000", "password": NEW}
    assert f'value="{NEW}"' in said(Client().post("/password/reset/", reset))


def test_a_wrong_password_is_not_shown_again(careful: Visitor) -> None:
    wrong = prove(careful, old_password="not this one, no", code=WRONG)
    assert wrong.status_code == 422 and "not this one, no" not in said(wrong)
    short = change_password(careful, password="short", code="12")
    assert 'value="short"' not in said(short)


def test_who_forgot_their_password_takes_the_address_along(client: Client, ada: Visitor) -> None:
    page = said(client.get("/sign-in/"))
    assert 'formaction="/password/forgot/" formnovalidate name="ask"' in page
    typed = {"email": "Ada@Example.org", "password": "not this one, no", "ask": "1"}
    asked = client.post("/password/forgot/", typed)
    assert asked.status_code == 200
    assert 'value="Ada@Example.org"' in said(asked)
    assert "not this one" not in said(asked) and letters() == [], "nothing is sent before one asks"


def test_signing_out_says_so(ada: Visitor) -> None:
    assert "You’re signed out." in said(ada.client.post("/sign-out/", follow=True))
