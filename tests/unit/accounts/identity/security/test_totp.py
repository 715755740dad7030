"""Two-step verification and recovery codes."""

import re
from collections.abc import Callable
from datetime import timedelta

from accounts import cookies
from accounts.identity import recovery_codes
from accounts.identity.models import OneTimeSecret
from aptmagic.aws.dynamodb import now
from tests.unit.accounts.identity.security.pages import (
    HOME,
    NEW_CODES,
    active_sessions,
    sent_kinds,
    stored_user,
    text_of,
)
from tests.unit.conftest import Visitor, another_browser
from tests.unit.fake_identity_provider import TOTP_CODE, WRONG


def test_totp_is_enabled_with_an_authenticator_app(ada: Visitor) -> None:
    phone = another_browser(ada.user_id)
    page = text_of(ada.client.get(HOME + "second-step/"))
    assert 'src="data:image/png;base64,' in page
    assert "JBSW Y3DP EHPK" in page
    assert "otpauth://totp/APT%20Magic:ada%40example.org?secret=JBSWY3DP" in page
    key = re.search(r'name="key" value="([^"]+)"', page)[1]  # type: ignore[index]

    wrong = ada.client.post(HOME + "second-step/", {"key": key, "code": WRONG})
    assert wrong.status_code == 422
    assert "JBSW Y3DP EHPK" in text_of(wrong), "the same key, so that the app need not begin again"
    assert not stored_user(ada).totp

    right = ada.client.post(HOME + "second-step/", {"key": key, "code": TOTP_CODE}, follow=True)
    assert right.redirect_chain == [(NEW_CODES, 303)]
    codes = re.findall(r"<code>([^<]+)</code>", text_of(right))
    assert len(codes) == 10
    assert right["Cache-Control"].count("no-store") == 1
    assert stored_user(ada).totp
    assert phone.person.session_id not in active_sessions(ada)
    assert codes[0] not in text_of(ada.client.get(HOME + "recovery-codes/"))
    assert "10 codes left" in text_of(ada.client.get(HOME))
    assert recovery_codes.use(ada.user_id, codes[0])


def test_a_malformed_key_is_not_drawn(ada: Visitor) -> None:
    for key in ("", "<script>", "AAAA&issuer=Bank", "A" * 4000):
        response = ada.client.post(HOME + "second-step/", {"key": key, "code": TOTP_CODE})
        assert (response.status_code, response["Location"]) == (303, HOME + "second-step/")
    assert not stored_user(ada).totp


def test_disabling_totp_deletes_the_recovery_codes(cy: Visitor) -> None:
    phone = another_browser(cy.user_id)
    assert cy.client.get(HOME + "second-step/off/").status_code == 200
    assert stored_user(cy).totp, "looking at the page does nothing"
    assert cy.client.post(HOME + "second-step/off/").status_code == 303
    assert not stored_user(cy).totp
    assert recovery_codes.count_left(cy.user_id) == 0
    assert "two-step-verification" in sent_kinds()
    assert phone.person.session_id not in active_sessions(cy)


def test_new_recovery_codes_are_shown_once(cy: Visitor) -> None:
    assert "You have 10 codes left" in text_of(cy.client.get(HOME + "recovery-codes/"))
    before = recovery_codes.count_left(cy.user_id)
    made = cy.client.post(HOME + "recovery-codes/", follow=True)
    assert before == 10 and made.redirect_chain == [(NEW_CODES, 303)]
    codes = re.findall(r"<code>([^<]+)</code>", text_of(made))
    assert len(codes) == 10
    reloaded = cy.client.get(NEW_CODES, follow=True)
    assert reloaded.redirect_chain == [(HOME, 303)]
    assert "were shown once" in text_of(reloaded)
    assert [code for code in codes if code in text_of(reloaded)] == []
    assert recovery_codes.use(cy.user_id, codes[9])
    for code in codes:
        assert code not in text_of(cy.client.get(HOME + "recovery-codes/"))
    assert "9 codes left" in text_of(cy.client.get(HOME))


def test_one_time_secrets_belong_to_one_user_in_one_browser(cy: Visitor, bob: Visitor) -> None:
    assert cy.client.post(HOME + "recovery-codes/")["Location"] == NEW_CODES
    word = cy.client.cookies[cookies.ONE_TIME_SECRET].value
    [kept] = OneTimeSecret.scan(OneTimeSecret.sk == "SHOWN")
    assert b"codes" not in kept.text and word not in str(kept.pk), "the table alone opens nothing"
    bob.client.cookies[cookies.ONE_TIME_SECRET] = word
    for nobody in (bob.client, another_browser(cy.user_id).client):
        assert nobody.get(NEW_CODES)["Location"] == HOME
    assert cy.client.get("/settings/tokens/made/")["Location"] == "/settings/tokens/"
    assert "<code>" in text_of(cy.client.get(NEW_CODES))


def test_one_time_secrets_expire_after_ten_minutes(cy: Visitor) -> None:
    cy.client.post(HOME + "recovery-codes/")
    [kept] = OneTimeSecret.scan(OneTimeSecret.sk == "SHOWN")
    kept.update([OneTimeSecret.expires_at.set(now() - timedelta(seconds=1))])
    assert cy.client.get(NEW_CODES)["Location"] == HOME


def test_without_totp_there_are_no_recovery_codes(ada: Visitor) -> None:
    response = ada.client.post(HOME + "recovery-codes/")
    assert (response.status_code, response["Location"]) == (303, HOME + "second-step/")
    assert recovery_codes.count_left(ada.user_id) == 0


def test_a_federated_user_has_nothing_to_change_here(
    signed_in_user: Callable[..., Visitor],
) -> None:
    mia = signed_in_user("mia", federated=True)
    page = text_of(mia.client.get(HOME))
    assert "Managed by another service" in page
    assert "Turn on two-step verification" not in page and "Change your password" not in page
    for there in ("password/", "email/", "second-step/", "second-step/off/", "recovery-codes/"):
        for request_email_change in (mia.client.get, mia.client.post):
            response = request_email_change(HOME + there)
            assert (response.status_code, response["Location"]) == (303, HOME)
    assert not stored_user(mia).totp
