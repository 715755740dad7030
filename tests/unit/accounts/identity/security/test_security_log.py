"""What the security log records."""

import json
import logging

import pytest
from django.conf import settings as site
from django.test import Client

from aptmagic.observability import security_log
from aptmagic.observability.logs import JsonLines
from tests.unit.accounts.identity.security.pages import (
    HOME,
    NEW_PASSWORD,
    change_password,
    reauthenticate,
)
from tests.unit.conftest import Visitor, browser_of
from tests.unit.fake_identity_provider import CODE, PASSWORD, TOTP_CODE


def test_security_events_are_logged_without_secrets(
    ada: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aptmagic.observability.security_log")
    reauthenticate(ada, old_password="not this one, no")
    reauthenticate(ada)
    change_password(ada)
    ada.client.post(HOME + "email/", {"email": "lovelace@example.org"})
    ada.client.post(HOME + "email/code/", {"code": CODE})
    ada.client.post(HOME + "second-step/", {"key": "JBSWY3DPEHPK3PXP", "code": TOTP_CODE})
    ada.client.post(HOME + "second-step/off/")
    ada.client.post(HOME + "sessions/end-all/")
    notes = [record.about for record in caplog.records if hasattr(record, "about")]
    assert [note["event"] for note in notes] == [
        "refused",
        "reauthenticated",
        "reauthenticated",
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
    for secret in (
        PASSWORD,
        NEW_PASSWORD,
        "not this one",
        "refresh-",
        "access of",
        "@example.org",
        CODE,
    ):
        assert secret not in lines


def test_refusals_are_logged(
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


def test_log_lines_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    security_log.warning("refused", path='/x\n{"event": "signed-in"}')
    [line] = [JsonLines().format(record) for record in caplog.records]
    assert line.count("\n") == 0
    assert json.loads(line)["event"] == "refused"
    assert json.loads(line)["at"].endswith("Z")
